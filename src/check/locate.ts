import { isIP } from 'node:net'
import type { EndpointName, NodeSettings, ServiceEndpoint } from '../galera/node-settings.ts'
import { isHost } from '../inventory/address.ts'
import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import type { Locate } from '../plan.ts'
import type { Service } from '../services.ts'

/** What is known of a node when its flows are planned. */
export interface Surveyed {
  readonly name: string
  readonly address: string | null
  /** Its host's own addresses. */
  readonly own: readonly string[]
  readonly settings: NodeSettings | null
  /** What host names lead to on this node, in its resolver's order. */
  readonly resolved: ReadonlyMap<string, readonly string[]>
}

const ENDPOINTS: Readonly<Record<string, EndpointName>> = {
  mysql: 'mysql',
  galera: 'galera',
  'galera-udp': 'galera',
  ist: 'ist',
  sst: 'sst',
}
/** An arbitrator takes part in group communication and has neither data nor clients. */
const OF_ARBITRATOR = new Set(['galera', 'galera-udp'])

/**
 * Where the cluster itself finds a service, by the settings of both ends: on the port that the target's server uses, at the address that it tells its peers.
 * Group communication is dialled by the source's own cluster address; later by what a peer was seen under.
 */
export function locateBySettings(nodes: readonly Surveyed[]): Locate {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const dialled = new Map(nodes.map((node) => [node.name, dialledBy(node)]))
  const owners = ownersOf(nodes)
  const dial = (source: Surveyed, { name, address, own }: Surveyed) => {
    for (const each of [address ?? '', ...own]) {
      const first = dialled.get(source.name)?.get(each)
      if (first === undefined) continue
      const owner = owners.get(first)
      // A name of several members (a headless service, a round robin): this one is dialled at its own address, as its peers have seen it.
      return owner === undefined || owner.has(name) ? first : each
    }
    return null
  }
  // Settings that were copied name another member: what answers there says nothing of this one.
  const isOfAnother = (address: string, { name }: Surveyed) => owners.get(address)?.has(name) === false
  return (from, to, service) => {
    const usual = { address: to.address, port: service.port }
    const [source, target] = [byName.get(from.name), byName.get(to.name)]
    const arbitrates = [source, target].some((node) => node?.settings?.flavour === 'garbd')
    if (arbitrates && service.route === 'members' && !OF_ARBITRATOR.has(service.name)) return null
    const endpoint = endpointOf(target, service)
    if (source === undefined || target === undefined || endpoint === null) return usual
    const dials = service.name === 'galera' ? dial(source, target) : null
    const advertised = endpoint.advertised && resolveAt(source, endpoint.advertised.value)
    const leads = (each: string | null) =>
      each !== null && leadsThere(each, source) && !isOfAnother(each, target)
    const address = [dials, advertised].find(leads) ?? null
    return { address: address ?? to.address, port: service.fixed ? service.port : endpoint.port.value }
  }
}

function endpointOf(node: Surveyed | undefined, service: Service): ServiceEndpoint | null {
  const name = ENDPOINTS[service.name]
  return (name === undefined ? undefined : node?.settings?.endpoints[name]) ?? null
}

/** The nodes that have an address, or are known by it. */
function ownersOf(nodes: readonly Surveyed[]): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>()
  for (const { name, address, own } of nodes) {
    for (const each of address === null ? own : [address, ...own]) {
      owners.set(each, (owners.get(each) ?? new Set()).add(name))
    }
  }
  return owners
}

/** By address, where the source's cluster address leads to for it: to a name's first address, for Galera tries no other (galera#657). */
function dialledBy(source: Surveyed): Map<string, string> {
  const dialled = new Map<string, string>()
  for (const { host } of source.settings?.clusterAddress?.value.hosts ?? []) {
    const addresses = addressesAt(source, host)
    for (const address of addresses) {
      if (!dialled.has(address)) dialled.set(address, addresses[0] ?? address)
    }
  }
  return dialled
}

function resolveAt(source: Surveyed, host: string): string | null {
  return addressesAt(source, host)[0] ?? null
}

function addressesAt(source: Surveyed, host: string): string[] {
  return (isIP(host) === 0 ? (source.resolved.get(host) ?? []) : [host]).map(canonicalAddress)
}

/** Not back to the source itself, nor to nobody in particular: settings may be wrong, which a finding tells. */
function leadsThere(address: string, source: Surveyed): boolean {
  return isHost(address) && !isLoopback(address) && !isLinkLocal(address) && !source.own.includes(address)
}

/** Nothing without an interface. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address)
}

/** Host names that a node's settings, or those of its peers, speak of: what they lead to is asked on every node. */
export function namesIn(settings: readonly NodeSettings[]): string[] {
  const hosts = settings.flatMap(({ clusterAddress, endpoints }) => [
    ...(clusterAddress?.value.hosts ?? []).map(({ host }) => host),
    ...Object.values(endpoints).flatMap(({ advertised }) => advertised?.value ?? []),
  ])
  return [...new Set(hosts)].filter((host) => isIP(host) === 0 && isHost(host))
}
