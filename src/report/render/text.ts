import type { Reason } from '../../reasons.ts'
import type { BlockedAt, FlowStatus, Proof } from '../../verdict.ts'

/** What a sentence is about; each part safe to print, `from` and `to` possibly several names. */
export interface Where {
  /** A reason proves more or less by what else was seen: a refusal is CLOSED, DOWN or UNKNOWN. */
  readonly status: FlowStatus
  readonly from: string
  readonly to: string
  readonly ports: string
}

export interface ReasonText {
  /** A few words for a list or a ticket. */
  readonly short: string
  readonly sentence: (where: Where) => string
  /** What to do next, as a sentence. */
  readonly next: (where: Where) => string
}

const nothingToDo = () => 'Nothing to do.'
const letTargetTell = ({ to }: Where) =>
  `Let ${to} tell itself what it saw: that takes commands there, as root or with --become.`
const readTargetFirewall = ({ to, ports }: Where) =>
  `Look for the rule on ${to} that rejects ${ports}; with --become this tool reads the rules and names it.`
const askWhoRejects = ({ from, to, ports }: Where) =>
  `See with --explain who sent the rejection: ${to} itself, or a router between it and ${from}, whose admin has to open ${ports}.`
const checkRoute = ({ from, to }: Where) =>
  `On ${from}, ask the kernel for its route to ${to}: ip route get, with the address.`

function rejected(short: string, what: string, next = askWhoRejects): ReasonText {
  return {
    short,
    sentence: ({ from, to, ports }) => `what ${from} sends to ${to} on ${ports} is rejected with ${what}`,
    next,
  }
}

/** The one rejection that needs no firewall: a host without a listener answers UDP with it. */
function portUnreachable(name: string, command: string): ReasonText {
  const text = rejected(
    name,
    `${name}: the default of a REJECT rule of ${command} or nft`,
    readTargetFirewall,
  )
  const unproven = ({ from, to, ports }: Where) =>
    `${from} got ${name} for ${ports} of ${to}: nothing listens there, or a REJECT rule; which of them is not proven`
  return {
    ...text,
    sentence: (where) => (where.status === 'UNKNOWN' ? unproven(where) : text.sentence(where)),
    next: (where) => (where.status === 'UNKNOWN' ? letTargetTell(where) : text.next(where)),
  }
}

const REFUSALS: Readonly<Record<FlowStatus, (where: Where) => string>> = {
  OK: ({ to }) => `by ${to} itself, so the path is open`,
  CLOSED: ({ to }) => `by ${to} itself: the path is open, nothing listens`,
  DOWN: () => 'although something listens there, so a firewall refuses it',
  UNKNOWN: ({ to }) => `but not proven by whom: by ${to}, as nothing listens, or by a firewall`,
}

/** A text for every reason; the compiler refuses a reason without one. */
export const REASON_TEXTS: Readonly<Record<Reason, ReasonText>> = {
  answered: {
    short: 'answered',
    sentence: ({ from, to, ports }) => `the service on ${to} answered ${from} on ${ports}`,
    next: nothingToDo,
  },
  witnessed: {
    short: 'witnessed behind the firewall',
    sentence: ({ from, to, ports }) =>
      `${to} saw the packet of ${from} for ${ports} arrive, and pass its firewall`,
    next: nothingToDo,
  },
  established: {
    short: 'connected before the run',
    sentence: ({ from, to, ports }) =>
      `a connection from ${from} to ${to} on ${ports} stood before the run, so its path carries packets`,
    next: nothingToDo,
  },
  scraped: {
    short: 'fetched by the PMM server',
    sentence: ({ from, to, ports }) =>
      `${from} says itself that it fetches metrics from ${to} on ${ports}, so its path carries packets`,
    next: nothingToDo,
  },
  echoed: {
    short: 'echoed',
    sentence: ({ from, to, ports }) =>
      `a token from ${from} came back from a temporary listener on ${to}, ${ports}`,
    next: nothingToDo,
  },
  refused: {
    short: 'refused',
    sentence: (where) =>
      `what ${where.from} sends to ${where.to} on ${where.ports} is refused, ${REFUSALS[where.status](where)}`,
    next: (where) => {
      if (where.status === 'UNKNOWN') return letTargetTell(where)
      if (where.status === 'DOWN') return readTargetFirewall(where)
      return `Start mysqld on ${where.to}; until then this is fine.`
    },
  },
  dropped: {
    short: 'dropped, no answer',
    sentence: ({ from, to, ports }) =>
      `what ${from} sends to ${to} on ${ports} vanishes: no answer, no error`,
    next: ({ to, ports }) =>
      `Look for a DROP rule for ${ports} on ${to}; with --become this tool reads the rules and names it. If there is none, ask the network team.`,
  },
  'icmp-net-unreachable': rejected(
    'ICMP net-unreachable',
    'ICMP net-unreachable: no route, or a REJECT rule',
  ),
  'icmp-host-unreachable': rejected(
    'ICMP host-unreachable',
    'ICMP host-unreachable: the host is down, or a REJECT rule says so',
  ),
  'icmp-proto-unreachable': rejected(
    'ICMP proto-unreachable',
    'ICMP proto-unreachable, which only a REJECT rule sends',
    readTargetFirewall,
  ),
  'icmp-port-unreachable': portUnreachable('ICMP port-unreachable', 'iptables'),
  'icmp-net-prohibited': rejected('ICMP net-prohibited', 'ICMP net-prohibited by a firewall'),
  'icmp-host-prohibited': rejected(
    'ICMP host-prohibited',
    'ICMP host-prohibited: the REJECT rule that ends the default rules of RHEL',
    readTargetFirewall,
  ),
  'icmp-admin-prohibited': rejected(
    'ICMP admin-prohibited',
    'ICMP admin-prohibited: the default of firewalld, and of many routers',
  ),
  'icmp6-no-route': rejected('ICMPv6 no-route', 'ICMPv6 no-route: no route, or a REJECT rule'),
  'icmp6-adm-prohibited': rejected('ICMPv6 adm-prohibited', 'ICMPv6 adm-prohibited by a firewall'),
  'icmp6-addr-unreachable': rejected(
    'ICMPv6 addr-unreachable',
    'ICMPv6 addr-unreachable: the host is down, or a REJECT rule says so',
  ),
  'icmp6-port-unreachable': portUnreachable('ICMPv6 port-unreachable', 'ip6tables'),
  'icmp6-policy-fail': rejected('ICMPv6 policy-fail', 'ICMPv6 policy-fail by a firewall or a route'),
  'icmp6-reject-route': rejected('ICMPv6 reject-route', 'ICMPv6 reject-route by a prohibiting route'),
  'icmp-other': rejected('other ICMP error', 'an ICMP error that no usual rule sends'),
  'tcp-reset-by-firewall': {
    short: 'TCP reset by a firewall',
    sentence: ({ from, to, ports }) =>
      `a firewall, not ${to}'s own TCP, answers ${from} on ${ports} with a reset; it only looks like a closed port`,
    next: ({ to, ports }) => `Look for a rule with tcp-reset for ${ports} on ${to}, else on the way to it.`,
  },
  'send-not-permitted': {
    short: 'not permitted to send',
    sentence: ({ from, to, ports }) =>
      `${from} may not send to ${to} on ${ports}: its own OUTPUT rules forbid it`,
    next: ({ from, ports }) => `Look at the OUTPUT chain on ${from} for ${ports}: iptables -S OUTPUT`,
  },
  'no-route': {
    short: 'no route',
    sentence: ({ from, to, ports }) => `${from} has no route to ${to}, so nothing for ${ports} is even sent`,
    next: checkRoute,
  },
  'host-absent': {
    short: 'host absent',
    sentence: ({ from, to, ports }) =>
      `nobody answers to the address of ${to} on the network of ${from} (no ARP or neighbour reply), ${ports} included`,
    next: ({ from, to }) =>
      `Check that ${to} is up and has this address, and the network of ${from}: netmask, VLAN, bridge.`,
  },
  'name-not-resolved': {
    short: 'name not resolved',
    sentence: ({ from, to, ports }) => `${from} cannot resolve the name of ${to}, so ${ports} is not probed`,
    next: ({ from, to }) =>
      `Add ${to} to DNS or to /etc/hosts on ${from}, or give its address: ${to}=ADDRESS, where --nodes or --pmm-server has the name`,
  },
  'reply-lost': {
    short: 'answer lost on the way back',
    sentence: ({ from, to, ports }) =>
      `what ${from} sends to ${to} on ${ports} arrives behind its firewall, but no answer comes back`,
    next: ({ from, to }) =>
      `Check OUTPUT on ${to}, INPUT on ${from} (is ESTABLISHED accepted?), the route from ${to} back, and on ${to} "ss -ltn": a Recv-Q above Send-Q is a service that accepts nothing.`,
  },
  'payload-lost': {
    short: 'connects, but data is lost',
    sentence: ({ from, to, ports }) =>
      `${from} connects to ${to} on ${ports}, but no data comes through the connection`,
    next: ({ from, to }) =>
      `Check that ESTABLISHED is accepted on ${from} and ${to}, and the MTU on the way between them: ping -M do -s 1472.`,
  },
  'new-connections-blocked': {
    short: 'only standing connections pass',
    sentence: ({ from, to, ports }) =>
      `a connection from ${from} to ${to} on ${ports} stands, but the rules let no new one in: after a restart it will not come back`,
    next: ({ from, to }) => `Paste the commands, or accept new connections from ${from} on ${to}.`,
  },
  'no-answer': {
    short: 'no answer, not proven',
    sentence: ({ from, to, ports }) =>
      `no answer came from ${to} to ${from} on ${ports}, and no witness tells whether the packet arrived`,
    next: letTargetTell,
  },
  'answered-elsewhere': {
    short: 'answered by another host',
    sentence: ({ from, to, ports }) =>
      `somebody answered ${from} on ${ports}, but no packet of it came to ${to}: another host has the address, or a proxy or NAT stands between`,
    next: ({ from, to }) =>
      `Check which host has the address of ${to}, as seen from ${from}: ip neigh, arping.`,
  },
  'source-unreachable': {
    short: 'source not inspected',
    sentence: ({ from, to, ports }) =>
      `${from} could not be inspected, so it did not probe ${to} on ${ports}`,
    next: ({ from }) => `Clear the error of ${from} first.`,
  },
  'transfer-in-progress': {
    short: 'state transfer in progress',
    sentence: ({ from, to, ports }) =>
      `a state transfer may be waiting on ${ports} of ${to}, and a probe from ${from} would end it`,
    next: () => 'Run again when the transfer is over, or with --become, which probes without touching it.',
  },
  'live-service': {
    short: 'live service, not touched',
    sentence: ({ from, to, ports }) =>
      `${ports} of ${to} cannot be tried from ${from} without harm and without root: a service is live there, or mysqld may want the port at any moment`,
    next: () => 'Run again with --become, which probes without touching the service.',
  },
  'target-not-inspected': {
    short: 'target not inspected',
    sentence: ({ from, to, ports }) =>
      `${to} could not be inspected, and a connect from ${from} to ${ports} could end a state transfer there`,
    next: ({ to }) =>
      `Make ${to} reachable, or allow the connect with --allow-connect while no transfer runs.`,
  },
  'probe-failed': {
    short: 'probe failed',
    sentence: ({ from, to, ports }) =>
      `the probe from ${from} to ${to} on ${ports} failed before it could tell anything`,
    next: ({ from }) => `See with --explain what failed on ${from}, and run again.`,
  },
  'not-probed': {
    short: 'not probed',
    sentence: ({ from, to, ports }) => `the run ended before ${from} probed ${to} on ${ports}`,
    next: () => 'Run again with a longer --deadline, or with fewer nodes.',
  },
  'rules-accept': {
    short: 'accepted by the rules',
    sentence: ({ from, to, ports }) =>
      `the rules of ${from} and of ${to} accept ${ports}, the first packet and the later ones, both ways; no packet was sent`,
    next: nothingToDo,
  },
  'rules-undecided': {
    short: 'rules that cannot be decided',
    sentence: ({ from, to, ports }) => `the rules do not tell what becomes of ${ports} from ${from} to ${to}`,
    next: () =>
      'Let packets tell, over ssh: pxc-netcheck --nodes ...; or give all that the node has: iptables-save, ipset save, nft -j list ruleset.',
  },
  'source-rules-missing': {
    short: 'rules of the source not given',
    sentence: ({ from, to, ports }) =>
      `${to} accepts ${ports} from ${from}, but what ${from} sends and takes back is not known without its rules`,
    next: ({ from }) => `Save the rules of ${from} (iptables-save) and add them: --rules NODE=FILE`,
  },
  'target-rules-missing': {
    short: 'rules of the target not given',
    sentence: ({ from, to, ports }) =>
      `without the rules of ${to} it is not known whether it takes ${ports} from ${from}`,
    next: ({ to }) => `Save the rules of ${to} (iptables-save) and add them: --rules NODE=FILE`,
  },
}

export const BLOCKED_AT_TEXTS: Readonly<Record<BlockedAt, (where: Where) => string>> = {
  source: ({ from }) => `blocked on ${from} itself, before the packet leaves it`,
  network: ({ from, to }) => `blocked between ${from} and ${to}, on neither host`,
  target: ({ to }) => `blocked on ${to}, after the packet arrived there`,
  reply: ({ from, to }) => `the answer is blocked on its way from ${to} back to ${from}`,
}

export const PROOF_TEXTS: Readonly<Record<Proof, string>> = {
  witness: "witness: the target's own account of the packet",
  echo: 'echo: a token made the round trip',
  handshake: 'handshake: the connection was set up',
  answer: 'answer: what came back to the source',
  rules: 'rules: the firewall rules as read, no packet needed',
  none: 'none: nothing proves it',
}
