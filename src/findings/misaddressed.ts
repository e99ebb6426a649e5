import { advertisedAddresses } from './advertised-address.ts'
import type { ClusterView } from './cluster-view.ts'
import type { Joiner } from './joiner.ts'
import { isLostOnTheWay, ownAddresses } from './known-addresses.ts'
import { guessedAddresses } from './node-address-guessed.ts'
import { wrongInterfaces } from './wrong-interface.ts'

/**
 * Those joiners whose transfers are blocked for the address that they advertise, as a finding of its own tells: whatever is opened, nothing comes
 * to it.
 */
export function misaddressed(view: ClusterView, joiners: readonly Joiner[]): Set<string> {
  const told = [advertisedAddresses, wrongInterfaces, guessedAddresses].flatMap((find) => find(view))
  const wrong = new Set(told.map(({ node }) => node))
  const found = joiners.filter(({ name, transfers }) => {
    const node = wrong.has(name) ? view.nodes.find((each) => each.name === name) : undefined
    if (node === undefined) return false
    const own = ownAddresses(node)
    const blocked = transfers.flatMap((each) => each.blocked)
    return blocked.every((flow) => isLostOnTheWay(flow) || !own.has(flow.address))
  })
  return new Set(found.map(({ name }) => name))
}
