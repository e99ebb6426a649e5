import { isIP } from 'node:net'
import type { NodeSettings } from '../galera/node-settings.ts'
import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import type { ReportFlow } from '../report/report.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { flowsTo } from './flows-of.ts'

/** Whose address is whose, by what each node says of itself. */

/** A member of a cluster whose settings could be read. */
export type KnownMember = NodeView & { readonly settings: NodeSettings }

export function clusterNodes({ nodes }: ClusterView): NodeView[] {
  return nodes.filter(({ role }) => role === 'member')
}

export function knownMembers(view: ClusterView): KnownMember[] {
  return clusterNodes(view).filter((node): node is KnownMember => node.settings?.wsrep === true)
}

/** Every address is looked up for every node: in a large cluster what is known of one is worth keeping. */
const own = new WeakMap<NodeView, ReadonlySet<string>>()
const owners = new WeakMap<ClusterView, Owners>()

/** Nodes by address, in their order. */
interface Owners {
  readonly known: ReadonlyMap<string, readonly NodeView[]>
  readonly found: ReadonlyMap<string, readonly NodeView[]>
}

/** The addresses of a node's interfaces by which others may reach it: none of loopback, none that needs an interface to go with it. */
export function ownAddresses(node: NodeView): ReadonlySet<string> {
  const known = own.get(node)
  if (known !== undefined) return known
  const all = (node.hello?.addresses ?? []).map(({ address }) => canonicalAddress(address))
  const found = new Set(all.filter((address) => !isLoopback(address) && !/^fe[89ab]/i.test(address)))
  own.set(node, found)
  return found
}

/** What a host of a node's settings leads to on that node, in its resolver's order; null: it was not asked. */
export function addressesAt({ inspection }: NodeView, host: string): readonly string[] | null {
  if (isIP(host) !== 0) return [canonicalAddress(host)]
  const found = inspection?.resolved.find(({ name }) => name === host)
  return found === undefined ? null : found.addresses.map(canonicalAddress)
}

/** Those nodes that may be meant by an address. Several may have the same: that of a bridge of containers, say. */
export function ownersOf(view: ClusterView, address: string): readonly NodeView[] {
  const { known, found } = owners.get(view) ?? findOwners(view)
  return known.get(address) ?? found.get(address) ?? []
}

function findOwners(view: ClusterView): Owners {
  const nodes = clusterNodes(view)
  const made = {
    known: byAddress(nodes, ({ address }) => (address === null ? [] : [address])),
    found: byAddress(nodes, (node) => [
      ...ownAddresses(node),
      ...flowsTo(view, node.name)
        .filter(isProvenThere)
        .map(({ address }) => address),
    ]),
  }
  owners.set(view, made)
  return made
}

function byAddress(
  nodes: readonly NodeView[],
  addressesOf: (node: NodeView) => readonly string[],
): Map<string, NodeView[]> {
  const found = new Map<string, NodeView[]>()
  for (const node of nodes) {
    for (const address of new Set(addressesOf(node))) {
      const others = found.get(address)
      if (others === undefined) found.set(address, [node])
      else others.push(node)
    }
  }
  return found
}

/** Whether packets to the address were seen to come to the node: it is translated on the way, where the host does not have it. */
export function isReached(view: ClusterView, { name }: NodeView, address: string): boolean {
  return flowsTo(view, name).some((flow) => flow.address === address && isProvenThere(flow))
}

function isProvenThere({ status, proof }: ReportFlow): boolean {
  return status === 'OK' && (proof === 'witness' || proof === 'echo')
}

export function isItself(node: NodeView, address: string): boolean {
  return isLoopback(address) || address === node.address || ownAddresses(node).has(address)
}

export function interfaceOf({ hello }: NodeView, address: string): string | null {
  return (
    hello?.addresses.find((each) => canonicalAddress(each.address) === address)?.interface.split('@')[0] ??
    null
  )
}

/** `10.2.1.1 (eth1)` */
export function withInterface(node: KnownMember, address: string): string {
  const name = interfaceOf(node, address)
  return name === null ? address : `${address} (${name})`
}

/** What its servers listen on at the port; null where no server runs, or the agent may not see its sockets. */
export function listensAt({ survey }: NodeView, port: number): string[] | null {
  const sockets = (survey?.servers ?? []).flatMap(({ listens }) => listens)
  if (sockets.length === 0) return null
  return sockets.filter((each) => each.port === port).map(({ address }) => canonicalAddress(address))
}

/** Stopped by neither end's own firewall: there is no way to the address, or none that leads to the host. */
export function isLostOnTheWay({ status, blockedAt, reason }: ReportFlow): boolean {
  return status === 'DOWN' && (blockedAt === 'network' || reason === 'no-route')
}
