import type { Address, Family } from './address.ts'
import type { Subject } from './match.ts'
import type { Match, Rule, Side } from './model.ts'

/** Where the rules of a chain stand (from 0), by what a packet must have to match them. */
export interface Index {
  readonly networks: readonly NetworkTable[]
  readonly ports: readonly PortTable[]
  readonly always: readonly number[]
}

/** Rules that ask for one network of this mask, and one port where `portSide` is not null. */
interface NetworkTable {
  readonly side: Side
  readonly family: Family
  readonly mask: bigint
  readonly portSide: Side | null
  /** By network, and port. */
  readonly exact: Map<string, number[]>
  /** By network alone, for packets whose port is not known. */
  readonly loose: Map<string, number[]>
  /** For packets whose address is not known. */
  readonly all: number[]
}

interface PortTable {
  readonly side: Side
  readonly exact: Map<number, number[]>
  readonly all: number[]
}

export function indexRules(rules: readonly Rule[]): Index {
  const networks = new Map<string, NetworkTable>()
  const ports = new Map<Side, PortTable>()
  const always: number[] = []
  rules.forEach((rule, at) => {
    const net = netOf(rule)
    const port = portOf(rule)
    if (net) {
      const table = networkTable(networks, net, port?.side ?? null)
      table.all.push(at)
      add(table.exact, port ? `${net.network} ${port.port}` : `${net.network}`, at)
      if (port) add(table.loose, `${net.network}`, at)
    } else if (port) {
      const table: PortTable = ports.get(port.side) ?? { side: port.side, exact: new Map(), all: [] }
      ports.set(port.side, table)
      table.all.push(at)
      add(table.exact, port.port, at)
    } else always.push(at)
  })
  return { networks: [...networks.values()], ports: [...ports.values()], always }
}

/** The rules that the packet may match, in no order. An unknown field may be any value. */
export function positionsIn(index: Index, subject: Subject): number[] {
  const found: (readonly number[])[] = [index.always]
  for (const table of index.networks) found.push(inNetworks(table, subject))
  for (const table of index.ports) {
    const port = portAt(table.side, subject)
    found.push(port === null ? table.all : (table.exact.get(port) ?? []))
  }
  return found.flat()
}

function inNetworks(table: NetworkTable, subject: Subject): readonly number[] {
  const { side, family, mask, portSide, exact, loose, all } = table
  const address = subject[side]
  if (!address) return all
  if (address.family !== family) return []
  const network = `${address.value & mask}`
  if (portSide === null) return exact.get(network) ?? []
  const port = portAt(portSide, subject)
  return (port === null ? loose.get(network) : exact.get(`${network} ${port}`)) ?? []
}

function portAt(side: Side, { packet }: Subject): number | null {
  return side === 'source' ? packet.sourcePort : packet.destinationPort
}

function networkTable(
  tables: Map<string, NetworkTable>,
  { side, family, mask }: SidedNet,
  portSide: Side | null,
): NetworkTable {
  const name = `${side} ${family} ${mask} ${portSide}`
  const before = tables.get(name)
  if (before) return before
  const table = { side, family, mask, portSide, exact: new Map(), loose: new Map(), all: [] }
  tables.set(name, table)
  return table
}

function add<K>(map: Map<K, number[]>, key: K, at: number): void {
  const list = map.get(key)
  if (list) list.push(at)
  else map.set(key, [at])
}

interface SidedNet {
  readonly side: Side
  readonly family: Address['family']
  readonly network: bigint
  readonly mask: bigint
}

/** The longest network that the packet must be in. */
function netOf({ matches }: Rule): SidedNet | null {
  let best: SidedNet | null = null
  for (const match of matches) {
    const net = netIn(match)
    if (net && net.mask !== 0n && (!best || net.mask > best.mask)) best = net
  }
  return best
}

function netIn(match: Match): SidedNet | null {
  if (match.negated) return null
  if (match.kind === 'address') return { side: match.side, ...match.net }
  const single = singleRange(match)
  if (single?.field.kind !== 'address') return null
  const { field, from, to } = single
  const free = from ^ to
  // A range that is no network is not indexed.
  if ((free & (free + 1n)) !== 0n || (from & free) !== 0n) return null
  const ones = field.family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n
  return { side: field.side, family: field.family, network: from, mask: ones ^ free }
}

/** The one port that the packet must have. */
function portOf({ matches }: Rule): { readonly side: Side; readonly port: number } | null {
  for (const match of matches) {
    if (match.negated) continue
    if (match.kind === 'ports') {
      const [range, ...others] = match.ranges
      if (match.side !== 'either' && range && others.length === 0 && range.from === range.to)
        return { side: match.side, port: range.from }
    }
    const single = singleRange(match)
    if (single?.field.kind === 'port' && single.from === single.to)
      return { side: single.field.side, port: Number(single.from) }
  }
  return null
}

/** Of nft's comparison of one field with one value or range. */
function singleRange(match: Match) {
  if (match.kind !== 'elements' || match.fields.length !== 1 || match.elements.length !== 1) return null
  const [field] = match.fields
  const component = match.elements[0]?.[0]
  return field && component?.kind === 'range' ? { field, from: component.from, to: component.to } : null
}
