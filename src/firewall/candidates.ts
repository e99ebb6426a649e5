import type { Address } from './address.ts'
import type { Subject } from './match.ts'
import type { Chain, Match, Rule, Side } from './model.ts'

/** Below this a scan is as fast. */
const SHORT = 24

/**
 * The rules of a chain that a packet may match, in order: a superset, for what stands in none of the indexes is always
 * looked at. Without it the time for a long chain grows with rules × packets.
 */
export function candidates(chain: Chain, subject: Subject): readonly Rule[] {
  if (chain.rules.length < SHORT) return chain.rules
  const index = indexOf(chain)
  const { packet } = subject
  // An unknown field may be any value, and so all rules are candidates.
  if (!subject.source || !subject.destination || packet.destinationPort === null) return chain.rules
  const found = [...index.always]
  for (const table of index.tables) {
    const address = subject[table.side]
    if (address?.family !== table.family) continue
    const network = address.value & table.mask
    const there = table.rules.get(table.withPort ? `${network} ${packet.destinationPort}` : `${network}`)
    if (there) found.push(...there)
  }
  const there = index.ports.get(packet.destinationPort)
  if (there) found.push(...there)
  found.sort((a, b) => a - b)
  return found.flatMap((at) => chain.rules[at] ?? [])
}

/** Rules that name one network of this mask, by the network (and the port). */
interface AddressTable {
  readonly side: Side
  readonly family: Address['family']
  readonly mask: bigint
  readonly withPort: boolean
  readonly rules: Map<string, number[]>
}

interface Index {
  readonly tables: readonly AddressTable[]
  readonly ports: ReadonlyMap<number, readonly number[]>
  readonly always: readonly number[]
}

const indexes = new WeakMap<Chain, Index>()

function indexOf(chain: Chain): Index {
  const before = indexes.get(chain)
  if (before) return before
  const index = build(chain.rules)
  indexes.set(chain, index)
  return index
}

function build(rules: readonly Rule[]): Index {
  const tables = new Map<string, AddressTable>()
  const ports = new Map<number, number[]>()
  const always: number[] = []
  rules.forEach((rule, at) => {
    const net = netOf(rule)
    const port = portOf(rule)
    if (net) {
      const name = `${net.side} ${net.family} ${net.mask} ${port !== null}`
      const { side, family, mask } = net
      const table = tables.get(name) ?? { side, family, mask, withPort: port !== null, rules: new Map() }
      tables.set(name, table)
      add(table.rules, port === null ? `${net.network}` : `${net.network} ${port}`, at)
    } else if (port !== null) add(ports, port, at)
    else always.push(at)
  })
  return { tables: [...tables.values()], ports, always }
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
  const nets = matches.flatMap(netsIn).filter(({ mask }) => mask !== 0n)
  return nets.reduce<SidedNet | null>((best, net) => (best && best.mask >= net.mask ? best : net), null)
}

function netsIn(match: Match): SidedNet[] {
  if (match.negated) return []
  if (match.kind === 'address') return [{ side: match.side, ...match.net }]
  if (match.kind !== 'elements') return []
  const [field, ...others] = match.fields
  const [element, ...more] = match.elements
  const [component] = element ?? []
  if (field?.kind !== 'address' || others.length > 0 || more.length > 0 || component?.kind !== 'range')
    return []
  const { from, to } = component
  const free = from ^ to
  // A range that is no network is not indexed.
  if ((free & (free + 1n)) !== 0n || (from & free) !== 0n) return []
  const ones = field.family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n
  return [{ side: field.side, family: field.family, network: from, mask: ones ^ free }]
}

/** The one destination port that the packet must have. */
function portOf({ matches }: Rule): number | null {
  for (const match of matches) {
    if (match.negated) continue
    if (match.kind === 'ports' && match.side === 'destination' && match.ranges.length === 1) {
      const [range] = match.ranges
      if (range && range.from === range.to) return range.from
    }
    if (match.kind === 'elements' && match.fields.length === 1 && match.elements.length === 1) {
      const [field] = match.fields
      const component = match.elements[0]?.[0]
      if (field?.kind !== 'port' || field.side !== 'destination' || component?.kind !== 'range') continue
      if (component.from === component.to) return Number(component.from)
    }
  }
  return null
}
