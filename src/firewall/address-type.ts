import type { Address, Family } from './address.ts'
import type { Subject } from './match.ts'
import type { Side } from './model.ts'
import { known, type Tri } from './tri.ts'

/**
 * `-m addrtype`, as far as a dump lets us decide it for a packet between two hosts: our own side is LOCAL, the far side
 * UNICAST (net/netfilter/xt_addrtype.c). IPv6 joins several types with and where IPv4 joins them with or, so there only a
 * single type is decided.
 */
export function matchAddressType(types: readonly string[], side: Side, subject: Subject): Tri {
  if (types.some((type) => !KNOWN.has(type))) return 'maybe'
  if (subject.packet.family === 6 && types.length > 1) return 'maybe'
  const own = isOwnSide(side, subject)
  const address = subject[side]
  // Even an own address that is not known is LOCAL: plan and probes never use a group or broadcast address.
  if (!address) return own ? known(types.some((type) => isOwnType(type, subject.packet.family))) : 'maybe'
  if (address.family === 4) return known(types.includes(typeOf(address, own)))
  return known(hasType6(address, own, types[0] ?? ''))
}

/** The route type of an address as nft's `fib` expression names it; null where it is not known. */
export function routeTypeOf(side: Side, subject: Subject): string | null {
  const own = isOwnSide(side, subject)
  const address = subject[side]
  if (!address) return own ? 'local' : null
  if (address.family === 4) return typeOf(address, own).toLowerCase()
  if (address.value >> 120n === 0xffn) return 'multicast'
  return own ? 'local' : 'unicast'
}

function isOwnSide(side: Side, { hook }: Subject): boolean {
  return hook !== 'forward' && (hook === 'in') === (side === 'destination')
}

const KNOWN: ReadonlySet<string> = new Set([
  'LOCAL',
  'UNICAST',
  'BROADCAST',
  'MULTICAST',
  'UNSPEC',
  'BLACKHOLE',
])

function typeOf({ value }: Address, own: boolean): string {
  if (value >> 28n === 0xen) return 'MULTICAST'
  if (value === 0xffff_ffffn || value === 0n) return 'BROADCAST'
  return own ? 'LOCAL' : 'UNICAST'
}

function isOwnType(type: string, family: Family): boolean {
  return type === 'LOCAL' || (family === 6 && type === 'UNICAST')
}

/** To IPv6 a local address is UNICAST too. */
function hasType6({ value }: Address, own: boolean, type: string): boolean {
  const multicast = value >> 120n === 0xffn
  if (type === 'MULTICAST') return multicast
  if (type === 'UNICAST') return !multicast && value !== 0n
  if (type === 'UNSPEC') return value === 0n
  return type === 'LOCAL' && own && !multicast
}
