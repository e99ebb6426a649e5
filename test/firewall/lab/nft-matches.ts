import type { Family } from '../../../src/firewall/address.ts'
import { far, LOCAL, port } from './hosts.ts'
import type { Named } from './nft-sets.ts'
import type { Random } from './random.ts'

/** What the rules of a chain may look at. */
export interface Setting {
  /** Of the table. */
  readonly family: 'ip' | 'ip6' | 'inet' | 'netdev'
  readonly hook: 'ingress' | 'prerouting' | 'input' | 'output' | 'postrouting' | 'egress'
  readonly priority: number
  readonly sets: readonly Named[]
}

export type Layer4 = 'tcp' | 'udp' | 'icmp' | null

/** The matches of one rule, in nft's words, and what a `reject` after them may rely on. */
export interface Matches {
  readonly text: string
  readonly family: Family | null
  readonly layer4: Layer4
}

export const inwards = ({ hook }: Setting) => hook === 'ingress' || hook === 'prerouting' || hook === 'input'
const hasConntrack = ({ family, hook }: Setting) =>
  family !== 'netdev' && hook !== 'ingress' && hook !== 'egress'

function addressedFamily(random: Random, { family }: Setting): Family | null {
  if (family === 'ip') return 4
  if (family === 'ip6') return 6
  return random.chance(0.6) ? random.pick([4, 6] as const) : null
}

export function randomMatches(random: Random, setting: Setting): Matches {
  const addressed = addressedFamily(random, setting)
  // `meta nfproto` without an address beside it.
  const family =
    addressed ?? (setting.family === 'inet' && random.chance(0.1) ? random.pick([4, 6] as const) : null)
  const layer4: Layer4 = random.pick(['tcp', 'tcp', 'udp', 'icmp', null, null])
  const parts: string[] = []
  if (addressed !== null) parts.push(...addressMatches(random, setting, addressed))
  else if (family !== null) parts.push(`meta nfproto ${family === 4 ? 'ipv4' : 'ipv6'}`)
  parts.push(...layer4Matches(random, setting, family, layer4))
  if (random.chance(0.12)) parts.push(interfaceMatch(random, setting))
  if (hasConntrack(setting) && random.chance(0.3)) parts.push(stateMatch(random))
  if (random.chance(0.08)) parts.push(familyMatch(random, setting, family))
  if (hasConntrack(setting) && random.chance(0.06)) parts.push(fibMatch(random))
  if (inwards(setting) && random.chance(0.05))
    parts.push(
      `meta pkttype ${not(random)}${random.pick(['host', 'broadcast', 'multicast', '{ host, broadcast }'])}`,
    )
  if (random.chance(0.03)) parts.push(openMatch(random, setting))
  // nft wants none of them in any order.
  return { text: parts.filter(Boolean).join(' '), family, layer4 }
}

const not = (random: Random) => (random.chance(0.25) ? '!= ' : '')

function addressMatches(random: Random, setting: Setting, family: Family): string[] {
  const word = family === 4 ? 'ip' : 'ip6'
  const [farSide, ownSide] = inwards(setting) ? ['saddr', 'daddr'] : ['daddr', 'saddr']
  const parts: string[] = []
  if (random.chance(0.5))
    parts.push(`${word} ${farSide} ${not(random)}${addresses(random, family, setting.sets)}`)
  if (random.chance(0.1)) parts.push(`${word} ${ownSide} ${not(random)}${LOCAL[family]}`)
  return parts
}

const NETS = {
  4: ['10.99.0.0/24', '10.99.0.12/31', '10.98.0.0/16', '10.99.0.12-10.99.0.13'],
  6: ['fd99::/64', 'fd99::12/127', 'fd98::/16', 'fd99::12-fd99::13'],
}

function addresses(random: Random, family: Family, sets: readonly Named[]): string {
  const named = sets.filter(({ key }) => key === (family === 4 ? 'ipv4_addr' : 'ipv6_addr'))
  if (named.length > 0 && random.chance(0.4)) return `@${random.pick(named).name}`
  if (random.chance(0.3)) return random.pick(NETS[family])
  if (random.chance(0.3)) {
    const lone = family === 4 ? ['10.99.0.11', '10.98.0.0/16'] : ['fd99::11', 'fd98::/16']
    return random.pick([
      `{ ${lone.join(', ')} }`,
      `{ ${far(random, family)} }`,
      `{ ${NETS[family][3]}, ${lone[1]} }`,
    ])
  }
  return far(random, family)
}

function layer4Matches(random: Random, setting: Setting, family: Family | null, layer4: Layer4): string[] {
  const parts: string[] = []
  const { sets } = setting
  if (layer4 === null) {
    if (random.chance(0.3)) {
      const protocols = ['tcp', 'udp', '{ tcp, udp }', '{ icmp, ipv6-icmp }', '{ udp, 132 }', '6']
      parts.push(`meta l4proto ${not(random)}${random.pick(protocols)}`)
    }
    if (random.chance(0.3)) parts.push(`meta l4proto { tcp, udp } th ${portMatch(random, sets)}`)
    const triples = sets.filter(({ key }) => key === 'ipv4_addr . inet_proto . inet_service')
    const [side, end] = inwards(setting) ? ['saddr', 'dport'] : ['daddr', 'dport']
    if (family === 4 && triples.length > 0 && random.chance(0.5))
      parts.push(`ip ${side} . meta l4proto . th ${end} ${not(random)}@${random.pick(triples).name}`)
    return parts
  }
  if (layer4 === 'icmp') {
    const six = family === 6 || (family === null && random.chance(0.5))
    const types = six
      ? ['echo-request', '{ echo-request, echo-reply }', '!= echo-request', '128-129', 'nd-neighbor-solicit']
      : ['echo-request', '{ echo-request, echo-reply }', '!= echo-request', '8', '< 9']
    const field = random.chance(0.85) ? `type ${random.pick(types)}` : `code ${not(random)}0`
    return [
      random.chance(0.7)
        ? `${six ? 'icmpv6' : 'icmp'} ${field}`
        : `meta l4proto ${six ? 'ipv6-icmp' : 'icmp'}`,
    ]
  }
  if (random.chance(0.8)) parts.push(`${layer4} ${portMatch(random, sets)}`)
  else if (family === 4 && random.chance(0.5)) parts.push(`ip protocol ${layer4}`)
  else parts.push(`meta l4proto ${layer4}`)
  if (layer4 === 'tcp' && random.chance(0.2)) parts.push(`tcp flags ${random.pick(TCP_FLAGS)}`)
  const pairs = sets.filter(
    ({ key }) => key === (family === 4 ? 'ipv4_addr . inet_service' : 'ipv6_addr . inet_service'),
  )
  if (family !== null && pairs.length > 0 && random.chance(0.4)) {
    const side = inwards(setting) ? 'saddr' : 'daddr'
    parts.push(
      `${family === 4 ? 'ip' : 'ip6'} ${side} . ${layer4} dport ${not(random)}@${random.pick(pairs).name}`,
    )
  } else if (family === 4 && random.chance(0.1)) {
    const side = inwards(setting) ? 'saddr' : 'daddr'
    parts.push(`ip ${side} . ${layer4} dport { 10.99.0.11 . 4567, 10.99.0.12 . 3306, 10.99.0.13 . 22 }`)
  }
  return parts
}

const TCP_FLAGS = [
  'syn',
  '== syn',
  '!= syn',
  'syn,ack',
  '{ syn, ack }',
  '& (fin|syn|rst|ack) == syn',
  '& (fin|syn|rst|ack) != syn',
  '& (syn|ack) == (syn|ack)',
  '& ack == ack',
  '& (syn|rst) == 0',
  '& (fin|ack) != 0',
]

function portMatch(random: Random, sets: readonly Named[]): string {
  const side = random.chance(0.85) ? 'dport' : 'sport'
  const named = sets.filter(({ key }) => key === 'inet_service')
  if (named.length > 0 && random.chance(0.3)) return `${side} ${not(random)}@${random.pick(named).name}`
  const value = random.pick([
    String(port(random)),
    String(port(random)),
    `{ ${port(random)}, 1 }`,
    '{ 22, 4444-4567 }',
    '4444-4568',
    '1024-65535',
  ])
  if (random.chance(0.15)) return `${side} ${random.pick(['<', '>', '<=', '>='])} ${port(random)}`
  return `${side} ${not(random)}${value}`
}

function interfaceMatch(random: Random, setting: Setting): string {
  const own = inwards(setting) ? 'iifname' : 'oifname'
  const word = random.chance(0.9) || setting.family === 'netdev' ? own : random.pick(['iifname', 'oifname'])
  const names = ['"vb"', '"v*"', '"lo"', '"eth0"', '"vbx"', '{ "lo", "vb" }', '{ "eth0", "eth1" }']
  return `${word} ${not(random)}${random.pick(names)}`
}

function stateMatch(random: Random): string {
  const states = ['new', 'established', 'established,related', 'invalid', 'new,untracked', 'untracked']
  const exact = ['{ new, established }', '{ invalid, untracked }']
  return `ct state ${random.chance(0.75) ? not(random) + random.pick(states) : `${not(random)}${random.pick(exact)}`}`
}

function familyMatch(random: Random, { family }: Setting, own: Family | null): string {
  if (family !== 'inet') return random.pick(['meta l4proto != 50', ''])
  if (own !== null) return `meta nfproto ${own === 4 ? 'ipv4' : 'ipv6'}`
  return random.pick(['meta nfproto != ipv6', 'meta protocol { ip, ip6 }'])
}

function fibMatch(random: Random): string {
  return `fib ${random.pick(['saddr', 'daddr'])} type ${not(random)}${random.pick(['local', 'unicast', 'broadcast', 'multicast', '{ local, multicast }'])}`
}

/** Left open by a dump: the evaluator must not claim to know what the kernel does with these. */
function openMatch(random: Random, setting: Setting): string {
  const always = [
    'limit rate 5/minute',
    'limit rate over 5/minute',
    'meta mark 0x1',
    'meta mark != 0x1',
    'meta length < 10',
  ]
  const tracked = ['ct direction original', 'ct mark 0x0', 'ct status dnat', 'ct status != dnat']
  return random.pick(hasConntrack(setting) ? [...always, ...tracked] : always)
}
