import type { Certificate } from './certificates.ts'
import { ROOT } from './root.ts'

export type SstMethod = 'mariabackup' | 'rsync'

export type Settings = Readonly<Record<string, string | null>>

/** What one node is set to beside, or instead of, what the lab sets; null leaves a setting out. */
export interface NodeOptions {
  /** Of [mariadbd]. */
  readonly server?: Settings
  /** Of wsrep_provider_options. */
  readonly provider?: Settings
  /** Of [sst]. */
  readonly sst?: Settings
  /** Of group communication, IST and SST; null: no TLS. Default: the cluster's `tls`. */
  readonly certificate?: Certificate | null
  /** What the node's own /etc/hosts makes of names, in its order; an empty list makes a name unknown. */
  readonly names?: Readonly<Record<string, readonly string[]>>
}

export interface ClusterOptions {
  /** Hosts of the lab that become members. Default n1, n2, n3. */
  nodes?: readonly string[]
  /** Hosts that get processes of their own, and no database: arbitrators. */
  others?: readonly string[]
  sst: SstMethod
  /** TLS for group communication, IST and SST. */
  tls?: boolean
  /** `socket.dynamic`: plaintext and TLS on the same port. */
  dynamic?: boolean
  /** `gmcast.mcast_addr`. */
  multicast?: string
  /** Of every node. */
  each?: NodeOptions
  /** Of single nodes, which go before `each`. */
  node?: Readonly<Record<string, NodeOptions>>
}

export interface NodeFiles {
  readonly dir: string
  /** What the node finds as /etc/mysql. */
  readonly etc: string
  /** What the node finds as /etc/hosts. */
  readonly hosts: string
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
    etc: `${dir}/etc`,
    hosts: `${dir}/hosts`,
    data: `${dir}/data`,
    log: `${dir}/error.log`,
    socket: `${dir}/sock`,
    init: `${dir}/init`,
  }
}
