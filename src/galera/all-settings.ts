import type { Value } from './node-settings.ts'
import type { Sources } from './sources.ts'

/** In the order in which people look for them. No secrets: wsrep_sst_auth is none of them. */
const SERVER = [
  'wsrep_on',
  'wsrep_provider',
  'wsrep_cluster_name',
  'wsrep_cluster_address',
  'wsrep_node_name',
  'wsrep_node_address',
  'wsrep_node_incoming_address',
  'wsrep_sst_method',
  'wsrep_sst_receive_address',
  'wsrep_sst_donor',
  'pxc_encrypt_cluster_traffic',
  'port',
  'bind_address',
  'skip_networking',
  'extra_port',
  'admin_address',
  'admin_port',
  'mysqlx_port',
  'mysqlx_bind_address',
  'max_connect_errors',
  'skip_name_resolve',
  'ssl_ca',
  'ssl_cert',
  'ssl_key',
  'datadir',
  'log_error',
]
const ARBITRATOR = ['wsrep_cluster_name', 'wsrep_cluster_address', 'wsrep_node_name']
const GALERA = [
  'base_host',
  'base_port',
  'gmcast.listen_addr',
  'gmcast.mcast_addr',
  'gmcast.segment',
  'ist.recv_addr',
  'ist.recv_bind',
  'socket.ssl',
  'socket.ssl_ca',
  'socket.ssl_cert',
  'socket.ssl_key',
  'socket.dynamic',
  'gmcast.peer_timeout',
  'gmcast.time_wait',
  'evs.keepalive_period',
  'evs.inactive_check_period',
  'evs.suspect_timeout',
  'evs.inactive_timeout',
  'evs.install_timeout',
  'evs.delay_margin',
  'evs.delayed_keep_period',
  'evs.auto_evict',
  'pc.announce_timeout',
  'pc.wait_prim_timeout',
  'pc.linger',
  'pc.weight',
]
const SST = [
  'encrypt',
  'ssl_mode',
  'ssl_ca',
  'ssl_cert',
  'ssl_key',
  'tca',
  'tcert',
  'tkey',
  'transferfmt',
  'sockopt',
]

/**
 * Every setting that was read or has a default, by its own name; those of the SST scripts as `[sst] encrypt`. Without a cluster Galera's defaults
 * mean nothing.
 */
export function allSettings(sources: Sources, inCluster: boolean): Map<string, Value<string>> {
  const { product, get, getProvider, setProvider, providerKeys, sst } = sources
  const isServer = product.flavour !== 'garbd'
  const provider = inCluster ? getProvider : setProvider
  // A running provider tells all of its hundred; somebody else's list holds what its owner cares about.
  const others = providerKeys.filter(
    (key) => !GALERA.includes(key) && provider(key)?.origin.kind !== 'server',
  )
  const named = [
    ...(isServer ? SERVER : ARBITRATOR).map((name) => [name, get(name)] as const),
    ...[...GALERA, ...others].map((key) => [key, provider(key)] as const),
    ...(isServer ? SST : []).map((name) => [`[sst] ${name.replaceAll('_', '-')}`, sst(name, false)] as const),
  ]
  return new Map(named.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])))
}
