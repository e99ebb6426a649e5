import { isIP } from 'node:net'
import { isLoopback } from '../inventory/host-address.ts'
import { isAnyAddress } from './any-address.ts'
import { parseGcommUri, parseNodeAddress, parsePort } from './gcomm-uri.ts'
import type { EndpointName, GcommHost, Origin, ServiceEndpoint, Value } from './node-settings.ts'
import type { Sources } from './sources.ts'

/** The group port + 1: IST_fix_addr_port() of codership/galera galera/src/ist.cpp. */
const IST_STEP = 1
const SST_PORT = 4444

/**
 * Where each service of a server is found. What is taken out of another setting, or follows from it, has the origin `derived` with that
 * setting's name; its own origin stands in `NodeSettings.all`.
 */
export function endpointsOf(sources: Sources): Readonly<Record<EndpointName, ServiceEndpoint>> {
  const galera = galeraEndpoint(sources)
  return {
    mysql: mysqlEndpoint(sources),
    galera,
    ist: istEndpoint(sources, galera.port.value),
    sst: sstEndpoint(sources),
  }
}

/**
 * The constructor of gcomm/src/gmcast.cpp: the port of gmcast.listen_addr, else base_port, which is that of wsrep_node_address unless it is set itself
 * (galera/src/replicator_smm_params.cpp). Peers are told the port alone and take the address that they see the node under; a listener on one
 * address dials from it, too. An arbitrator has no base_port of its own: without one, the port of the first host of its cluster address.
 */
function galeraEndpoint({ product, get, set, getProvider, setProvider }: Sources): ServiceEndpoint {
  const listen = parseNodeAddress(getProvider('gmcast.listen_addr')?.value ?? '')
  const bind = part(listen?.host, 'gmcast.listen_addr', (host) => !isAnyAddress(host))
  const address = get('wsrep_cluster_address')?.value ?? ''
  const dialled = product.flavour === 'garbd' ? parseGcommUri(address)?.hosts[0]?.port : null
  const port = part(listen?.port, 'gmcast.listen_addr') ??
    part(parsePort(setProvider('base_port')?.value), 'base_port') ??
    part(nodeAddress(set)?.port, 'wsrep_node_address') ??
    part(dialled, 'wsrep_cluster_address') ?? { value: 4567, origin: { kind: 'default', of: 'Galera' } }
  return { advertised: bind, port, bind }
}

/**
 * IST_determine_recv_addr() and Receiver::prepare() of galera/src/ist.cpp: donors are told the host of ist.recv_addr, else base_host, with the port
 * that is really bound, which is that of ist.recv_bind where it is set. Any free port (0) cannot be told beforehand: as if unset.
 */
function istEndpoint({ set, setProvider }: Sources, groupPort: number): ServiceEndpoint {
  const told = addressIn(setProvider('ist.recv_addr'))
  const bound = addressIn(setProvider('ist.recv_bind'))
  const advertised =
    part(told?.host, 'ist.recv_addr') ??
    part(setProvider('base_host')?.value, 'base_host') ??
    part(nodeAddress(set)?.host, 'wsrep_node_address')
  const explicit = bound === null ? part(told?.port, 'ist.recv_addr') : part(bound.port, 'ist.recv_bind')
  return {
    advertised,
    port: explicit ?? {
      value: Math.min(groupPort + IST_STEP, 65535),
      origin: { kind: 'derived', from: 'the group port + 1' },
    },
    bind: bound === null ? advertised : part(bound.host, 'ist.recv_bind', (host) => !isAnyAddress(host)),
  }
}

/**
 * wsrep_sst_prepare() of sql/wsrep_sst.cc: wsrep_sst_receive_address, else the host of wsrep_node_address, else a guess; the scripts take 4444. socat listens on
 * all addresses, rsync and clone on the one that is told. mysqldump goes into the server itself.
 */
function sstEndpoint(sources: Sources): ServiceEndpoint {
  const { get, set } = sources
  const told = addressIn(notAuto(set('wsrep_sst_receive_address')))
  const advertised =
    part(told?.host, 'wsrep_sst_receive_address') ??
    part(nodeAddress(set)?.host, 'wsrep_node_address') ??
    part(sources.setProvider('base_host')?.value, 'base_host')
  const method = get('wsrep_sst_method')?.value ?? ''
  const usual: Value<number> =
    method === 'mysqldump'
      ? { value: mysqlPort(sources).value, origin: { kind: 'derived', from: 'wsrep_sst_method' } }
      : { value: SST_PORT, origin: { kind: 'default', of: 'the SST scripts' } }
  return {
    advertised,
    port: part(told?.port, 'wsrep_sst_receive_address') ?? usual,
    bind: method.startsWith('rsync') || method === 'clone' ? advertised : null,
  }
}

/** wsrep_init() of sql/wsrep_mysqld.cc: wsrep_node_incoming_address, else bind_address if it is one address, else the host of wsrep_node_address. */
function mysqlEndpoint(sources: Sources): ServiceEndpoint {
  const { set, setProvider } = sources
  const bind = boundTo(set('bind_address'))
  const told = addressIn(notAuto(set('wsrep_node_incoming_address')))
  const advertised =
    part(told?.host, 'wsrep_node_incoming_address') ??
    part(bind?.value, 'bind_address') ??
    part(nodeAddress(set)?.host, 'wsrep_node_address') ??
    part(setProvider('base_host')?.value, 'base_host')
  return { advertised, port: mysqlPort(sources), bind }
}

function mysqlPort({ get }: Sources): Value<number> {
  const setting = get('port')
  const port = parsePort(setting?.value)
  return setting === null || port === null
    ? { value: 3306, origin: { kind: 'default', of: 'MySQL' } }
    : { value: port, origin: setting.origin }
}

/** Of a list (`10.0.0.1,127.0.0.1`) the first that peers might reach; `address/namespace` is MySQL 8's. null: any. */
function boundTo(setting: Value<string> | null): Value<string> | null {
  const hosts = (setting?.value ?? '').split(',').map((each) => each.trim().replace(/\/.*/, ''))
  const host = hosts.find((each) => !isLocal(each)) ?? hosts[0] ?? ''
  return setting === null || hosts.some(isAnyAddress) ? null : { value: host, origin: setting.origin }
}

function isLocal(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isLoopback(host))
}

/** wsrep_node_address; an any-address is refused there (galera/src/replicator_smm_params.cpp). */
export function nodeAddress(set: Sources['set']): GcommHost | null {
  const address = addressIn(set('wsrep_node_address'))
  return address === null || isAnyAddress(address.host) ? null : address
}

function addressIn(setting: Value<string> | null): GcommHost | null {
  return setting === null ? null : parseNodeAddress(setting.value)
}

function notAuto(setting: Value<string> | null): Value<string> | null {
  return setting?.value.toUpperCase() === 'AUTO' ? null : setting
}

function part<T>(
  value: T | null | undefined,
  from: string,
  isWanted: (value: T) => boolean = () => true,
): Value<T> | null {
  const origin: Origin = { kind: 'derived', from }
  return value === null || value === undefined || !isWanted(value) ? null : { value, origin }
}
