/** Where everything of the cluster is: the lab's own /run, a tmpfs that vanishes with the lab. */
export const ROOT = '/run/cluster'
/** Programs that stand before the system's own in the nodes' PATH. */
export const BIN = `${ROOT}/bin`
const TLS = `${ROOT}/tls`

export type SstMethod = 'mariabackup' | 'rsync'

export interface ClusterOptions {
  /** Hosts of the lab that become members. Default n1, n2, n3. */
  nodes?: readonly string[]
  sst: SstMethod
  /** TLS for group communication, IST and SST. */
  tls?: boolean
  /** `socket.dynamic`: plaintext and TLS on the same port. */
  dynamic?: boolean
  /** `gmcast.mcast_addr`. */
  multicast?: string
}

export interface NodeFiles {
  readonly dir: string
  readonly config: string
  readonly data: string
  readonly log: string
  readonly socket: string
  /** Holds the pid, in the lab, of the node's pid 1. */
  readonly init: string
}

export function nodeFiles(name: string): NodeFiles {
  const dir = `${ROOT}/${name}`
  return {
    dir,
    config: `${dir}/my.cnf`,
    data: `${dir}/data`,
    log: `${dir}/error.log`,
    socket: `${dir}/sock`,
    init: `${dir}/init`,
  }
}

function providerOptions({ tls, dynamic, multicast }: ClusterOptions): string {
  return [
    'gcache.size=32M',
    ...(tls
      ? [
          `socket.ssl_ca=${TLS}/ca.pem`,
          `socket.ssl_cert=${TLS}/node.pem`,
          `socket.ssl_key=${TLS}/node-key.pem`,
        ]
      : []),
    ...(dynamic ? ['socket.dynamic=true'] : []),
    ...(multicast ? [`gmcast.mcast_addr=${multicast}`] : []),
  ].join(';')
}

/** A small server that starts in a second, with the accounts of its peers' connection errors (host_cache) kept. */
export function configText(
  name: string,
  addresses: ReadonlyMap<string, string>,
  options: ClusterOptions,
): string {
  const files = nodeFiles(name)
  return `[client]
socket=${files.socket}

[mariadbd]
user=root
datadir=${files.data}
tmpdir=${files.dir}
socket=${files.socket}
pid-file=${files.dir}/pid
log-error=${files.log}
log_warnings=2
bind-address=0.0.0.0
port=3306
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
wsrep_on=ON
wsrep_provider=/usr/lib/galera/libgalera_smm.so
wsrep_cluster_name=lab
wsrep_cluster_address=gcomm://${[...addresses.values()].join(',')}
wsrep_node_name=${name}
wsrep_node_address=${addresses.get(name)}
wsrep_sst_method=${options.sst}
wsrep_sst_auth=sst:sst
wsrep_provider_options=${providerOptions(options)}

[mariadb-backup]
use-memory=16M
${options.tls ? tlsSection() : ''}`
}

const tlsSection = () => `
[sst]
encrypt=3
tca=${TLS}/ca.pem
tcert=${TLS}/node.pem
tkey=${TLS}/node-key.pem
`

/** One CA and one certificate that every node uses, for socat checks the address; runs in the holder. */
export function tlsScript(addresses: Iterable<string>): string {
  const names = [...addresses].map((address) => `IP:${address}`).join(',')
  return `mkdir -p ${TLS} && cd ${TLS}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=lab CA' \\
  -keyout ca-key.pem -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=lab node' \\
  -keyout node-key.pem -out node.csr 2>/dev/null
echo 'subjectAltName=${names}' >extensions
openssl x509 -req -in node.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile extensions \\
  -out node.pem 2>/dev/null
`
}
