import { isIP } from 'node:net'
import { groupBy, nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { closest } from './closest.ts'
import { hostsOf, listName, members, originOf } from './cluster-list.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import {
  addressesAt,
  isItself,
  type KnownMember,
  knownMembers,
  ownAddresses,
  ownersOf,
} from './known-addresses.ts'
import { livingAddresses } from './living-members.ts'

/** Hosts of a cluster address that are no member: misspelt, gone, or not given to this run. */
export function clusterAddressUnknown(view: ClusterView): Finding[] {
  const living = livingAddresses(view)
  // A node that told nothing may have any address.
  const allTold = members(view).every((member) => ownAddresses(member).size > 0)
  const strangers = knownMembers(view).flatMap((node) => strangersOf(view, node, living, allTold))
  // Of a list that was copied to all nodes it is told once.
  return groupBy(strangers, ({ host }) => host).flatMap((group) => {
    const [first] = group
    return first === undefined ? [] : [unknownHost(first, group)]
  })
}

/** A host of a node's list that leads to none of the members. */
interface Stranger {
  readonly node: KnownMember
  readonly host: string
  readonly addresses: readonly string[]
  /** Members that the list does not name. */
  readonly unnamed: readonly NodeView[]
}

function strangersOf(
  view: ClusterView,
  node: KnownMember,
  living: ReadonlySet<string>,
  allTold: boolean,
): Stranger[] {
  const hosts = hostsOf(node.settings)
  const named = new Set(hosts.flatMap(({ host }) => membersNamed(view, node, host)))
  const unnamed = members(view).filter(({ name }) => !named.has(name))
  return hosts.flatMap(({ host }): Stranger[] => {
    const addresses = addressesAt(node, host)
    if (addresses === null) return []
    const stranger = { node, host, addresses, unnamed }
    if (addresses.length === 0) return resolvesNowhere(view, host) ? [stranger] : []
    if (!allTold || addresses.some((each) => isItself(node, each) || isMember(view, living, each))) return []
    // Where another node knows the name for a member's, `name-resolves-differently` tells of it.
    const elsewhere = isIP(host) === 0 ? view.nodes.flatMap((each) => addressesAt(each, host) ?? []) : []
    return elsewhere.some((each) => isMember(view, living, each)) ? [] : [stranger]
  })
}

function isMember(view: ClusterView, living: ReadonlySet<string>, address: string): boolean {
  return living.has(address) || ownersOf(view, address).length > 0
}

function membersNamed(view: ClusterView, node: KnownMember, host: string): string[] {
  const addresses = addressesAt(node, host) ?? []
  const peers = addresses.flatMap((each) => ownersOf(view, each).map(({ name }) => name))
  return addresses.some((each) => isItself(node, each)) ? [node.name, ...peers] : peers
}

/** On no node, and each says that there is no such name: a name server that does not answer says nothing of the name. */
function resolvesNowhere({ nodes }: ClusterView, host: string): boolean {
  const asked = nodes.flatMap(
    ({ inspection }) => inspection?.resolved.filter(({ name }) => name === host) ?? [],
  )
  return asked.every(({ addresses, error }) => addresses.length === 0 && error !== 'EAI_AGAIN')
}

function unknownHost({ node, host, addresses, unnamed }: Stranger, group: readonly Stranger[]): Finding {
  const list = listName(node.settings)
  const nodes = group.map((each) => each.node.name)
  const [only] = nodes.length === 1 ? nodes : []
  const others = unnamed.filter(({ name }) => name !== only)
  const meant = closest(
    host,
    unnamed.flatMap((each) => unique([each.name, each.given, ...(each.address ? [each.address] : [])])),
  )
  const leads = addresses.includes(host) ? '' : `, which is ${nameList(addresses)} there`
  const what = addresses.length === 0 ? 'which resolves on no node' : `no member of this check${leads}`
  const lacks = others.length === 0 ? '' : `, and does not name ${nameList(others.map(({ name }) => name))}`
  const origins = unique(group.map((each) => originOf(each.node.settings)))
  const next =
    meant !== null
      ? `it may be meant for ${meant}; correct it in ${list}`
      : addresses.length === 0
        ? `correct the name, or take it out of ${list}`
        : `if it is a member, add it to --nodes; if it is gone, take it out of ${list}`
  return {
    code: 'cluster-address-unknown',
    severity: addresses.length === 0 || others.length > 0 ? 'warning' : 'info',
    ...(only !== undefined && { node: only }),
    args: { host, nodes: nodes.join(','), addresses: addresses.join(','), ...(meant !== null && { meant }) },
    message: `${list} of ${nameList(nodes)}${origins.length === 1 ? origins[0] : ''} names ${host}, ${what}${lacks}. Next: ${next}.`,
  }
}
