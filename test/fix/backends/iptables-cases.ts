import type { Target } from './bench.ts'
import { type Case, caseOf, FLOWS, NAMES, OTHERS, opened, tcp, udp, type Wanted } from './case.ts'

interface Kind {
  readonly name: string
  readonly families?: readonly (4 | 6)[]
  readonly direction?: Case['direction']
  /** The rules of the filter table, below what IPv6 cannot do without. */
  readonly filter: (names: (typeof NAMES)[4]) => readonly string[]
  readonly policies?: Record<string, string>
  /** Other tables, in the words of iptables-restore. */
  readonly tables?: (names: (typeof NAMES)[4]) => string
  /** What must be there before, in shell. */
  readonly first?: (family: 4 | 6) => string
  readonly flows?: Case['flows']
  readonly open?: Case['open']
  readonly networks?: (names: (typeof NAMES)[4]) => readonly string[]
  readonly wanted?: Wanted
}

const BOTH = [4, 6] as const
const ESTABLISHED = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
const OUT_ESTABLISHED = '-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
const HOSTILE =
  '-A INPUT -m comment --comment "x\' -j DROP $(touch /tmp/never) `id` \\"! \\\\ \u001b[31m \u00e9" -j DROP'

const BUILT_IN = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

function table(name: keyof typeof BUILT_IN, rules: readonly string[]): string {
  const users = new Set(rules.map((rule) => rule.split(' ')[1] ?? '').filter((chain) => /^[a-z]/.test(chain)))
  return [
    `*${name}`,
    ...BUILT_IN[name].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...[...users].map((chain) => `:${chain} - [0:0]`),
    ...rules,
    'COMMIT',
    '',
  ].join('\n')
}

const KINDS: readonly Kind[] = [
  { name: 'policy', families: BOTH, filter: () => [], policies: { INPUT: 'DROP' } },
  { name: 'policy, established', families: BOTH, filter: () => [ESTABLISHED], policies: { INPUT: 'DROP' } },
  { name: 'DROP', families: BOTH, filter: () => [ESTABLISHED, '-A INPUT -j DROP'] },
  { name: 'REJECT', families: BOTH, filter: () => [ESTABLISHED, '-A INPUT -j REJECT'] },
  ...['icmp-host-prohibited', 'icmp-admin-prohibited', 'icmp-proto-unreachable'].map((type) => ({
    name: `REJECT ${type}`,
    filter: () => ['-A INPUT -p icmp -j ACCEPT', `-A INPUT -j REJECT --reject-with ${type}`],
  })),
  ...['icmp6-adm-prohibited', 'icmp6-addr-unreachable'].map((type) => ({
    name: `REJECT ${type}`,
    families: [6] as const,
    filter: () => [`-A INPUT -j REJECT --reject-with ${type}`],
  })),
  {
    name: 'REJECT tcp-reset',
    filter: () => ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset', '-A INPUT -p udp -j DROP'],
  },
  {
    name: 'LOG, then DROP of some ports',
    filter: ({ net }) => [
      '-A INPUT -j LOG --log-prefix "in: "',
      `-A INPUT -s ${net} -p tcp -m multiport --dports 4444,4560:4570 -j DROP`,
      '-A INPUT -p udp -m udp --dport 4567 -j DROP',
    ],
    open: [udp('p1', 4569)],
  },
  {
    name: 'user chain',
    families: BOTH,
    filter: ({ net }) => [
      ESTABLISHED,
      '-A INPUT -j site',
      `-A site -s ${net} -p tcp -j DROP`,
      '-A site -p udp -j DROP',
    ],
  },
  {
    name: 'goto',
    filter: () => ['-A INPUT -p tcp -g site', '-A INPUT -p udp -g site', '-A site -p icmp -j ACCEPT'],
    policies: { INPUT: 'DROP' },
  },
  {
    name: 'RETURN',
    filter: ({ net }) => [
      '-A INPUT -j site',
      '-A INPUT -j REJECT --reject-with icmp-host-prohibited',
      `-A site -s ${net} -j RETURN`,
      '-A site -j ACCEPT',
    ],
  },
  {
    name: 'raw',
    families: BOTH,
    tables: ({ net }) => table('raw', [`-A PREROUTING -s ${net} -p tcp -j DROP`]),
    filter: () => [],
    flows: [tcp('p1'), tcp('p1', 4444), tcp('p2')],
    open: [udp('p1', 4569), udp('stranger')],
  },
  {
    name: 'mangle PREROUTING',
    tables: () => table('mangle', ['-A PREROUTING -p tcp -j DROP', '-A PREROUTING -p udp -j DROP']),
    filter: () => [],
  },
  {
    name: 'mangle INPUT',
    families: BOTH,
    tables: () => table('mangle', ['-A INPUT -p tcp -j DROP', '-A INPUT -p udp -j DROP']),
    filter: () => [],
  },
  {
    name: 'raw, mangle and filter',
    tables: ({ net }) =>
      table('raw', [`-A PREROUTING -s ${net} -p tcp -j DROP`]) +
      table('mangle', ['-A INPUT -j site', '-A site -p tcp -j DROP']),
    filter: () => [ESTABLISHED, '-A INPUT -j REJECT'],
  },
  {
    name: 'security',
    tables: () => table('security', ['-A INPUT -p tcp -j DROP', '-A INPUT -p udp -j DROP']),
    filter: () => [],
  },
  {
    name: 'later packets',
    filter: ({ net }) => [
      `-A INPUT -s ${net} -m conntrack --ctstate NEW -j ACCEPT`,
      '-A INPUT -p icmp -j ACCEPT',
      '-A INPUT -j DROP',
    ],
  },
  {
    name: 'ipset',
    families: BOTH,
    first: (family) =>
      `ipset create banned hash:net family ${family === 4 ? 'inet' : 'inet6'}\nipset add banned ${NAMES[family].net}`,
    filter: () => [ESTABLISHED, '-A INPUT -m set --match-set banned src -j DROP'],
  },
  {
    name: 'ipset of all others',
    first: () => 'ipset create members hash:ip\nipset add members 10.99.0.99',
    filter: () => ['-A INPUT -p icmp -j ACCEPT', '-A INPUT -m set ! --match-set members src -j DROP'],
  },
  {
    name: 'ipset of addresses and ports',
    first: () =>
      ['tcp:4567', 'tcp:4444', 'udp:4567']
        .map((port) => `ipset -exist create shut hash:net,port\nipset add shut 10.99.0.0/24,${port}`)
        .join('\n'),
    filter: () => ['-A INPUT -m set --match-set shut src,dst -j DROP'],
    open: [tcp('p1', 4569), udp('p1', 4569)],
  },
  { name: 'hostile comment', filter: () => [ESTABLISHED, HOSTILE] },
  {
    name: 'shadowed copies',
    families: BOTH,
    filter: ({ p1 }) => [
      ESTABLISHED,
      '-A INPUT -j REJECT',
      ...['tcp --dport 4567', 'udp --dport 4567', 'tcp --dport 4444'].map(
        (port) => `-A INPUT -s ${p1} -p ${port} -j ACCEPT`,
      ),
    ],
  },
  {
    name: 'address range',
    filter: () => ['-A INPUT -m iprange --src-range 10.99.0.2-10.99.0.254 -j DROP'],
  },
  {
    name: 'address type',
    filter: () => [ESTABLISHED, '-A INPUT -m addrtype --dst-type LOCAL -j DROP'],
  },
  { name: 'interface', filter: () => [ESTABLISHED, '-A INPUT -i eth0 -j REJECT'] },
  {
    name: 'source network',
    families: BOTH,
    filter: () => ['-A INPUT -j DROP'],
    networks: ({ net }) => [net],
    open: [],
  },
  {
    name: 'connlimit',
    filter: () => [ESTABLISHED, '-A INPUT -p tcp --syn -m connlimit --connlimit-above 0 -j DROP'],
    flows: [tcp('p1'), tcp('p1', 4444), tcp('p2')],
    open: [udp('p1', 4569), udp('stranger')],
  },
  {
    name: 'limit',
    filter: () => ['-A INPUT -m limit --limit 1/day --limit-burst 1 -j ACCEPT', '-A INPUT -j DROP'],
  },
  { name: 'policy', direction: 'out', families: BOTH, filter: () => [], policies: { OUTPUT: 'DROP' } },
  {
    name: 'DROP',
    direction: 'out',
    families: BOTH,
    filter: () => [OUT_ESTABLISHED, '-A OUTPUT -o lo -j ACCEPT', '-A OUTPUT -j DROP'],
  },
  {
    name: 'REJECT',
    direction: 'out',
    filter: () => [OUT_ESTABLISHED, '-A OUTPUT -j REJECT --reject-with icmp-admin-prohibited'],
  },
  {
    name: 'raw OUTPUT',
    direction: 'out',
    tables: () => table('raw', ['-A OUTPUT -p tcp -j DROP', '-A OUTPUT -p udp -j DROP']),
    filter: () => [],
  },
  {
    name: 'answers of the service',
    direction: 'reply-out',
    families: BOTH,
    filter: () => ['-A OUTPUT -p tcp -j DROP', '-A OUTPUT -p udp -j REJECT'],
  },
  {
    name: "answers of the peer's service",
    direction: 'reply-in',
    filter: () => ['-A INPUT -p icmp -j ACCEPT', '-A INPUT -j DROP'],
  },
]

function textOf(kind: Kind, family: 4 | 6): string {
  const names = NAMES[family]
  const six = family === 6 ? ['-A INPUT -p ipv6-icmp -j ACCEPT', '-A OUTPUT -p ipv6-icmp -j ACCEPT'] : []
  const filter = table('filter', [...six, ...kind.filter(names)])
  const policies = Object.entries(kind.policies ?? {}).reduce(
    (text, [chain, policy]) => text.replace(`:${chain} ACCEPT`, `:${chain} ${policy}`),
    filter,
  )
  return `${kind.tables?.(names) ?? ''}${policies}`
}

function iptablesCase(kind: Kind, host: Target, family: 4 | 6): Case {
  const boot = kind.first?.(family) ?? ''
  const restore = family === 4 ? 'iptables-restore' : 'ip6tables-restore'
  const script = `${boot}\n${restore} <<'END'\n${textOf(kind, family)}END`
  const networks = kind.networks?.(NAMES[family]) ?? []
  // Whoever is of the network is let in to the ports of the cluster.
  const whole = networks.length > 0 ? OTHERS.filter(({ port }) => port !== 4569) : []
  return caseOf(kind.name, host, { by: 'script', script, boot }, kind.wanted ?? opened('iptables'), {
    family,
    networks,
    direction: kind.direction ?? 'in',
    flows: [...(kind.flows ?? FLOWS), ...whole],
    open: kind.open ?? [],
  })
}

const NFT_HOSTS = ['redhat', 'debian'] as const
const LEGACY_HOSTS = ['legacy1', 'legacy2'] as const

export const IPTABLES_CASES: readonly Case[] = KINDS.flatMap((kind, i) =>
  (kind.families ?? [4]).flatMap((family) =>
    [NFT_HOSTS[i % 2], LEGACY_HOSTS[i % 2]].flatMap((host) => (host ? iptablesCase(kind, host, family) : [])),
  ),
)
