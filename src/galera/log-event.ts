/** What the error log of a node tells, line by line: the types that everything about logs speaks. */

/** Every line that is known to tell of trouble, by what it tells. */
export const LOG_KINDS = [
  'peer-no-handshake',
  'peer-no-greeting',
  'connect-no-route',
  'connect-refused',
  'connect-timed-out',
  'connect-aborted',
  'peer-silent',
  'relay-on',
  'reconnecting',
  'peer-suspected',
  'never-primary',
  'non-primary',
  'own-stall',
  'stray-silent',
  'foreign-message',
  'tls-no-certificate',
  'tls-plaintext',
  'tls-untrusted',
  'tls-broken-off',
  'tls-failed',
  'not-in-allowlist',
  'other-group',
  'group-listen-failed',
  'sst-timed-out',
  'sst-no-route',
  'sst-refused',
  'sst-send-failed',
  'transfer-failed',
  'never-received',
  'sst-first-data-timeout',
  'sst-empty-stream',
  'sst-receive-failed',
  'sst-unrecoverable',
  'clone-no-message',
  'clone-daemon-timeout',
  'clone-joiner-timeout',
  'sst-tls-failed',
  'sst-listen-failed',
  'sst-not-prepared',
  'ist-timed-out',
  'ist-no-route',
  'ist-refused',
  'ist-stray',
  'ist-receive-failed',
  'ist-receiver-crashed',
  'ist-incomplete',
  'ist-listen-failed',
  'crashed',
  'address-not-guessed',
  'host-blocked',
] as const

export type LogKind = (typeof LOG_KINDS)[number]

/** Lines of an ordinary life, by which the others are told to be past. */
export type Milestone =
  | 'started'
  | 'synced'
  | 'member-synced'
  | 'stopped'
  | 'primary'
  | 'leaving'
  | 'ist-prepared'
  | 'ist-received'
  | 'relay-off'

/** Whom a line names: a name or an IP literal without brackets. */
export interface LogPeer {
  readonly address: string
  readonly port: number | null
}

/** As `10.0.0.1:4567`, `[fd00::1]:4567`, or the address alone. */
export function writePeer({ address, port }: LogPeer): string {
  return port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
}

export interface LogFields {
  readonly peers: readonly LogPeer[]
  /** Of a node, as written: `638ee2b0-a595`, whole, or its first eight digits alone. */
  readonly uuid: string | null
  /** Names of nodes, where a line tells who sends a state to whom. */
  readonly donor: string | null
  readonly joiner: string | null
  /** The rest of what it tells: an error, a method, a group. */
  readonly detail: string | null
}

interface Line {
  /** The time of the line as it is written there; null where it has none. */
  readonly at: string | null
  /** As it was given, but bounded. */
  readonly line: string
}

export interface LogEvent extends Line {
  readonly kind: LogKind
  readonly fields: LogFields
}

export interface LogMilestone extends Line {
  readonly milestone: Milestone
  /** The node that the line names; null where it names none. */
  readonly member: string | null
}

export type LogEntry = LogEvent | LogMilestone

export function isEvent(entry: LogEntry): entry is LogEvent {
  return 'kind' in entry
}
