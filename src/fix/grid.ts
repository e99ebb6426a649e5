import { type Family, formatAddress } from '../firewall/address.ts'
import type { Hook } from '../firewall/evaluate.ts'
import { familyOf, type LoadedDump } from '../firewall/host.ts'
import type { CtState, Field, Match, Packet, Rule, TcpFlag } from '../firewall/model.ts'
import type { BlockedFlow } from './input.ts'

/** A packet on its way into this host or out of it. */
export interface Crossing {
  readonly hook: Hook
  readonly packet: Packet
}

/** Documentation addresses (RFC 5737, RFC 3849): nobody's peer. */
const STRANGERS = { 4: ['198.51.100.77', '192.0.2.200'], 6: ['2001:db8:77::1', '2001:db8:200::1'] }

/** Packets around the flows, and around whatever the ruleset itself speaks of; fewer where the ruleset is long. */
export function grid(dumps: readonly LoadedDump[], flows: readonly BlockedFlow[]): Crossing[] {
  return ([4, 6] as const).flatMap((family) => {
    const own = flows.filter((flow) => flow.family === family)
    if (own.length === 0) return []
    const rules = dumps.filter(({ tool }) => (familyOf(tool) ?? family) === family).flatMap(rulesOf)
    const long = rules.length > 2000
    const local = own.find((flow) => flow.local !== null)?.local ?? null
    const peers = own.map((flow) => flow.peer)
    const hosts = first(long ? 5 : 10, STRANGERS[family], peers, addressesIn(rules, family))
    const near = own.flatMap(({ port }) => [port, port - 1, port + 1])
    const ports = first(long ? 8 : 24, [22], near.filter(isPort), portsIn(rules))
    return hosts.flatMap((host) => [
      ...icmpOf(family, host, local),
      ...ports.flatMap((port) => packetsAt(family, host, local, port)),
    ])
  })
}

function rulesOf({ ruleset }: LoadedDump): Rule[] {
  return [...ruleset.tables.values()].flatMap((table) =>
    [...table.chains.values()].flatMap((chain) => [...chain.rules]),
  )
}

function* matchesIn(rules: readonly Rule[]): Generator<Match> {
  for (const { matches } of rules) yield* matches
}

function* addressesIn(rules: readonly Rule[], family: Family): Generator<string> {
  for (const match of matchesIn(rules)) {
    if (match.kind === 'address') {
      if (match.net.family === family) yield formatAddress({ family, value: match.net.network })
    } else {
      for (const { of, from } of componentsIn(match, 'address')) {
        if (of.kind === 'address' && of.family === family) yield formatAddress({ family, value: from })
      }
    }
  }
}

function* portsIn(rules: readonly Rule[]): Generator<number> {
  for (const match of matchesIn(rules)) {
    const ranges = match.kind === 'ports' ? match.ranges : componentsIn(match, 'port')
    for (const { from, to } of ranges) yield* [Number(from), Number(to)].filter(isPort)
  }
}

function isPort(port: number): boolean {
  return port > 0 && port < 65536
}

/** The values of sets that stand in fields of this kind; a long set tells as much by its first ones. */
function componentsIn(match: Match, kind: Field['kind']) {
  if (match.kind !== 'elements') return []
  return match.fields.flatMap((of, at) =>
    of.kind === kind
      ? match.elements.slice(0, 20).flatMap((element) => {
          const component = element[at]
          return component?.kind === 'range' ? [{ of, from: component.from, to: component.to }] : []
        })
      : [],
  )
}

const KINDS: readonly { protocol: 'tcp' | 'udp'; ctState: CtState; tcpFlags: readonly TcpFlag[] }[] = [
  { protocol: 'tcp', ctState: 'NEW', tcpFlags: ['SYN'] },
  { protocol: 'tcp', ctState: 'ESTABLISHED', tcpFlags: ['ACK'] },
  { protocol: 'tcp', ctState: 'INVALID', tcpFlags: ['SYN', 'ACK'] },
  { protocol: 'udp', ctState: 'NEW', tcpFlags: [] },
  { protocol: 'udp', ctState: 'ESTABLISHED', tcpFlags: [] },
]

function ends(host: string, local: string | null) {
  return [
    { hook: 'INPUT', source: host, destination: local },
    { hook: 'OUTPUT', source: local, destination: host },
  ] as const
}

/** To the port and from it, in both directions. */
function packetsAt(family: Family, host: string, local: string | null, port: number): Crossing[] {
  const base = { family, inInterface: null, outInterface: null }
  return ends(host, local).flatMap(({ hook, ...end }) =>
    KINDS.flatMap((kind) =>
      [
        { sourcePort: 40_000, destinationPort: port },
        { sourcePort: port, destinationPort: 40_000 },
      ].map((ports) => ({ hook, packet: { ...base, ...end, ...kind, ...ports } })),
    ),
  )
}

function icmpOf(family: Family, host: string, local: string | null): Crossing[] {
  const icmp = { type: family === 4 ? 8 : 128, code: 0 }
  const base = {
    family,
    inInterface: null,
    outInterface: null,
    sourcePort: null,
    destinationPort: null,
    tcpFlags: [],
  }
  return ends(host, local).map(({ hook, ...end }) => ({
    hook,
    packet: { ...base, ...end, protocol: 'icmp', ctState: 'NEW', icmp },
  }))
}

/** So many different ones, in order. */
function first<T>(count: number, ...lists: readonly Iterable<T>[]): T[] {
  const found = new Set<T>()
  for (const list of lists) {
    for (const item of list) {
      found.add(item)
      if (found.size === count) return [...found]
    }
  }
  return [...found]
}
