import * as v from 'valibot'
import { Inspection, Survey } from './survey-messages.ts'

/** What an agent says, checked before use: a node is not trusted. Lengths are bounded; unknown keys are ignored. */

/** The longest body that an agent is asked for. */
export const MAX_BODY = 1024 * 1024

const text = (limit: number) => v.pipe(v.string(), v.maxLength(limit))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))
const address = v.pipe(v.string(), v.maxLength(64), v.regex(/^[0-9a-fA-F:.%\w-]+$/))
const protocol = v.picklist(['tcp', 'udp'])
const errno = v.pipe(v.string(), v.regex(/^[A-Z0-9]{2,20}$/))
const nftTable = v.pipe(v.string(), v.maxLength(128), v.regex(/^(ip6?|inet|netdev) [A-Za-z_.][\w./-]*$/))
/** A day is more than any deadline. */
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(86_400_000))

const icmp = v.object({
  family: v.picklist([4, 6]),
  type: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  code: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  from: address,
})

const sockets = {
  sockets: v.pipe(v.array(v.object({ protocol, address, port })), v.maxLength(65536)),
  connections: v.pipe(
    v.array(v.object({ local: address, localPort: port, remote: address, remotePort: port })),
    v.maxLength(4096),
  ),
}

export const Hello = v.object({
  type: v.literal('hello'),
  protocol: v.number(),
  python: text(32),
  kernel: text(256),
  hostname: text(256),
  uid: count,
  raw: v.boolean(),
  rawError: v.nullable(errno),
  addresses: v.pipe(v.array(v.object({ address, interface: text(64) })), v.maxLength(4096)),
  sshServer: v.nullable(address),
  ...sockets,
  mysqld: v.boolean(),
  firewall: v.object({
    osRelease: v.nullable(text(64)),
    sysconfigIptables: v.boolean(),
    rulesV4: v.boolean(),
    // It will stand in a command.
    nftConf: v.optional(v.nullable(v.picklist(['/etc/sysconfig/nftables.conf', '/etc/nftables.conf'])), null),
    nftTables: v.optional(v.pipe(v.array(nftTable), v.maxLength(256)), []),
    netfilterPersistent: v.boolean(),
    firewalldActive: v.boolean(),
    ufwActive: v.boolean(),
  }),
})

/** The witness heeds other peers and ports from now on, and this is what is there. */
const Watching = v.object({ type: v.literal('watching'), ...sockets })

const Listening = v.object({
  type: v.literal('listening'),
  listeners: v.array(
    v.object({ protocol, address, port, guard: v.boolean(), opened: v.boolean(), errno: v.optional(errno) }),
  ),
})

const attempt = v.object({
  attempt: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  outcome: v.picklist(['syn-ack', 'rst', 'connected', 'echoed', 'icmp', 'not-sent', 'errno', 'silence']),
  atMs: milliseconds,
  sourceAddress: v.nullable(address),
  sourcePort: v.nullable(port),
  rttMs: v.optional(milliseconds),
  errno: v.optional(errno),
  icmp: v.optional(icmp),
  answer: v.optional(v.picklist(['syn-ack', 'rst'])),
  isn: v.optional(count),
  acknowledged: v.optional(v.boolean()),
  /** The MSS of the SYN/ACK as it arrived. */
  mss: v.optional(port),
  mysqlError: v.optional(port),
  greeting: v.optional(
    v.nullable(v.object({ uuid: v.pipe(v.string(), v.uuid()), segment: v.pipe(count, v.maxValue(255)) })),
  ),
  leftSource: v.optional(v.boolean()),
  neighbour: v.optional(v.nullable(v.boolean())),
  passedInput: v.optional(v.boolean()),
})

export const FlowResult = v.object({
  type: v.literal('flow'),
  id: text(1024),
  method: v.picklist(['half-open', 'connect', 'datagram', 'mysql', 'gcomm']),
  attempts: v.pipe(v.array(attempt), v.maxLength(64)),
})

const Probed = v.object({ type: v.literal('probed') })

const packet = v.object({
  where: v.picklist(['in', 'out', 'up']),
  protocol,
  kind: v.picklist(['syn', 'syn-ack', 'rst', 'datagram']),
  source: v.nullable(address),
  sourcePort: port,
  destination: v.nullable(address),
  destinationPort: port,
  isn: count,
  /** The MSS option of a SYN as it arrived; 0 without one. */
  mss: port,
  /** Bytes behind the TCP header. */
  length: count,
  count,
})

export const Account = v.object({
  type: v.literal('account'),
  released: v.nullable(text(64)),
  received: v.array(v.object({ protocol, port, source: address, sourcePort: port, isn: count, count })),
  synReceived: v.array(v.object({ port, source: address, sourcePort: port })),
  packets: v.nullable(v.array(packet)),
})

/** The node's wall clock, microseconds since the epoch: when the question was read, and when it was answered. */
const Clock = v.object({ type: v.literal('clock'), receivedUs: count, answeredUs: count })

/** Seconds since the epoch of a certificate's date; years from 1 to 9999. */
const certificateDate = v.nullable(
  v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(253_402_300_799)),
)
const headerText = v.optional(text(256))

const httpResult = v.object({
  id: text(1024),
  connectMs: v.nullable(milliseconds),
  tlsMs: v.nullable(milliseconds),
  requestMs: v.nullable(milliseconds),
  certificate: v.nullable(
    v.object({
      verification: v.picklist(['ok', 'self-signed', 'expired', 'not-yet-valid', 'wrong-name', 'untrusted']),
      notBefore: certificateDate,
      notAfter: certificateDate,
    }),
  ),
  status: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999))),
  headers: v.object({
    date: headerText,
    serverTime: headerText,
    qanVersion: headerText,
    contentType: headerText,
    authenticate: headerText,
  }),
  /** Of the body, as much as was wanted. */
  text: text(MAX_BODY),
  authorization: v.picklist(['none', 'sent', 'withheld']),
  error: v.nullable(
    v.picklist([
      'refused',
      'timeout',
      'reset',
      'unreachable',
      'failed',
      'no-tls-library',
      'tls',
      'not-tls',
      'tls-expected',
      'garbage',
      'empty',
      'too-large',
      'cut-off',
    ]),
  ),
  detail: v.nullable(text(256)),
  /** The node's wall clock, microseconds since the epoch: when it asked, and when the first byte came; 0 where neither happened. */
  askedUs: count,
  answeredUs: count,
})

const Http = v.object({
  type: v.literal('http'),
  /** The node's time zone as `+0100 CET`. */
  zone: v.pipe(v.string(), v.maxLength(24), v.regex(/^[+-]\d{4} [A-Za-z0-9+-]{1,16}$/)),
  results: v.pipe(v.array(httpResult), v.maxLength(64)),
})

/** How far an NTP server's clock is ahead of the node's; or why it did not tell. */
const Ntp = v.object({
  type: v.literal('ntp'),
  offsetMs: v.nullable(v.pipe(v.number(), v.finite())),
  errorMs: v.nullable(milliseconds),
  errno: v.nullable(errno),
})

/** The listeners were given up, since mysqld has been started. */
const Released = v.object({ type: v.literal('released') })

const Mtu = v.object({
  type: v.literal('mtu'),
  paths: v.array(
    v.object({
      id: text(1024),
      mtu: v.nullable(count),
      tooBig: v.boolean(),
      errno: v.optional(errno),
      sent: v.array(v.object({ size: count, isn: count, length: count, errno: v.optional(errno) })),
    }),
  ),
})

const Rtt = v.object({
  type: v.literal('rtt'),
  paths: v.array(
    v.object({
      id: text(1024),
      sent: v.pipe(count, v.maxValue(1000)),
      /** Of those answered, in the order of sending. */
      rttsMs: v.pipe(v.array(milliseconds), v.maxLength(1000)),
      errno: v.optional(errno),
    }),
  ),
})

const Rulesets = v.object({
  type: v.literal('rulesets'),
  dumps: v.array(v.object({ tool: text(64), code: v.number(), text: v.string(), stderr: text(4096) })),
})

/** The script of a change has run; null when it was not run, or ended before it was through. */
const Applied = v.object({
  type: v.literal('applied'),
  code: v.nullable(v.pipe(v.number(), v.safeInteger())),
  stdout: text(4096),
  stderr: text(4096),
})

/** A change is over, and nothing of it runs on the node any more. */
const Settled = v.object({
  type: v.literal('settled'),
  outcome: v.picklist(['kept', 'restored', 'not-restored']),
  detail: text(4096),
})

const Crash = v.object({ type: v.literal('crash'), error: text(4096), trace: text(8192) })

export const Message = v.variant('type', [
  Hello,
  Watching,
  Listening,
  FlowResult,
  Probed,
  Account,
  Mtu,
  Rtt,
  Survey,
  Inspection,
  Clock,
  Http,
  Ntp,
  Released,
  Rulesets,
  Applied,
  Settled,
  Crash,
])

export type Message = v.InferOutput<typeof Message>
export type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>
export type Hello = v.InferOutput<typeof Hello>
export type Account = v.InferOutput<typeof Account>
export type FlowResult = v.InferOutput<typeof FlowResult>
export type AttemptResult = FlowResult['attempts'][number]
export type WitnessedPacket = NonNullable<Account['packets']>[number]
export type PathMtu = v.InferOutput<typeof Mtu>['paths'][number]
export type RoundTrips = v.InferOutput<typeof Rtt>['paths'][number]
export type HttpResult = v.InferOutput<typeof Http>['results'][number]
export type Applied = v.InferOutput<typeof Applied>
export type Settled = v.InferOutput<typeof Settled>
export type RulesetDump = v.InferOutput<typeof Rulesets>['dumps'][number]

/** Parses one line of an agent; null when it is not a message of ours. */
export function parseMessage(line: string): Message | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  const parsed = v.safeParse(Message, value)
  return parsed.success ? parsed.output : null
}
