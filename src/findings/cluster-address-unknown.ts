import { isIP } from 'node:net'
import { groupBy, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { closest } from './closest.ts'
import { hostsOf, members } from './cluster-list.ts'
import type { ClusterView } from './cluster-view.ts'
import {
  addressesAt,
  isItself,
  type KnownMember,
  knownMembers,
  ownAddresses,
  ownersOf,
} from './known-addresses.ts'
import { livingAddresses } from './living-members.ts'
import { isNoSuchName } from './names.ts'
import { type Stranger, unknownHosts } from './unknown-hosts.ts'

/** Hosts of a cluster address that are no member: misspelt, gone, or not given to this run. */
export function clusterAddressUnknown(view: ClusterView): Finding[] {
  const living = livingAddresses(view)
  // A node that told nothing may have any address.
  const allTold = members(view).every((member) => ownAddresses(member).size > 0)
  const strangers = knownMembers(view).flatMap((node) => strangersOf(view, node, living, allTold))
  // Of a list that was copied to all nodes it is told once; hosts of the same lists with the same trouble are told together.
  const unknown = groupBy(strangers, ({ host }) => host).flatMap((group) => {
    const [first] = group
    return first === undefined
      ? []
      : [{ ...first, nodes: group.map(({ node }) => node), meant: meantBy(first) }]
  })
  return groupBy(unknown, ({ host, addresses, nodes, meant }) =>
    JSON.stringify([nodes.map(({ name }) => name), addresses.length === 0, meant !== null && host]),
  ).flatMap((group) => {
    const [first] = group
    return first === undefined ? [] : [unknownHosts(first, group)]
  })
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
  const namesNobody = [...named].every((name) => name === node.name)
  return hosts.flatMap(({ host }): Stranger[] => {
    const addresses = addressesAt(node, host)
    if (addresses === null) return []
    const stranger = { node, host, addresses, unnamed, namesNobody }
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
  return asked.every(
    ({ addresses, error }) => addresses.length === 0 && (error === null || isNoSuchName(error)),
  )
}

function meantBy({ host, unnamed }: Stranger): string | null {
  return closest(
    host,
    unnamed.flatMap((each) => unique([each.name, each.given, ...(each.address ? [each.address] : [])])),
  )
}
