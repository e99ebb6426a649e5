import { routeTypeOf } from './address-type.ts'
import type { Subject } from './match.ts'
import type { Field } from './model.ts'

/** Numbers and addresses as bigint, names as text. */
export type Value = bigint | string

/**
 * What nft loads for a field: null where it is not known, undefined where the packet has no such field, which ends the
 * rule (net/netfilter/nf_tables_core.c, NFT_BREAK).
 */
export function readField(field: Field, subject: Subject): Value | null | undefined {
  const { packet } = subject
  switch (field.kind) {
    case 'address':
      return packet.family === field.family ? (subject[field.side]?.value ?? null) : undefined
    case 'port': {
      // `th` reads the bytes where ports would be, whatever stands there.
      if (field.protocol === null && packet.protocol === 'icmp') return null
      if (field.protocol !== null && field.protocol !== packet.protocol) return undefined
      const port = field.side === 'source' ? packet.sourcePort : packet.destinationPort
      return port === null ? null : BigInt(port)
    }
    case 'protocol':
      return packet.protocol === 'icmp' && packet.family === 6 ? 'icmpv6' : packet.protocol
    case 'family':
      return packet.family === 4 ? 'ipv4' : 'ipv6'
    case 'interface':
      return interfaceName(field.side, subject)
    case 'ct-state':
      return subject.mayBeUntracked ? null : subject.ctState
    case 'icmp-type':
    case 'icmp-code': {
      if (packet.protocol !== 'icmp' || packet.family !== field.family) return undefined
      const value = field.kind === 'icmp-type' ? packet.icmp?.type : packet.icmp?.code
      return value === undefined ? null : BigInt(value)
    }
    case 'address-type':
      return routeTypeOf(field.side, subject)
    case 'opaque':
      return null
  }
}

/** A hook at which the packet has no such interface yet, or no longer, sees an empty name. */
function interfaceName(side: 'in' | 'out', { packet, hook }: Subject): string | null {
  if (hook !== 'forward' && side !== hook) return ''
  return side === 'in' ? packet.inInterface : packet.outInterface
}
