import { isAnyAddress } from '../galera/any-address.ts'
import { isLoopback } from '../inventory/host-address.ts'
import { unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { type Advertised, advertisedBy, istBind, sstBindsAdvertised, type Transfer } from './advertised.ts'
import { behindNat, loopback, missing } from './advertised-texts.ts'
import type { ClusterView } from './cluster-view.ts'
import {
  addressesAt,
  clusterNodes,
  isReached,
  type KnownMember,
  knownMembers,
  ownAddresses,
} from './known-addresses.ts'

/**
 * Addresses that a node tells its donor for IST and SST and does not have: its donor dials itself, or another host. Where they lead to the node by NAT, it is
 * IST alone that fails: its receiver binds what it advertises, unless ist.recv_bind says otherwise (galera/src/ist.cpp).
 */
export function advertisedAddresses(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) => advertisedBy(node).flatMap((told) => judge(view, node, told)))
}

function judge(view: ClusterView, node: KnownMember, told: Advertised): Finding[] {
  const [first] = told.addresses ?? []
  const own = ownAddresses(node)
  if (told.addresses === null || first === undefined) return []
  if (isLoopback(first) || isAnyAddress(first)) {
    const hit = told.services.filter((service) => meetsItself(view, node, told, service))
    return hit.length === 0 ? [] : [loopback(node, told, first, hit)]
  }
  // Without its addresses nothing is known of them.
  if (own.size === 0 || told.addresses.some((address) => own.has(address))) return []
  const peersDial = unique([
    ...told.addresses,
    ...peersOf(view, node).flatMap((peer) => addressesAt(peer, told.host) ?? []),
  ])
  if (!peersDial.some((address) => isReached(view, node, address))) return [missing(view, node, told)]
  const unbound = told.services.filter((service) => bindsMissing(node, service))
  return unbound.length === 0 ? [] : [behindNat(node, told, unbound)]
}

/** A name may lead the donor to the right host all the same; then it is the IST receiver alone that waits on loopback. */
function meetsItself(
  view: ClusterView,
  node: KnownMember,
  { host, addresses }: Advertised,
  service: Transfer,
) {
  if (addresses?.includes(host)) return true
  if (service === 'ist' && istBind(node) === null) return true
  return peersOf(view, node).some((peer) => {
    const [first] = addressesAt(peer, host) ?? []
    return first !== undefined && isLoopback(first)
  })
}

function peersOf(view: ClusterView, node: KnownMember) {
  return clusterNodes(view).filter((peer) => peer.name !== node.name)
}

/** Whether it listens at an address that the host does not have. */
function bindsMissing(node: KnownMember, service: Transfer): boolean {
  if (service === 'sst') return sstBindsAdvertised(node)
  const bind = istBind(node)
  if (bind === null) return true
  const addresses = addressesAt(node, bind)
  return (
    !isAnyAddress(bind) &&
    addresses !== null &&
    !addresses.some((each) => isLoopback(each) || ownAddresses(node).has(each))
  )
}
