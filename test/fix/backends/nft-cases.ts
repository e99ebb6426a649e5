import type { Target } from './bench.ts'
import { type Case, caseOf, FLOWS, NAMES, opened, tcp, udp, type Wanted } from './case.ts'

type Names = (typeof NAMES)[4]

interface Kind {
  readonly name: string
  /** Default both in a table of both families. */
  readonly tables?: readonly (readonly [table: string, family: 4 | 6])[]
  readonly direction?: Case['direction']
  /** What stands in the table, with `input` or `output` for its base chain. */
  readonly body: (names: Names) => string
  /** Tables beside it. */
  readonly beside?: (names: Names) => string
  readonly flows?: Case['flows']
  readonly open?: Case['open']
  readonly networks?: (names: Names) => readonly string[]
  readonly wanted?: Wanted
}

const INET: Kind['tables'] = [
  ['inet filter', 4],
  ['inet filter', 6],
]
const EVERY: Kind['tables'] = [...INET, ['ip filter', 4], ['ip6 mytable', 6]]
const ONE: Kind['tables'] = [['inet filter', 4]]
const KNOWN = 'ct state established,related accept\nmeta l4proto { icmp, ipv6-icmp } accept'
const NEIGHBOURS = 'meta l4proto { icmp, ipv6-icmp } accept'

function chain(hook: string, rules: string, { policy = 'accept', priority = 'filter', name = hook } = {}) {
  return `chain ${name} { type filter hook ${hook} priority ${priority}; policy ${policy};\n${rules}\n}\n`
}

const input = (rules: string, policy = 'accept') => chain('input', rules, { policy })
const output = (rules: string, policy = 'accept') => chain('output', rules, { policy })
const HOSTILE = `comment "x' ; $(touch /tmp/never) \`id\` accept # handle 7"`

const KINDS: readonly Kind[] = [
  { name: 'policy, no rule', tables: EVERY, body: () => input(NEIGHBOURS, 'drop') },
  { name: 'policy, established', tables: EVERY, body: () => input(KNOWN, 'drop') },
  { name: 'drop', tables: EVERY, body: () => input(`${KNOWN}\niif "lo" accept\ncounter drop`) },
  { name: 'reject', tables: INET, body: () => input(`${KNOWN}\nreject with icmpx type admin-prohibited`) },
  {
    name: 'reject with tcp reset',
    tables: [
      ['inet filter', 4],
      ['ip filter', 4],
    ],
    body: () => input('meta l4proto tcp reject with tcp reset\nmeta l4proto udp drop'),
  },
  {
    name: 'log and drop of some ports',
    tables: INET,
    body: ({ ip, net }) =>
      input(
        `${ip} saddr ${net} tcp dport { 4444, 4560-4570 } log prefix "in: " counter drop\nudp dport 4567 drop`,
      ),
    open: [udp('p1', 4569)],
  },
  {
    name: 'verdict map of ports',
    tables: INET,
    body: () =>
      `chain refuse { reject with icmpx type port-unreachable\n}\n${input(
        `tcp dport vmap { 22 : accept, 4444 : jump refuse, 4567-4569 : drop }\nudp dport vmap { 4567 : drop }`,
      )}`,
    open: [udp('p1', 4569)],
  },
  {
    name: 'named verdict map',
    tables: ONE,
    body: () =>
      `map what { type inet_service : verdict\nelements = { 4567 : drop, 4444 : goto shut } }
chain shut { drop\n}\n${input('tcp dport vmap @what\nudp dport 4567 drop')}`,
    open: [tcp('p1', 4569), udp('p1', 4569)],
  },
  {
    name: 'verdict map of networks',
    tables: ONE,
    body: () => input('ip saddr vmap { 10.0.0.0/8 : drop, 192.168.0.0/16 : accept }'),
  },
  {
    name: 'set of who may',
    tables: ONE,
    body: () =>
      `set members { type ipv4_addr\nelements = { 10.99.0.77, 10.99.0.78 } }\n${input('ip saddr != @members drop')}`,
  },
  {
    name: 'set of networks',
    tables: INET,
    body: ({ ip, net }) =>
      `set banned { type ${ip === 'ip' ? 'ipv4' : 'ipv6'}_addr\nflags interval\nelements = { ${net} } }
${input(`${KNOWN}\n${ip} saddr @banned reject`)}`,
  },
  {
    name: 'set of addresses and ports',
    tables: ONE,
    body: ({ p1, p2 }) =>
      `set shut { type ipv4_addr . inet_service\nelements = { ${p1} . 4567, ${p1} . 4444, ${p2} . 4567 } }
${input('ip saddr . tcp dport @shut drop\nip saddr . udp dport @shut drop')}`,
    open: [tcp('p1', 4569), udp('p1', 4569), tcp('p2', 4444), tcp('stranger'), udp('stranger')],
  },
  {
    name: 'user chain',
    tables: INET,
    body: ({ ip, net }) =>
      `chain deeper { counter drop\n}
chain site { ${ip} saddr ${net} meta l4proto { tcp, udp } jump deeper\n}
${input(`${KNOWN}\njump site\naccept`)}`,
  },
  {
    name: 'goto and return',
    tables: ONE,
    body: () =>
      `chain site { udp dport 1 accept\nreturn\n}\n${input('meta l4proto icmp accept\ngoto site\naccept', 'drop')}`,
  },
  {
    name: 'two base chains',
    tables: INET,
    body: () =>
      `${chain('input', 'meta l4proto { tcp, udp } drop', { name: 'early', priority: '-10' })}${input(KNOWN, 'drop')}`,
  },
  {
    name: 'two tables',
    tables: ONE,
    body: () => input(KNOWN, 'drop'),
    beside: ({ ip }) =>
      `table ${ip} other {\n${chain('input', 'tcp dport 4000-5000 reject', { priority: '10' })}}\n`,
  },
  {
    name: 'ingress of netdev',
    tables: [
      ['netdev filter', 4],
      ['netdev filter', 6],
    ],
    body: () =>
      `chain in { type filter hook ingress device "eth0" priority 0; policy accept;
tcp dport 4000-5000 drop\nudp dport 4000-5000 drop\n}`,
  },
  {
    name: 'ingress of inet',
    tables: ONE,
    body: () =>
      `chain in { type filter hook ingress device "eth0" priority 0; policy accept;
tcp dport 4000-5000 drop\nudp dport 4000-5000 drop\n}`,
  },
  {
    name: 'prerouting, raw',
    tables: INET,
    body: () => chain('prerouting', 'meta l4proto { tcp, udp } drop', { priority: 'raw' }),
  },
  {
    name: 'prerouting and input',
    tables: ONE,
    body: () => chain('prerouting', 'tcp dport != 22 drop', { priority: 'mangle' }) + input(KNOWN, 'drop'),
  },
  {
    name: 'verdict map of states',
    tables: ONE,
    body: () =>
      input(
        `ct state vmap { established : accept, related : accept, invalid : drop }\nmeta l4proto icmp accept\nreject`,
      ),
  },
  {
    name: 'later packets',
    tables: ONE,
    body: ({ ip, net }) => input(`${ip} saddr ${net} ct state new accept`, 'drop'),
  },
  {
    name: 'interface',
    tables: ONE,
    body: () => input(`${KNOWN}\niifname "eth0" drop`),
  },
  {
    name: 'address type',
    tables: ONE,
    body: () => input(`${KNOWN}\nfib daddr type local drop`),
  },
  { name: 'hostile comment', tables: ONE, body: () => input(`${KNOWN}\ncounter drop ${HOSTILE}`) },
  {
    name: 'limit',
    tables: ONE,
    body: () => input(`limit rate 1/day burst 1 packets accept\ndrop`),
  },
  {
    name: 'a second limit',
    tables: ONE,
    body: () => input(`${KNOWN}\nlimit rate over 1/day burst 1 packets drop\nmeta l4proto { tcp, udp } drop`),
  },
  {
    name: 'quota',
    tables: ONE,
    body: () => input(`meta l4proto { tcp, udp } quota over 1 bytes drop`),
  },
  {
    name: 'source network',
    tables: INET,
    body: () => input(`${KNOWN}\ndrop`),
    networks: ({ net }) => [net],
    flows: [...FLOWS, tcp('p2', 4444), tcp('stranger'), udp('stranger')],
  },
  {
    name: 'fail2ban',
    tables: [['inet f2b-table', 4]],
    body: () =>
      `set addr-set-sshd { type ipv4_addr\nelements = { 10.99.0.11, 10.99.0.12, 10.99.0.200 } }
${chain('input', 'ip saddr @addr-set-sshd reject', { name: 'f2b-chain', priority: '-1' })}`,
    wanted: { none: /fail2ban stops these packets .* unban the peer/ },
  },
  { name: 'policy', direction: 'out', tables: EVERY, body: () => output(NEIGHBOURS, 'drop') },
  {
    name: 'drop',
    direction: 'out',
    tables: ONE,
    body: () => output(`ct state established accept\noif "lo" accept\nmeta l4proto { tcp, udp } drop`),
  },
  {
    name: 'reject',
    direction: 'out',
    tables: INET,
    body: ({ ip, net }) => output(`${KNOWN}\n${ip} daddr ${net} reject with icmpx type admin-prohibited`),
  },
  {
    name: 'egress of netdev',
    direction: 'out',
    tables: [['netdev filter', 4]],
    body: () =>
      `chain out { type filter hook egress device "eth0" priority 0; policy accept;
tcp dport 4000-5000 drop\nudp dport 4000-5000 drop\n}`,
  },
  {
    name: 'postrouting',
    direction: 'out',
    tables: ONE,
    body: () => chain('postrouting', 'meta l4proto { tcp, udp } drop', { priority: 'mangle' }),
  },
  {
    name: 'answers of the service',
    direction: 'reply-out',
    tables: INET,
    body: () => output('tcp sport 4000-5000 drop\nudp sport 4000-5000 reject'),
  },
  {
    name: "answers of the peer's service",
    direction: 'reply-in',
    tables: INET,
    body: () => input(NEIGHBOURS, 'drop'),
  },
]

const HOSTS: readonly [Target, Target] = ['native1', 'native2']

export const NFT_CASES: readonly Case[] = KINDS.flatMap((kind, i) =>
  (kind.tables ?? INET ?? []).map(([table, family]) => {
    const names = NAMES[family]
    const text = `flush ruleset\ntable ${table} {\n${kind.body(names)}\n}\n${kind.beside?.(names) ?? ''}`
    return caseOf(
      `${kind.name} (${table})`,
      HOSTS[i % 2 === 0 ? 0 : 1],
      { by: 'nft.conf', text },
      kind.wanted ?? opened('nft'),
      {
        family,
        direction: kind.direction ?? 'in',
        flows: kind.flows ?? FLOWS,
        open: kind.open ?? [],
        networks: kind.networks?.(names) ?? [],
      },
    )
  }),
)
