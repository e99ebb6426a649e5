/** What a node's database server is set to, each value with where it comes from: the type that everything of `src/galera` speaks. */

export type Origin =
  /** The running server's own answer. */
  | { readonly kind: 'server' }
  /** The command line of the running process. */
  | { readonly kind: 'argument' }
  | { readonly kind: 'file'; readonly path: string; readonly line: number; readonly group: string }
  /** Whose default it is: `Galera`, `PXC 8.0`, `MariaDB`. */
  | { readonly kind: 'default'; readonly of: string }
  /** What it follows from: `gmcast.listen_addr`, `the group port + 1`, `the first address of the host`. */
  | { readonly kind: 'derived'; readonly from: string }
  /** The tool's own command line: `--service`. */
  | { readonly kind: 'user'; readonly option: string }

export interface Value<T> {
  readonly value: T
  readonly origin: Origin
}

export type Flavour = 'pxc' | 'mariadb' | 'mysql-wsrep' | 'garbd' | 'unknown'

/** One host of a cluster address. */
export interface GcommHost {
  /** A name, or an IP literal without brackets. */
  readonly host: string
  /** null: the group port of the node itself. */
  readonly port: number | null
}

/** `gcomm://h1,h2:port?key=value`. */
export interface ClusterAddress {
  readonly text: string
  /** Empty: the node would bootstrap a new cluster. */
  readonly hosts: readonly GcommHost[]
  readonly options: ReadonlyMap<string, string>
}

/** Where a service of the node is found. */
export interface ServiceEndpoint {
  /** What peers are told, or would be: a name or an IP literal. null: they use the address by which they know the node. */
  readonly advertised: Value<string> | null
  readonly port: Value<number>
  /** The address that it is bound to; null: any. */
  readonly bind: Value<string> | null
}

export type EndpointName = 'mysql' | 'galera' | 'ist' | 'sst'

/** On: TLS only. Dynamic: TLS and plaintext on one port (socket.dynamic). */
export type Encryption = 'on' | 'off' | 'dynamic'

export interface TlsFiles {
  readonly certificate: Value<string> | null
  readonly key: Value<string> | null
  readonly ca: Value<string> | null
}

/** Galera's own clocks, in milliseconds. */
export interface Timers {
  readonly 'gmcast.peer_timeout': Value<number>
  readonly 'evs.keepalive_period': Value<number>
  readonly 'evs.suspect_timeout': Value<number>
  readonly 'evs.inactive_timeout': Value<number>
  readonly 'evs.install_timeout': Value<number>
  readonly 'evs.delay_margin': Value<number>
}

/** What the running server says of the cluster. */
export interface ClusterState {
  /** wsrep_local_state_comment: Synced, Donor/Desynced, Joining: …. */
  readonly state: string
  /** wsrep_cluster_status: Primary, non-Primary, Disconnected. */
  readonly status: string
  /** wsrep_cluster_size, an arbitrator counted. */
  readonly size: number | null
  /** wsrep_gcomm_uuid. */
  readonly uuid: string | null
  /** wsrep_incoming_addresses; an arbitrator's is empty, and left out. */
  readonly incoming: readonly GcommHost[]
}

export interface NodeSettings {
  readonly flavour: Flavour
  /** `10.11.19`, `8.0.36-28`. */
  readonly version: string | null
  /** `26.4.23`. */
  readonly galeraVersion: string | null
  readonly running: boolean
  /** Whether wsrep is switched on: a server that is no member of any cluster has no ports of Galera. */
  readonly wsrep: boolean
  /** The best source that was had: of `files` nothing is certain, since they may have changed since the start. */
  readonly known: 'server' | 'arguments' | 'files'
  readonly nodeName: Value<string> | null
  readonly clusterName: Value<string> | null
  readonly clusterAddress: Value<ClusterAddress> | null
  /** wsrep_node_address without its port; null where it is not set. */
  readonly nodeAddress: Value<string> | null
  readonly endpoints: Readonly<Record<EndpointName, ServiceEndpoint>>
  readonly sstMethod: Value<string>
  readonly segment: Value<number>
  /** pc.weight. */
  readonly weight: Value<number>
  /** gmcast.mcast_addr; null where it is not set. */
  readonly multicast: Value<string> | null
  readonly encryption: Value<Encryption>
  readonly tls: TlsFiles
  /** Whether SST is encrypted, in the words of its setting: `encrypt=4`, `off`. */
  readonly sstEncryption: Value<string>
  readonly timers: Timers
  readonly maxConnectErrors: Value<number> | null
  readonly errorLog: Value<string> | null
  readonly state: ClusterState | null
  /** Every setting that was read, by its own name, in the order in which people look for them (`--print-config`). */
  readonly all: ReadonlyMap<string, Value<string>>
}
