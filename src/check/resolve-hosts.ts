import { isLoopback } from '../inventory/host-address.ts'
import { type Host, hostsOf } from '../inventory/hosts.ts'
import { InputError } from '../inventory/input-error.ts'
import { isNodeError } from '../inventory/pmm.ts'
import type { Options } from '../options.ts'
import type { Environment } from './environment.ts'
import { resolveNode } from './members.ts'

/**
 * The address of each host of a run, in their order; null where its name leads to none, or the run ends first. Throws an InputError where two
 * names lead to one.
 */
export async function resolveHosts(
  options: Options,
  environment: Environment,
  signal: AbortSignal,
): Promise<(string | null)[]> {
  const hosts = hostsOf(options)
  const addresses = await Promise.all(
    hosts.map((node) => untilAborted(resolveNode(node, environment), signal)),
  )
  refuseSameAddress(hosts, addresses)
  return addresses
}

/** null when the run ends before a name is known: a resolver may take longer than anybody wants to wait. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(null), { once: true })
    promise.then(resolve, reject)
  })
}

/** Two names of one host: flows of the one would be taken for those of the other. */
function refuseSameAddress(nodes: readonly Host[], addresses: readonly (string | null)[]): void {
  const seen = new Map<string, string>()
  for (const [index, { name, role }] of nodes.entries()) {
    const address = addresses[index] ?? null
    if (address === null || isLoopback(address)) continue
    const other = seen.get(address)
    // It is the last of the hosts.
    if (other !== undefined && role === 'pmm') throw isNodeError(name, other)
    if (other !== undefined) {
      throw new InputError(
        'duplicate-address',
        `"${other}" and "${name}" are one host: both names lead to ${address}. List each node once.`,
      )
    }
    seen.set(address, name)
  }
}
