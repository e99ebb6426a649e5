import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import type { NodeSettings } from './node-settings.ts'

/**
 * The address that a server takes for its own where wsrep_node_address is not set: bind_address if it is one, else the first global address of `ip addr`
 * (wsrep_guess_ip() of sql/wsrep_utils.cc). `own` are the host's, in that order. null where it has none.
 */
export function guessAddress(settings: NodeSettings, own: readonly string[]): string | null {
  if (settings.nodeAddress !== null) return settings.nodeAddress.value
  const { bind } = settings.endpoints.mysql
  if (bind !== null) return bind.value
  return own.map(canonicalAddress).find((each) => !isLoopback(each) && !/^fe[89ab]/i.test(each)) ?? null
}
