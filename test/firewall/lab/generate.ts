import type { Family } from '../../../src/firewall/address.ts'
import type { Hook } from '../../../src/firewall/evaluate.ts'
import { far, LOCAL, port } from './hosts.ts'
import type { Random } from './random.ts'

const NETS = {
  4: ['10.99.0.0/24', '10.99.0.12/31', '10.98.0.0/16', '10.0.0.13/255.0.0.255'],
  6: ['fd99::/64', 'fd99::12/127', 'fd98::/16'],
}
const REJECTS = {
  4: ['icmp-port-unreachable', 'icmp-host-prohibited', 'icmp-admin-prohibited', 'icmp-net-unreachable'],
  6: ['icmp6-port-unreachable', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable'],
}

/** A loadable ruleset with rules in the one base chain that the test's packets pass, so that answers disturb no counter. */
export function randomRuleset(random: Random, family: Family, hook: Hook): string {
  const userChains = ['A', 'B', 'C'].slice(0, random.below(4))
  const policy = random.chance(0.4) ? 'DROP' : 'ACCEPT'
  const filter = [
    ...ownTraffic(family, hook, hook),
    ...rules(random, family, hook, hook, userChains, 2 + random.below(6)),
    ...userChains.flatMap((chain, i) =>
      rules(random, family, hook, chain, userChains.slice(i + 1), 1 + random.below(4)),
    ),
  ]
  const early = hook === 'INPUT' ? 'PREROUTING' : 'OUTPUT'
  const raw = random.chance(0.3) ? earlyRules(random, family, hook, early, ['DROP', 'ACCEPT', NOTRACK]) : []
  const mangle = random.chance(0.2) ? earlyRules(random, family, hook, hook, ['DROP', 'ACCEPT']) : []
  const last = hook === 'INPUT' ? early : 'POSTROUTING'
  const edge = random.chance(0.3) ? earlyRules(random, family, hook, last, ['DROP', 'ACCEPT']) : []
  return [
    '*raw',
    ...declare(['PREROUTING', 'OUTPUT']),
    ...raw,
    'COMMIT',
    '*mangle',
    ...declare(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']),
    ...mangle,
    ...edge,
    'COMMIT',
    '*filter',
    ...['INPUT', 'FORWARD', 'OUTPUT'].map((chain) => `:${chain} ${chain === hook ? policy : 'ACCEPT'} [0:0]`),
    ...userChains.map((chain) => `:${chain} - [0:0]`),
    ...filter,
    'COMMIT',
    '',
  ].join('\n')
}

const NOTRACK = 'CT --notrack'

function declare(chains: readonly string[]): string[] {
  return chains.map((chain) => `:${chain} ACCEPT [0:0]`)
}

function earlyRules(
  random: Random,
  family: Family,
  hook: Hook,
  chain: string,
  targets: readonly string[],
): string[] {
  const matches = Array.from({ length: 1 + random.below(2) }, () => someMatches(random, family, hook).text)
  return [
    ...ownTraffic(family, hook, chain),
    ...matches.map((match) => `-A ${chain} ${match} -j ${random.pick(targets)}`),
  ]
}

/**
 * What the host sends of its own accord must reach no counted rule: the error by which it tells itself of a rejected
 * packet crosses OUTPUT too, over lo, and IPv6 reports its multicast groups when it likes.
 */
function ownTraffic(family: Family, hook: Hook, chain: string): string[] {
  if (hook === 'INPUT') return []
  const reports = family === 6 ? [`-A ${chain} -d ff02::/16 -j RETURN`] : []
  return [`-A ${chain} -o lo -j RETURN`, ...reports]
}

function rules(
  random: Random,
  family: Family,
  hook: Hook,
  chain: string,
  callable: readonly string[],
  count: number,
): string[] {
  return Array.from({ length: count }, () => {
    const { text, tcp } = someMatches(random, family, hook)
    return `-A ${chain} ${text} ${target(random, family, callable, tcp)}`.trim().replace(/ +/g, ' ')
  })
}

function target(random: Random, family: Family, callable: readonly string[], tcp: boolean): string {
  if (callable.length > 0 && random.chance(0.35))
    return `-${random.pick(['j', 'j', 'g'])} ${random.pick(callable)}`
  return random.pick([
    '-j ACCEPT',
    '-j ACCEPT',
    '-j DROP',
    '-j RETURN',
    '-j LOG --log-prefix "x -j DROP "',
    '',
    tcp ? '-j REJECT --reject-with tcp-reset' : '-j REJECT',
    `-j REJECT --reject-with ${random.pick(REJECTS[family])}`,
  ])
}

function someMatches(random: Random, family: Family, hook: Hook): { text: string; tcp: boolean } {
  const parts: string[] = []
  const not = () => (random.chance(0.25) ? '! ' : '')
  const [farSide, ownSide] = hook === 'INPUT' ? ['s', 'd'] : ['d', 's']
  if (random.chance(0.35))
    parts.push(`${not()}-${farSide} ${random.chance(0.7) ? far(random, family) : net(random, family)}`)
  if (random.chance(0.1)) parts.push(`${not()}-${ownSide} ${LOCAL[family]}`)
  if (random.chance(0.12)) {
    parts.push(`${not()}-${hook === 'INPUT' ? 'i' : 'o'} ${random.pick(['vb', 'v+', 'lo', 'eth0', 'vbx'])}`)
  }
  const protocol = random.pick(['', 'tcp', 'tcp', 'tcp', 'udp', family === 4 ? 'icmp' : 'ipv6-icmp'])
  const tcp = protocol === 'tcp' && !random.chance(0.1)
  if (protocol) parts.push(`${protocol === 'tcp' && !tcp ? '! ' : ''}-p ${protocol}`)
  if (tcp || protocol === 'udp') parts.push(...portMatches(random, protocol, not))
  if (tcp && random.chance(0.3)) {
    parts.push(
      `${not()}${random.pick(['--syn', '--tcp-flags SYN,ACK SYN', '--tcp-flags SYN,ACK SYN,ACK', '--tcp-flags ALL ACK', '--tcp-flags RST,FIN NONE'])}`,
    )
  }
  if (protocol === 'icmp' || protocol === 'ipv6-icmp') {
    const option = family === 4 ? '-m icmp --icmp-type' : '-m icmp6 --icmpv6-type'
    if (random.chance(0.5))
      parts.push(
        option.replace('--', `${not()}--`) +
          ` ${random.pick(family === 4 ? [8, 13, '8/0'] : [128, '128/0', 1])}`,
      )
  }
  if (random.chance(0.35)) parts.push(`-m ${stateMatch(random, not)}`)
  if (random.chance(0.1)) {
    const [from, to] = family === 4 ? ['10.99.0.12', '10.99.0.13'] : ['fd99::12', 'fd99::13']
    parts.push(`-m iprange ${not()}--${hook === 'INPUT' ? 'src' : 'dst'}-range ${from}-${to}`)
  }
  if (random.chance(0.1)) {
    const types =
      family === 4
        ? ['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST', 'LOCAL,BROADCAST']
        : ['LOCAL', 'UNICAST', 'MULTICAST']
    parts.push(`-m addrtype ${not()}--${random.pick(['src', 'dst'])}-type ${random.pick(types)}`)
  }
  if (hook === 'INPUT' && random.chance(0.06)) {
    parts.push(`-m pkttype ${not()}--pkt-type ${random.pick(['unicast', 'multicast', 'broadcast'])}`)
  }
  // Left open by a dump: the evaluator must not claim to know what the kernel does with these.
  if (random.chance(0.03))
    parts.push(
      `-m ${random.pick(['limit --limit 5/min', 'mark --mark 0x1', 'ttl --ttl-eq 64', 'length --length 0:9'])}`.replace(
        'ttl --ttl',
        family === 4 ? 'ttl --ttl' : 'hl --hl',
      ),
    )
  if (random.chance(0.1)) parts.push('-m comment --comment "x -j DROP $HOME `id` \\"! -s 1.2.3.4"')
  return { text: parts.join(' '), tcp }
}

function net(random: Random, family: Family): string {
  return random.pick(NETS[family])
}

function portMatches(random: Random, protocol: string, not: () => string): string[] {
  if (random.chance(0.25)) return []
  if (random.chance(0.25)) {
    const kind = random.pick(['dports', 'dports', 'sports', 'ports'])
    return [
      `-m multiport ${not()}--${kind} ${random.pick(['4567,4568', '22,3306', '4444:4567,1', '1024:30000'])}`,
    ]
  }
  const range = random.pick([String(port(random)), String(port(random)), '4444:4568', ':4000', '4000:'])
  const side = random.chance(0.85) ? '--dport' : '--sport'
  return [`-m ${protocol} ${not()}${side} ${range}`]
}

function stateMatch(random: Random, not: () => string): string {
  const states = random.pick([
    'NEW',
    'ESTABLISHED',
    'RELATED,ESTABLISHED',
    'INVALID',
    'NEW,ESTABLISHED',
    'UNTRACKED',
  ])
  return random.chance(0.5) ? `conntrack ${not()}--ctstate ${states}` : `state ${not()}--state ${states}`
}
