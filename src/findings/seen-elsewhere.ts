import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import { groupBy, nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { advertisedBy } from './advertised.ts'
import type { ClusterView } from './cluster-view.ts'
import { flowsFrom } from './flows-of.ts'
import { addressesAt, type KnownMember, knownMembers, ownAddresses } from './known-addresses.ts'

/**
 * Nodes whose packets come to their peers under an address that they neither have nor advertise. Group communication goes by what a peer saw
 * (gcomm/src/gmcast.cpp: the host of a member is that of its connection), so this is where other members would dial.
 */
export function seenElsewhere(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) => {
    const known = new Set([...ownAddresses(node), ...advertisedTo(view, node)])
    if (ownAddresses(node).size === 0) return []
    const sightings = flowsFrom(view, node.name).flatMap(({ to, observations }) =>
      observations.flatMap((each) => {
        const seen =
          each.kind === 'witness' && each.seenFrom !== null ? canonicalAddress(each.seenFrom) : null
        return seen === null || isLoopback(seen) || known.has(seen) ? [] : [{ to, seen }]
      }),
    )
    return groupBy(sightings, ({ seen }) => seen).flatMap((group) => {
      const [first] = group
      return first === undefined ? [] : [finding(view, node, first.seen, unique(group.map(({ to }) => to)))]
    })
  })
}

/** What it advertises, as each node resolves it. */
function advertisedTo(view: ClusterView, node: KnownMember): string[] {
  return advertisedBy(node).flatMap(({ host }) => view.nodes.flatMap((each) => addressesAt(each, host) ?? []))
}

function finding(view: ClusterView, node: KnownMember, seen: string, by: readonly string[]): Finding {
  const told = unique(advertisedBy(node).map(({ host }) => host))
  const known = told.length === 0 ? nameList([...ownAddresses(node)]) : nameList(told)
  const owner = view.nodes.find((each) => each.name !== node.name && ownAddresses(each).has(seen))
  const whose = owner === undefined ? '' : ` (an address of ${owner.name})`
  return {
    code: 'advertised-differs',
    severity: 'warning',
    node: node.name,
    args: { seen, by: by.join(','), advertised: told.join(',') },
    message:
      `what it sends comes to ${nameList(by)} from ${seen}${whose}, which it neither has nor advertises: NAT on the way. Members take ${seen} for its address in group communication and dial it there, ` +
      `while donors dial ${known} for IST and SST. Next: take the members' own traffic out of the translation (MASQUERADE or SNAT on the router between them), or give ${node.name} ` +
      `an address that leads to it from everywhere: wsrep_node_address, with ist.recv_bind for its own.`,
  }
}
