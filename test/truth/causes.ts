import type { BlockedAt, FlowStatus, Reason } from '../../src/verdict.ts'

export type Expected = readonly [FlowStatus, Reason, BlockedAt | null]

/** One cause of a blocked or open flow from n1 to n2, and what each kind of probe must conclude. */
export interface Cause {
  readonly name: string
  /** Rulesets by host, in `iptables-restore` form without the table's frame. */
  readonly rules?: Readonly<Record<string, string>>
  /** False when the rules above are not what drops the flow's own packets. */
  readonly ruleNamed?: boolean
  /** Shell commands by host, run after the rules. */
  readonly run?: Readonly<Record<string, string>>
  /** A real listener on n2. */
  readonly listener?: boolean
  /** n2 stands behind a router. */
  readonly routed?: boolean
  readonly ipv6?: boolean
  readonly unplug?: string
  /** Seconds; address resolution needs more than 3 to fail. */
  readonly timeout?: number
  /** As root: half-open and witnessed. null: the cause does not apply to the protocol. */
  readonly tcp: Expected | null
  readonly udp: Expected | null
  /** Without privileges: temporary listener and error queue. */
  readonly tcpUser?: Expected
  readonly udpUser?: Expected
}

const SERVICE = (protocol: string) => `-p ${protocol} -m ${protocol} --dport 7001`
const REPLY = (protocol: string) => `-p ${protocol} -m ${protocol} --sport 7001`
const both = (chain: string, match: (protocol: string) => string, target: string) =>
  ['tcp', 'udp'].map((protocol) => `-A ${chain} ${match(protocol)} -j ${target}`).join('\n')

const dropped: Expected = ['DOWN', 'dropped', 'target']
const unseen: Expected = ['DOWN', 'dropped', null]
const replyLost: Expected = ['DOWN', 'reply-lost', 'reply']
const witnessed: Expected = ['CLOSED', 'witnessed', null]
const noRoute: Expected = ['DOWN', 'no-route', 'source']

const REJECTS = {
  'icmp-port-unreachable': 'icmp-port-unreachable',
  'icmp-host-unreachable': 'icmp-host-unreachable',
  'icmp-net-unreachable': 'icmp-net-unreachable',
  'icmp-proto-unreachable': 'icmp-proto-unreachable',
  'icmp-net-prohibited': 'icmp-net-prohibited',
  'icmp-host-prohibited': 'icmp-host-prohibited',
  'icmp-admin-prohibited': 'icmp-admin-prohibited',
} as const satisfies Record<string, Reason>

const REJECTS6 = {
  'icmp6-port-unreachable': 'icmp6-port-unreachable',
  'icmp6-no-route': 'icmp6-no-route',
  'icmp6-addr-unreachable': 'icmp6-addr-unreachable',
  'icmp6-adm-prohibited': 'icmp6-adm-prohibited',
  'icmp6-policy-fail': 'icmp6-policy-fail',
  'icmp6-reject-route': 'icmp6-reject-route',
} as const satisfies Record<string, Reason>

function everyReject(rejects: Readonly<Record<string, Reason>>, ipv6: boolean): Cause[] {
  return Object.entries(rejects).map(([type, reason]) => {
    const verdict: Expected = ['DOWN', reason, 'target']
    return {
      name: `n2 INPUT REJECT ${type}`,
      rules: { n2: both('INPUT', SERVICE, `REJECT --reject-with ${type}`) },
      ipv6,
      tcp: verdict,
      udp: verdict,
    }
  })
}

export const CAUSES: readonly Cause[] = [
  {
    name: 'open, a listener',
    listener: true,
    tcp: ['OK', 'answered', null],
    udp: witnessed,
    udpUser: ['CLOSED', 'echoed', null],
  },
  {
    name: 'open, no listener',
    tcp: ['CLOSED', 'refused', null],
    udp: witnessed,
    tcpUser: ['CLOSED', 'echoed', null],
    udpUser: ['CLOSED', 'echoed', null],
  },
  {
    name: 'n2 INPUT DROP',
    rules: { n2: both('INPUT', SERVICE, 'DROP') },
    tcp: dropped,
    udp: dropped,
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'n2 INPUT policy DROP',
    rules: { n2: ':INPUT DROP' },
    tcp: dropped,
    udp: dropped,
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'n2 raw PREROUTING DROP',
    run: {
      n2: 'iptables -t raw -A PREROUTING -p tcp --dport 7001 -j DROP; iptables -t raw -A PREROUTING -p udp --dport 7001 -j DROP',
    },
    tcp: dropped,
    udp: dropped,
    tcpUser: unseen,
    udpUser: unseen,
  },
  ...everyReject(REJECTS, false),
  {
    name: 'n2 INPUT REJECT tcp-reset',
    rules: { n2: `-A INPUT ${SERVICE('tcp')} -j REJECT --reject-with tcp-reset` },
    tcp: ['DOWN', 'tcp-reset-by-firewall', 'target'],
    udp: null,
    tcpUser: ['DOWN', 'tcp-reset-by-firewall', null],
  },
  {
    name: 'n2 OUTPUT DROP of the reply',
    rules: { n2: both('OUTPUT', REPLY, 'DROP') },
    tcp: replyLost,
    udp: witnessed,
  },
  {
    name: 'n2 OUTPUT REJECT of the reply',
    rules: { n2: both('OUTPUT', REPLY, 'REJECT') },
    tcp: replyLost,
    udp: witnessed,
  },
  {
    name: 'n1 INPUT DROP of the reply',
    rules: { n1: both('INPUT', REPLY, 'DROP') },
    tcp: replyLost,
    udp: witnessed,
  },
  {
    name: 'n1 INPUT REJECT of the reply',
    rules: { n1: both('INPUT', REPLY, 'REJECT') },
    tcp: replyLost,
    udp: witnessed,
  },
  {
    name: 'n1 INPUT tcp-reset of the reply',
    rules: { n1: `-A INPUT ${REPLY('tcp')} -j REJECT --reject-with tcp-reset` },
    tcp: replyLost,
    udp: null,
    // The reset goes to n2, whose half-open entry is gone before anybody can look at it.
    tcpUser: unseen,
  },
  {
    name: 'n1 OUTPUT DROP',
    rules: { n1: both('OUTPUT', SERVICE, 'DROP') },
    tcp: ['DOWN', 'send-not-permitted', 'source'],
    udp: ['DOWN', 'send-not-permitted', 'source'],
    tcpUser: unseen,
  },
  {
    name: 'n2 lets only NEW in',
    listener: true,
    rules: { n2: ':INPUT DROP\n-A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 7001 -j ACCEPT' },
    tcp: ['DOWN', 'payload-lost', 'target'],
    udp: dropped,
    tcpUser: ['DOWN', 'payload-lost', null],
    udpUser: unseen,
  },
  {
    name: 'n2 lets only NEW in, no listener: by its rules',
    rules: {
      n2: '-A INPUT -p tcp -m tcp --dport 7001 -m conntrack --ctstate NEW -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 7001 -j DROP',
    },
    tcp: ['DOWN', 'payload-lost', 'target'],
    udp: witnessed,
    tcpUser: ['DOWN', 'payload-lost', null],
    udpUser: ['CLOSED', 'echoed', null],
  },
  {
    name: 'n1 lets only the SYN out: by its rules',
    rules: {
      n1: '-A OUTPUT -p tcp -m tcp --dport 7001 --syn -j ACCEPT\n-A OUTPUT -p tcp -m tcp --dport 7001 -j DROP',
    },
    tcp: ['DOWN', 'payload-lost', 'source'],
    udp: witnessed,
    tcpUser: ['DOWN', 'payload-lost', null],
    udpUser: ['CLOSED', 'echoed', null],
  },
  ...Object.entries(REJECTS).map(
    ([type, reason]): Cause => ({
      name: `n1 OUTPUT REJECT ${type}`,
      rules: { n1: both('OUTPUT', SERVICE, `REJECT --reject-with ${type}`) },
      tcp: ['DOWN', reason, 'source'],
      udp: ['DOWN', reason, 'source'],
    }),
  ),
  {
    name: 'n1 OUTPUT REJECT tcp-reset',
    rules: { n1: `-A OUTPUT ${SERVICE('tcp')} -j REJECT --reject-with tcp-reset` },
    tcp: ['DOWN', 'tcp-reset-by-firewall', 'source'],
    udp: null,
    tcpUser: ['DOWN', 'tcp-reset-by-firewall', null],
  },
  {
    name: 'n2 REJECTs, n1 drops ICMP',
    rules: { n2: both('INPUT', SERVICE, 'REJECT'), n1: '-A INPUT -p icmp -j DROP' },
    // The interface sees the ICMP error that INPUT drops.
    tcp: ['DOWN', 'icmp-port-unreachable', 'target'],
    udp: dropped,
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'router FORWARD DROP',
    routed: true,
    rules: { router: both('FORWARD', SERVICE, 'DROP') },
    tcp: ['DOWN', 'dropped', 'network'],
    udp: ['DOWN', 'dropped', 'network'],
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'router blackhole route',
    routed: true,
    run: { router: 'ip route add blackhole 10.98.0.12/32' },
    tcp: ['DOWN', 'dropped', 'network'],
    udp: ['DOWN', 'dropped', 'network'],
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'router does not forward',
    routed: true,
    run: { router: 'echo 0 >/proc/sys/net/ipv4/ip_forward' },
    tcp: ['DOWN', 'dropped', 'network'],
    udp: ['DOWN', 'dropped', 'network'],
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'router drops the reply',
    routed: true,
    rules: { router: both('FORWARD', REPLY, 'DROP') },
    tcp: replyLost,
    udp: witnessed,
  },
  {
    name: 'n2 has no route back',
    routed: true,
    run: { n2: 'ip route del 10.99.0.0/24' },
    tcp: replyLost,
    udp: witnessed,
    // The kernel makes no half-open entry for an answer that it cannot route.
    tcpUser: unseen,
  },
  {
    name: 'router FORWARD REJECT icmp-host-prohibited',
    routed: true,
    rules: { router: both('FORWARD', SERVICE, 'REJECT --reject-with icmp-host-prohibited') },
    tcp: ['DOWN', 'icmp-host-prohibited', 'network'],
    udp: ['DOWN', 'icmp-host-prohibited', 'network'],
  },
  {
    name: 'router FORWARD REJECT tcp-reset',
    routed: true,
    rules: { router: `-A FORWARD ${SERVICE('tcp')} -j REJECT --reject-with tcp-reset` },
    tcp: ['DOWN', 'tcp-reset-by-firewall', 'network'],
    udp: null,
    tcpUser: ['DOWN', 'tcp-reset-by-firewall', null],
  },
  {
    name: 'router prohibit route',
    routed: true,
    run: { router: 'ip route add prohibit 10.98.0.12/32' },
    // n1's answers to n2 would use up the few errors that the router may send (docs/facts.md), so n2 sends nothing.
    rules: { n2: both('OUTPUT', SERVICE, 'DROP') },
    ruleNamed: false,
    timeout: 4,
    tcp: ['DOWN', 'icmp-admin-prohibited', 'network'],
    udp: ['DOWN', 'icmp-admin-prohibited', 'network'],
  },
  ...['prohibit', 'unreachable', 'blackhole'].map(
    (kind): Cause => ({
      name: `n1 ${kind} route`,
      run: { n1: `ip route add ${kind} 10.99.0.12/32` },
      tcp: noRoute,
      udp: noRoute,
    }),
  ),
  {
    name: 'n1 has no route',
    routed: true,
    run: { n1: 'ip route del 10.98.0.0/24' },
    tcp: noRoute,
    udp: noRoute,
  },
  {
    name: 'n1 drops at its egress hook, behind all chains of iptables',
    run: {
      n1: `ping -c 1 -W 1 10.99.0.12 >/dev/null 2>&1; nft -f - <<'END'
table netdev out {
  chain egress {
    type filter hook egress device "eth0" priority 0; policy accept;
    tcp dport 7001 drop
    udp dport 7001 drop
  }
}
END`,
    },
    tcp: ['DOWN', 'dropped', 'source'],
    udp: ['DOWN', 'dropped', 'network'],
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'n2 is down',
    unplug: 'n2',
    timeout: 3.6,
    tcp: ['DOWN', 'host-absent', 'network'],
    udp: ['DOWN', 'host-absent', 'network'],
  },
  {
    name: 'n2 is down behind the router',
    routed: true,
    // The router answers all queued packets in one moment, and is allowed six answers a second.
    run: { router: 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit' },
    unplug: 'n2',
    timeout: 3.6,
    tcp: ['DOWN', 'icmp-host-unreachable', 'network'],
    udp: ['DOWN', 'icmp-host-unreachable', 'network'],
  },
  {
    name: 'n2 rp_filter drops',
    routed: true,
    run: {
      n2: 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter; ip link add other type veth peer name peer; ip link set other up; ip route replace 10.99.0.0/24 dev other',
    },
    tcp: dropped,
    udp: dropped,
    tcpUser: unseen,
    udpUser: unseen,
  },
  ...everyReject(REJECTS6, true),
  {
    name: 'n2 INPUT DROP (IPv6)',
    ipv6: true,
    rules: { n2: both('INPUT', SERVICE, 'DROP') },
    tcp: dropped,
    udp: dropped,
    tcpUser: unseen,
    udpUser: unseen,
  },
  {
    name: 'open, no listener (IPv6)',
    ipv6: true,
    tcp: ['CLOSED', 'refused', null],
    udp: witnessed,
    tcpUser: ['CLOSED', 'echoed', null],
    udpUser: ['CLOSED', 'echoed', null],
  },
  {
    name: 'n2 is down (IPv6)',
    ipv6: true,
    unplug: 'n2',
    timeout: 3.6,
    tcp: ['DOWN', 'host-absent', 'network'],
    udp: ['DOWN', 'host-absent', 'network'],
  },
  {
    name: 'n2 drops all ICMPv6, neighbour discovery too',
    ipv6: true,
    rules: { n2: '-A INPUT -p ipv6-icmp -j DROP' },
    ruleNamed: false,
    timeout: 3.6,
    // n2's own solicitations for n1 teach n1 where n2 is; n2 never hears where n1 is, and cannot answer.
    tcp: replyLost,
    udp: witnessed,
  },
]
