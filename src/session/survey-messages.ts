import * as v from 'valibot'

/** What a node says of its database servers and of itself; checked before use, as every message is: lengths are bounded. */

const text = (limit: number) => v.pipe(v.string(), v.maxLength(limit))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))
const address = v.pipe(v.string(), v.maxLength(64), v.regex(/^[0-9a-fA-F:.%\w-]+$/))
/** Names and values as a server tells them, by lower-case names. */
const variables = v.record(text(128), text(16_384))

/** How the reading of a file ended. `cut-off`: it is longer than what was read of it. */
export const FileState = v.picklist([
  'read',
  'cut-off',
  'missing',
  'denied',
  'not-a-file',
  'binary',
  'failed',
])

/** A running database server, or arbitrator. */
const server = v.object({
  pid: count,
  /** As the kernel names the program: mysqld, mariadbd, garbd. */
  program: text(64),
  /** Its command line; values that may be secrets are replaced by `***`. */
  args: v.pipe(v.array(text(4096)), v.maxLength(256)),
  /** What it listens on; empty where the agent may not see that. */
  listens: v.pipe(v.array(v.object({ address, port })), v.maxLength(256)),
  /**
   * Its established TCP connections, each peer once: `localPort` is 0 where the server dialled, `remotePort` is 0 where it was dialled.
   */
  connections: v.pipe(
    v.array(v.object({ local: address, localPort: port, remote: address, remotePort: port })),
    v.maxLength(1024),
  ),
  /** The systemd service that it belongs to, for `journal:UNIT`. */
  unit: v.optional(v.nullable(text(256))),
  socket: v.nullable(text(256)),
  /** Where its error log goes, by its second descriptor or its settings; null for a pipe, a journal, nowhere. */
  log: v.nullable(text(1024)),
  /**
   * What it answered on its unix socket. `not-asked`: no right to, or nobody to log in as. `refused`: the account is not let in. `no-client`: neither
   * mariadb nor mysql is there. `not-ready`: nobody answers on the socket, as while a joiner waits for its SST.
   */
  answer: v.picklist(['told', 'not-asked', 'refused', 'no-client', 'not-ready', 'timeout', 'failed']),
  /** Why not, in the client's own words. */
  detail: v.nullable(text(512)),
  /** SHOW GLOBAL VARIABLES and STATUS, those that matter here; empty without an answer. */
  variables,
  status: variables,
  /** performance_schema.host_cache: connection errors since the last good login, by address; null where it is not kept. */
  hostErrors: v.nullable(v.pipe(v.array(v.object({ address: text(64), errors: count })), v.maxLength(512))),
})

export const Survey = v.object({
  type: v.literal('survey'),
  servers: v.pipe(v.array(server), v.maxLength(16)),
  /** Option files in the order in which a server reads them, and what became of each. */
  files: v.pipe(
    v.array(v.object({ path: text(1024), state: FileState, detail: v.nullable(text(256)) })),
    v.maxLength(256),
  ),
  /** Options of these files that matter here, in the order in which they are read; names with `-` as `_`, in lower case. */
  options: v.pipe(
    v.array(
      v.object({
        path: text(1024),
        line: count,
        group: text(64),
        name: text(128),
        value: v.nullable(text(16_384)),
      }),
    ),
    v.maxLength(4096),
  ),
  /** What is installed though nothing runs: `mariadbd --version` and the like; null where no server is. */
  installed: v.nullable(text(512)),
  /** Programs of a state transfer that listen: who holds 4444. */
  transferListeners: v.pipe(
    v.array(v.object({ address, port, pid: count, program: text(64), startedSecondsAgo: v.nullable(count) })),
    v.maxLength(64),
  ),
  interfaces: v.pipe(
    v.array(
      v.object({ name: text(64), mtu: v.nullable(count), up: v.boolean(), rpFilter: v.nullable(count) }),
    ),
    v.maxLength(4096),
  ),
  /** net.ipv4.conf.all.rp_filter: the larger of it and an interface's own holds. */
  rpFilterAll: v.nullable(count),
  conntrack: v.nullable(v.object({ count, max: count })),
  /** TcpExt IPReversePathFilter of /proc/net/netstat: packets dropped by rp_filter since boot. */
  rpFilterDrops: v.nullable(count),
  selinux: v.picklist(['absent', 'permissive', 'enforcing']),
})

const resolved = v.object({
  name: text(256),
  /** In the resolver's order, as the server will try them. */
  addresses: v.pipe(v.array(address), v.maxLength(64)),
  /** EAI_NONAME and the like. */
  error: v.nullable(text(64)),
})

const certificateFile = v.object({
  path: text(1024),
  state: FileState,
  /** Only CERTIFICATE blocks: a key in the same file stays on the node. */
  pem: v.pipe(v.array(text(65_536)), v.maxLength(16)),
})

const log = v.object({
  path: text(1024),
  state: FileState,
  /** Bytes of the whole file. */
  size: count,
  /** The end of it: lines that speak of the cluster, its transfers or its connections, oldest first. */
  lines: v.pipe(v.array(text(2048)), v.maxLength(4096)),
})

/** Which way the node would send to an address: asked of its kernel, nothing is sent. */
const route = v.object({
  to: address,
  source: v.nullable(address),
  interface: v.nullable(text(64)),
  errno: v.nullable(v.pipe(v.string(), v.regex(/^[A-Z0-9]{2,20}$/))),
})

/** A line of `semanage port -l`: a label and the ports that carry it. */
const portLabel = v.object({ type: text(128), protocol: v.picklist(['tcp', 'udp']), from: port, to: port })

export const Inspection = v.object({
  type: v.literal('inspection'),
  resolved: v.pipe(v.array(resolved), v.maxLength(256)),
  certificates: v.pipe(v.array(certificateFile), v.maxLength(64)),
  logs: v.pipe(v.array(log), v.maxLength(16)),
  routes: v.pipe(v.array(route), v.maxLength(1024)),
  /** null: SELinux does not enforce, or nobody could tell. */
  portLabels: v.nullable(v.pipe(v.array(portLabel), v.maxLength(8192))),
  rpFilterDrops: v.nullable(count),
})

export type Survey = v.InferOutput<typeof Survey>
export type SurveyedServer = Survey['servers'][number]
export type FileState = v.InferOutput<typeof FileState>
export type Inspection = v.InferOutput<typeof Inspection>
