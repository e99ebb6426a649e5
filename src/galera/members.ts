import { isIP } from 'node:net'
import { isHost } from '../inventory/address.ts'
import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import type { SurveyedServer } from '../session/survey-messages.ts'
import type { EndpointName, GcommHost, NodeSettings } from './node-settings.ts'

/** How a member is known: an established connection of group communication, wsrep_incoming_addresses, or the cluster address. */
export type MemberSource = 'connection' | 'incoming' | 'cluster-address'

export interface DiscoveredMember {
  /** A host name or an IP literal. */
  readonly address: string
  /** Ports that this node knows of it. */
  readonly ports: Readonly<Partial<Record<EndpointName, number>>>
  readonly known: readonly MemberSource[]
}

const MAX_MEMBERS = 64
const GROUP_PORT = 4567

/**
 * The other members of a node's cluster, as the node itself knows them. `own` are its host's addresses, `connections` its servers'.
 *
 * A member may be known by several addresses, and nothing here resolves names; so the lists are taken in order of their worth: the group's
 * connections, one for each other member, arbitrators too, at the address of the group's network; then the addresses of the members' servers, while the
 * cluster is larger than what is known; then the cluster address, which alone tells of members that are down. Its names are left out where
 * all of its hosts are accounted for; where not, a name may lead to an address that is listed, or to the node itself.
 */
export function discoverMembers(
  settings: NodeSettings,
  own: readonly string[],
  connections: SurveyedServer['connections'],
): DiscoveredMember[] {
  const listed = settings.clusterAddress?.value.hosts ?? []
  const incoming = settings.state?.incoming ?? []
  const found = new Map<string, DiscoveredMember>()
  const isOther = otherThan(settings, own)
  const add = (
    source: MemberSource,
    hosts: readonly GcommHost[],
    service: EndpointName,
    atMost = MAX_MEMBERS,
  ) => {
    for (const { host, port } of hosts) {
      const address = spelling(host)
      const before = found.get(address)
      if (!isOther(address) || (before === undefined && found.size >= Math.min(atMost, MAX_MEMBERS))) continue
      const ports = { ...before?.ports, ...(port !== null && { [service]: port }) }
      found.set(address, { address, ports, known: [...(before?.known ?? []), source] })
    }
  }
  const others = settings.state?.size == null ? MAX_MEMBERS : settings.state.size - 1
  const peers = groupPeers(settings, listed, connections)
  const strangers = peers.filter(({ host }) => !isOther(spelling(host))).length
  // More connections than members: some are no member's, and nothing tells which.
  // Where each member has told its address, a connection from elsewhere may have come out of a router (NAT).
  const told = incoming.filter(({ host }) => isOther(spelling(host))).length
  const expected = new Set([...listed, ...incoming].map(({ host }) => spelling(host)))
  const known = told < others ? peers : peers.filter(({ host }) => expected.has(host))
  if (peers.length - strangers <= others) add('connection', known, 'galera')
  add('incoming', incoming, 'mysql', others)
  add('cluster-address', withoutKnownNames(listed, found.size, isOther), 'galera')
  return [...found.values()].map((member) => ({ ...member, known: [...new Set(member.known)] }))
}

function otherThan(settings: NodeSettings, own: readonly string[]): (address: string) => boolean {
  // Behind NAT it tells peers an address that its host does not have.
  const advertised = Object.values(settings.endpoints).map((endpoint) => endpoint.advertised)
  const mine = new Set([
    ...own.map(spelling),
    ...[settings.nodeAddress, settings.nodeName, ...advertised].flatMap((each) =>
      each === null ? [] : spelling(each.value),
    ),
  ])
  return (address) =>
    isHost(address) &&
    !isLoopback(address) &&
    address !== 'localhost' &&
    !/^fe[89ab].*:/i.test(address) &&
    !mine.has(address)
}

/** Who stands in a connection of group communication, whichever of the two has dialled. */
function groupPeers(
  { endpoints }: NodeSettings,
  listed: readonly GcommHost[],
  connections: SurveyedServer['connections'],
): readonly GcommHost[] {
  const ownPort = endpoints.galera.port.value
  const ports = new Set([GROUP_PORT, ownPort, ...listed.flatMap(({ port }) => port ?? [])])
  const peers = new Map<string, GcommHost>()
  for (const { localPort, remote, remotePort } of connections) {
    if (localPort !== ownPort && !ports.has(remotePort)) continue
    const host = spelling(remote)
    const port = remotePort === 0 ? (peers.get(host)?.port ?? null) : remotePort
    peers.set(host, { host, port })
  }
  return [...peers.values()]
}

function withoutKnownNames(
  listed: readonly GcommHost[],
  known: number,
  isOther: (address: string) => boolean,
): readonly GcommHost[] {
  const addresses = listed.filter(({ host }) => isIP(host) !== 0)
  const names = new Set(listed.filter(({ host }) => isIP(host) === 0).map(({ host }) => spelling(host)))
  const others = [...names].filter(isOther)
  // This node is one of them, whether under a name that is known as its own or not.
  const areKnown = Math.min(others.length, names.size - 1) <= known
  return areKnown && known > 0 ? addresses : listed
}

function spelling(host: string): string {
  return isIP(host) === 0 ? host.toLowerCase() : canonicalAddress(host)
}
