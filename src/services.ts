/** The port catalogue: what a Galera cluster needs between its nodes, as data. */

export type Protocol = 'tcp' | 'udp'

/**
 * When a healthy node has something listening on the port.
 * - `always`: while mysqld runs; an open path with nobody listening is CLOSED.
 * - `during-transfer`: only while a joiner waits for its donor, so an open path with nobody listening is OK.
 * - `never-answers`: nothing ever replies to a unicast datagram (Galera binds the multicast group), so an open path is OK.
 */
export type ListensWhen = 'always' | 'during-transfer' | 'never-answers'

/** How much a blocked flow of the service matters to the exit code. */
export type Need = 'required' | 'if-multicast'

export interface Service {
  readonly name: string
  readonly port: number
  readonly protocol: Protocol
  readonly listens: ListensWhen
  readonly need: Need
  /** What the port is for, in the words of the Galera documentation. */
  readonly purpose: string
}

/**
 * The flows every pair of members needs, in the order of the Percona documentation (and of the fix commands).
 * 4568 is needed for a full SST too: Galera 4 preloads the certification index over it.
 */
export const GALERA_SERVICES: readonly Service[] = [
  {
    name: 'mysql',
    port: 3306,
    protocol: 'tcp',
    listens: 'always',
    need: 'required',
    purpose: 'client connections, mysqldump and clone SST',
  },
  {
    name: 'galera',
    port: 4567,
    protocol: 'tcp',
    listens: 'always',
    need: 'required',
    purpose: 'group communication',
  },
  {
    name: 'ist',
    port: 4568,
    protocol: 'tcp',
    listens: 'during-transfer',
    need: 'required',
    purpose: 'incremental state transfer, donor to joiner',
  },
  {
    name: 'sst',
    port: 4444,
    protocol: 'tcp',
    listens: 'during-transfer',
    need: 'required',
    purpose: 'state snapshot transfer, donor to joiner',
  },
  {
    name: 'galera-udp',
    port: 4567,
    protocol: 'udp',
    listens: 'never-answers',
    need: 'if-multicast',
    purpose: 'multicast replication, only with gmcast.mcast_addr',
  },
]
