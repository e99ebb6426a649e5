import { canonicalAddress } from '../inventory/host-address.ts'
import type { Gathered } from './gather.ts'

/** The MTU of the interface that has an address of a node, bytes of a whole IP packet; null where that is not known. */
export function interfaceMtu({ members, surveys }: Gathered, node: string, address: string): number | null {
  const { hello } = members.find(({ name }) => name === node) ?? {}
  const owner = hello?.addresses.find((each) => canonicalAddress(each.address) === address)?.interface
  return surveys.get(node)?.interfaces.find(({ name }) => name === owner)?.mtu ?? null
}
