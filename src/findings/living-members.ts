import type { NodeSettings } from '../galera/node-settings.ts'
import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import { count, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import {
  addressesAt,
  clusterNodes,
  isItself,
  type KnownMember,
  knownMembers,
  ownersOf,
} from './known-addresses.ts'

/** A node may name as many as it likes. */
const MAX_TOLD = 64

/** Addresses of other members, by what the running ones say: the members' client addresses, and connections of group communication. */
export function livingAddresses(view: ClusterView): ReadonlySet<string> {
  return new Set(knownMembers(view).flatMap((node) => [...incomingOf(node), ...connectedTo(node)]))
}

/**
 * A running cluster has more members than were checked. Its size is the server's own count: addresses alone would not do, since one member may have
 * several.
 */
export function membersNotListed(view: ClusterView): Finding[] {
  const sizes = knownMembers(view).flatMap(({ settings }) =>
    settings.state?.status === 'Primary' && settings.state.size !== null ? [settings.state.size] : [],
  )
  const size = Math.max(0, ...sizes)
  const mayBeIn = clusterNodes(view).filter(({ settings }) => !isOutside(settings))
  if (clusterNodes(view).length < 2 || size <= mayBeIn.length) return []
  const translated = seenAddresses(view)
  const strangers = [...livingAddresses(view)]
    .filter((address) => ownersOf(view, address).length === 0 && !translated.has(address))
    .slice(0, MAX_TOLD)
  // One that has just died still counts for some seconds.
  if (strangers.length === 0 && size <= clusterNodes(view).length) return []
  const add =
    strangers.length === 0 ? 'name all of them with --nodes' : `add ${strangers.join(',')} to --nodes`
  return [
    {
      code: 'member-not-listed',
      severity: 'info',
      args: { size, checked: mayBeIn.length, addresses: strangers.join(',') },
      message: `the cluster has ${count(size, 'member')}, of which ${mayBeIn.length} ${mayBeIn.length === 1 ? 'was' : 'were'} checked${strangers.length === 0 ? '' : `: not ${nameList(strangers)}`}. Next: ${add}.`,
    },
  ]
}

/** No server runs, or the server itself says that it is no member. */
function isOutside(settings: NodeSettings | null): boolean {
  return settings !== null && (!settings.running || (settings.known === 'server' && !settings.wsrep))
}

function incomingOf(node: KnownMember): string[] {
  const hosts = node.settings.state?.incoming ?? []
  return hosts.flatMap(({ host }) => addressesAt(node, host)?.[0] ?? []).filter((each) => !isLoopback(each))
}

/** Peers of its connections of group communication, whoever dialled. */
function connectedTo(node: KnownMember): string[] {
  const port = node.settings.endpoints.galera.port.value
  return (node.survey?.servers ?? [])
    .flatMap(({ connections }) => connections)
    .filter(({ localPort, remotePort }) => localPort === port || remotePort === port)
    .map(({ remote }) => canonicalAddress(remote))
    .filter((remote) => !isItself(node, remote))
}

/** Those under which nodes that were checked are seen, translated on the way or not. */
function seenAddresses({ flows }: ClusterView): ReadonlySet<string> {
  return new Set(
    flows.flatMap(({ observations }) =>
      observations.flatMap((each) =>
        each.kind === 'witness' && each.seenFrom !== null ? canonicalAddress(each.seenFrom) : [],
      ),
    ),
  )
}
