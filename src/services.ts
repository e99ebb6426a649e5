/** The port catalogue: what a Galera cluster needs between its nodes, and with its PMM server, as data. */

export type Protocol = 'tcp' | 'udp'

/**
 * When a healthy node has something listening on the port.
 * - `always`: while mysqld runs; an open path with nobody listening is CLOSED.
 * - `during-transfer`: only while a joiner waits for its donor, so an open path with nobody listening is OK.
 * - `never-answers`: nothing ever replies to a unicast datagram (Galera binds the multicast group), so an open path is OK.
 */
export type ListensWhen = 'always' | 'during-transfer' | 'never-answers'

/** How much a blocked flow of the service matters to the exit code. */
export type Need = 'required' | 'if-multicast' | 'if-pulled'

/** Between whom a service's flows run. */
export type Route = 'members' | 'member-to-pmm' | 'pmm-to-member'

export interface Service {
  readonly name: string
  readonly port: number
  /** The user has said the port: no setting of a node moves it. */
  readonly fixed?: true
  readonly protocol: Protocol
  readonly listens: ListensWhen
  readonly need: Need
  readonly route: Route
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
    route: 'members',
    purpose: 'client connections, mysqldump and clone SST',
  },
  {
    name: 'galera',
    port: 4567,
    protocol: 'tcp',
    listens: 'always',
    need: 'required',
    route: 'members',
    purpose: 'group communication',
  },
  {
    name: 'ist',
    port: 4568,
    protocol: 'tcp',
    listens: 'during-transfer',
    need: 'required',
    route: 'members',
    purpose: 'incremental state transfer, donor to joiner',
  },
  {
    name: 'sst',
    port: 4444,
    protocol: 'tcp',
    listens: 'during-transfer',
    need: 'required',
    route: 'members',
    purpose: 'state snapshot transfer, donor to joiner',
  },
  {
    name: 'galera-udp',
    port: 4567,
    protocol: 'udp',
    listens: 'never-answers',
    need: 'if-multicast',
    route: 'members',
    purpose: 'multicast replication, only with gmcast.mcast_addr',
  },
]

/**
 * Who fetches a node's metrics. `pull`: the server connects to the exporters (PMM 1, and PMM 2 and 3 with
 * --metrics-mode=pull). `push`: the node sends them, and nobody connects to it (the default since PMM 2.14.0).
 */
export type PmmMode = 'push' | 'pull' | 'unknown'

/** PMM's own ports, by pmm-client's pmm/plugin/…/metrics.go: the server's API, and the exporters of Linux and MySQL. */
export function pmmServices(serverPort: number, mode: PmmMode): Service[] {
  const server: Service = {
    name: 'pmm-server',
    port: serverPort,
    protocol: 'tcp',
    listens: 'always',
    need: 'required',
    route: 'member-to-pmm',
    purpose: 'metrics, queries and commands, from the PMM client of a node to its server',
  }
  const exporter = (name: string, port: number, purpose: string): Service => ({
    name,
    port,
    protocol: 'tcp',
    listens: 'always',
    need: mode === 'pull' ? 'required' : 'if-pulled',
    route: 'pmm-to-member',
    purpose,
  })
  if (mode === 'push') return [server]
  return [
    server,
    exporter('pmm-linux', 42000, 'linux:metrics, fetched by the PMM server'),
    exporter('pmm-mysql', 42002, 'mysql:metrics, fetched by the PMM server'),
  ]
}
