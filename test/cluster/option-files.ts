import type { Host } from '../lab/topology.ts'
import { CERTIFICATES, type Certificate } from './certificates.ts'
import { type ClusterOptions, type NodeOptions, nodeFiles, type Settings, type SstMethod } from './config.ts'

/** The address that the other nodes are to use, as it stands in a URL. */
const urlHost = (host: Host) => (host.only6 ? `[${host.address6}]` : host.address)

/** The option files of a node by their path below /etc/mysql, laid out as Debian does. */
export function optionFiles(
  name: string,
  hosts: readonly Host[],
  options: ClusterOptions,
): Record<string, string> {
  const { each = {}, node = {} } = options
  const own = node[name] ?? {}
  const host = hosts.find((one) => one.name === name) as Host
  const certificate =
    own.certificate !== undefined
      ? own.certificate
      : each.certificate !== undefined
        ? each.certificate
        : options.tls
          ? 'node'
          : null
  const provider = lines(providerOptions(host, certificate, options), each.provider, own.provider).join(';')
  const server = lines(
    { ...wsrep(host, hosts, options.sst), wsrep_provider_options: provider },
    each.server,
    own.server,
  )
  const sst = lines(certificate === null ? {} : sstSettings(certificate), each.sst, own.sst)
  return {
    'my.cnf': `[client-server]
socket=${nodeFiles(name).socket}

!includedir /etc/mysql/conf.d/
!includedir /etc/mysql/mariadb.conf.d/
`,
    'mariadb.conf.d/50-server.cnf': serverFile(name),
    'mariadb.conf.d/60-galera.cnf': section('galera', server) + section('sst', sst),
  }
}

/** The first of the settings that has a name decides where it stands, the last what it is. */
function lines(...settings: readonly (Settings | undefined)[]): string[] {
  const merged = Object.assign({}, ...settings) as Settings
  return Object.entries(merged).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
}

const section = (name: string, settings: readonly string[]) =>
  settings.length === 0 ? '' : `[${name}]\n${settings.join('\n')}\n\n`

function providerOptions(host: Host, certificate: Certificate | null, options: ClusterOptions): Settings {
  const { dir, ca } = CERTIFICATES
  return {
    'gcache.size': '32M',
    ...(host.only6 ? { 'gmcast.listen_addr': 'tcp://[::]:4567' } : {}),
    ...(certificate
      ? {
          'socket.ssl_ca': `${dir}/${ca(certificate)}.pem`,
          'socket.ssl_cert': `${dir}/${certificate}.pem`,
          'socket.ssl_key': `${dir}/${certificate}-key.pem`,
        }
      : {}),
    ...(options.dynamic ? { 'socket.dynamic': 'true' } : {}),
    ...(options.multicast ? { 'gmcast.mcast_addr': options.multicast } : {}),
  }
}

const wsrep = (host: Host, hosts: readonly Host[], method: SstMethod): Settings => ({
  'bind-address': host.only6 ? '::' : '0.0.0.0',
  port: '3306',
  wsrep_on: 'ON',
  wsrep_provider: '/usr/lib/galera/libgalera_smm.so',
  wsrep_cluster_name: 'lab',
  wsrep_cluster_address: `gcomm://${hosts.map(urlHost).join(',')}`,
  wsrep_node_name: host.name,
  wsrep_node_address: urlHost(host),
  wsrep_sst_method: method,
  wsrep_sst_auth: 'sst:sst',
})

function sstSettings(certificate: Certificate): Settings {
  const { dir, ca } = CERTIFICATES
  return {
    encrypt: '3',
    tca: `${dir}/${ca(certificate)}.pem`,
    tcert: `${dir}/${certificate}.pem`,
    tkey: `${dir}/${certificate}-key.pem`,
  }
}

/** A small server that starts in a second, with the accounts of its peers' connection errors (host_cache) kept. */
function serverFile(name: string): string {
  const files = nodeFiles(name)
  return `[mariadbd]
user=root
datadir=${files.data}
tmpdir=${files.dir}
pid-file=${files.dir}/pid
log-error=${files.log}
log_warnings=2
max_connections=40
binlog_format=ROW
default_storage_engine=InnoDB
innodb_autoinc_lock_mode=2
innodb_buffer_pool_size=16M
innodb_buffer_pool_dump_at_shutdown=OFF
innodb_buffer_pool_load_at_startup=OFF
innodb_log_file_size=8M
innodb_flush_log_at_trx_commit=0
innodb_flush_method=fsync
innodb_fast_shutdown=1
key_buffer_size=1M
aria_pagecache_buffer_size=1M
performance_schema=ON
performance_schema_max_table_instances=200

[mariadb-backup]
use-memory=16M
`
}

/** A node's /etc/hosts: the lab's, but for the names that it sees otherwise. */
export function hostsFile(hosts: readonly Host[], names: NodeOptions['names'] = {}): string {
  const usual = Object.fromEntries(
    hosts.map((host) => [host.name, host.only6 ? [host.address6] : [host.address]]),
  )
  const all = Object.entries({ localhost: ['127.0.0.1'], ...usual, ...names })
  return all.flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`)).join('')
}
