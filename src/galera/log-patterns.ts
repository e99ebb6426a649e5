import type { LogKind, Milestone } from './log-event.ts'

/** How a line is known: by a part of its text and, where that is not enough or tells more, by an expression for the rest. */
export interface LogPattern<K> {
  readonly is: K
  readonly has: string
  /** Must match too; its groups become the fields. Linear in the line: no repetition in a repetition, every one bounded. */
  readonly fields?: RegExp
}

const URI = String.raw`(?:tcp|ssl)://(?<address>\[[0-9A-Fa-f:.%\w]{2,64}\]|[\w.-]{1,253}):(?<port>\d{1,5})`
const UUID = `(?<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}(?:-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?)?)`
/** Before Galera 4 a UUID is shortened to its first eight digits. */
const NOBODY = '00000000(?:-0000)?'
const HANDSHAKE = `(?:Failed to establish connection: |Handshake failed: |handshake with remote endpoint (?:${URI} )?)`
const SOCAT = String.raw`\bE connect\([^)]{0,24}AF=\d{1,2} (?<address>\[[0-9A-Fa-f:.%\w]{2,64}\]|[\w.-]{1,253}):(?<port>\d{1,5}),[^)]{0,8}\): `
const RSYNC = String.raw`rsync: (?:\[\w{1,16}\] )?failed to connect to (?<address>[\w.:%-]{1,253})(?: \([^)]{1,64}\))?: `
const SENDER = `IST sender, failed to connect '${URI}'`
const GCOMM = `gcomm://(?<hosts>[^?'")]{0,2048})`

const re = (source: string) => new RegExp(source)

function tls(is: LogKind, ...reasons: readonly string[]): LogPattern<LogKind>[] {
  return reasons.map((has) => ({ is, has, fields: re(HANDSHAKE) }))
}

/** How a connection for a state transfer ended, by the words of socat and of rsync. */
function sst(is: LogKind, has: string): LogPattern<LogKind>[] {
  return [SOCAT, RSYNC].map((before) => ({ is, has, fields: re(`${before}(?<detail>${has})`) }))
}

const ist = (is: LogKind, has: string): LogPattern<LogKind> => ({ is, has, fields: re(SENDER) })
const connect = (is: LogKind, reason: string): LogPattern<LogKind> => ({
  is,
  has: `Failed to establish connection: ${reason}`,
})

/** The first that fits names the line. Texts of Galera 3 to 26.4.23, MariaDB 10.2 to 11 and Percona XtraDB Cluster 5.7 to 8.4. */
export const LOG_PATTERNS: readonly LogPattern<LogKind>[] = [
  {
    is: 'stray-silent',
    has: 'timed out, no messages seen in',
    fields: re(`connection to peer ${NOBODY} with addr {1,2}timed out`),
  },
  {
    is: 'peer-no-greeting',
    has: 'timed out, no messages seen in',
    fields: re(`connection to peer ${NOBODY} with addr ${URI} timed out[^:]{0,64}: rtt: [1-9]`),
  },
  {
    is: 'peer-no-handshake',
    has: 'timed out, no messages seen in',
    fields: re(`connection to peer ${NOBODY} with addr ${URI} timed out`),
  },
  {
    is: 'peer-silent',
    has: 'timed out, no messages seen in',
    fields: re(`connection to peer ${UUID} with addr (?:${URI})? {0,2}timed out`),
  },
  connect('connect-no-route', 'No route to host'),
  connect('connect-no-route', 'Host is unreachable'),
  connect('connect-no-route', 'Network is unreachable'),
  connect('connect-refused', 'Connection refused'),
  connect('connect-timed-out', 'Connection timed out'),
  connect('connect-aborted', 'Operation aborted'),
  { is: 'relay-on', has: 'turning message relay requesting on', fields: /nonlive peers: (?<uris>.{0,2048})/ },
  {
    is: 'reconnecting',
    has: 'reconnecting to ',
    fields: re(`reconnecting to ${UUID} \\(${URI}\\), attempt`),
  },
  { is: 'peer-suspected', has: 'suspecting node: ', fields: re(`suspecting node: ${UUID}`) },
  { is: 'peer-suspected', has: 'declaring inactive' },
  { is: 'peer-suspected', has: 'inactive (evs.inactive_timeout)' },
  { is: 'peer-suspected', has: 'suspected, timeout', fields: /\(evs\.suspect_timeout\)/ },
  { is: 'non-primary', has: 'view(view_id(NON_PRIM' },
  { is: 'non-primary', has: 'Received NON-PRIMARY' },
  { is: 'non-primary', has: 'New COMPONENT: primary = no' },
  { is: 'never-primary', has: 'failed to reach primary view' },
  { is: 'never-primary', has: 'Failed to open backend connection: -110' },
  { is: 'never-primary', has: 'Failed to open channel ', fields: re(`at '${GCOMM}[^']{0,2048}': -110`) },
  { is: 'never-primary', has: 'gcs connect failed: ', fields: /failed: (?:Operation|Connection) timed out/ },
  { is: 'never-primary', has: 'wsrep::connect(', fields: re(`${GCOMM}[^)]{0,2048}\\) failed: 7\\b`) },
  { is: 'never-primary', has: 'failed to establish connection with cluster (reason: 7)' },
  {
    is: 'own-stall',
    has: 'last inactive check more than',
    fields: /\((?<detail>PT[\d.HMS]{1,24})\), skipping/,
  },
  { is: 'own-stall', has: 'last inactive check more than' },
  { is: 'foreign-message', has: 'Failed to unserialize message' },
  ...tls('tls-no-certificate', 'peer did not return a certificate', 'certificate required'),
  ...tls(
    'tls-plaintext',
    'http request',
    'wrong version number',
    'unknown protocol',
    'packet length too long',
  ),
  ...tls(
    'tls-untrusted',
    'certificate verify failed',
    'unknown ca',
    'bad certificate',
    'certificate expired',
  ),
  ...tls('tls-untrusted', 'certificate has expired', 'self signed certificate', 'self-signed certificate'),
  ...tls('tls-broken-off', 'unexpected eof while reading', 'End of file', 'stream truncated', 'short read'),
  { is: 'tls-failed', has: 'Handshake failed: ', fields: /Handshake failed: (?<detail>.{1,160})/ },
  {
    is: 'tls-failed',
    has: 'handshake with remote endpoint ',
    fields: re(`${URI} failed: (?<detail>.{1,160})`),
  },
  {
    is: 'not-in-allowlist',
    has: 'Connection not allowed, IP ',
    fields: /not allowed, IP (?<address>[0-9A-Fa-f.:]{2,64}) not found in (?:allow|white)list/,
  },
  {
    is: 'other-group',
    has: 'handshake failed, my group: ',
    fields: /my group: '[^']{0,128}', peer group: '(?<detail>[^']{0,128})'/,
  },
  { is: 'group-listen-failed', has: 'error while trying to listen', fields: re(`'${URI}`) },
  ...sst('sst-timed-out', 'Connection timed out'),
  ...sst('sst-no-route', 'No route to host'),
  ...sst('sst-no-route', 'Network is unreachable'),
  ...sst('sst-refused', 'Connection refused'),
  {
    is: 'sst-send-failed',
    has: 'Error while sending data to joiner node:',
    fields: /exit codes: (?<detail>[\d ]{1,16})/,
  },
  { is: 'sst-send-failed', has: 'rsync returned code', fields: /returned code (?<detail>\d{1,3})/ },
  {
    is: 'transfer-failed',
    has: ': State transfer to ',
    fields:
      /\d \((?<donor>[^)]{1,64})\): State transfer to -?\d{1,5}\.-?\d{1,5} \((?:left the group|(?<joiner>[^)]{1,64}))\) failed: (?<detail>.{1,80})/,
  },
  { is: 'never-received', has: 'Will never receive state. Need to abort' },
  { is: 'sst-first-data-timeout', has: 'Possible timeout in receiving first data from donor' },
  { is: 'sst-first-data-timeout', has: 'Possible timeout in receving first data from donor' },
  { is: 'sst-empty-stream', has: 'Did not receive expected file from donor' },
  { is: 'sst-empty-stream', has: 'xtrabackup_checkpoints missing' },
  {
    is: 'sst-receive-failed',
    has: 'Error while getting data from donor node:',
    fields: /exit codes: (?<detail>[\d ]{1,16})/,
  },
  { is: 'sst-unrecoverable', has: 'Application received wrong state' },
  { is: 'sst-unrecoverable', has: 'Application state transfer failed. This is unrecoverable' },
  { is: 'clone-no-message', has: 'TIMEOUT Waiting for the DONOR MESSAGE' },
  { is: 'clone-daemon-timeout', has: 'Timeout waiting for clone recipient daemon' },
  { is: 'clone-joiner-timeout', has: 'TIMEOUT Waiting for the Joiner to setup MySQL clone instance' },
  { is: 'sst-tls-failed', has: ' E SSL_', fields: /\bE (?<detail>SSL_(?:connect|accept|read)\(.{0,160})/ },
  { is: 'sst-tls-failed', has: 'certificate is valid but its commonName does not match' },
  {
    is: 'sst-listen-failed',
    has: ' E bind(',
    fields:
      /AF=\d{1,2} (?<address>\[[0-9A-Fa-f:.%\w]{2,64}\]|[\w.-]{1,253}):(?<port>\d{1,5})[^:]{0,24}: (?<detail>.{1,80})/,
  },
  { is: 'sst-listen-failed', has: 'has been taken by another program' },
  { is: 'sst-not-prepared', has: "Failed to prepare for '", fields: /for '(?<detail>[^']{1,64})' SST/ },
  { is: 'sst-not-prepared', has: "Failed to read 'ready <addr>' from" },
  ist('ist-timed-out', 'Connection timed out'),
  ist('ist-no-route', 'No route to host'),
  ist('ist-no-route', 'Network is unreachable'),
  ist('ist-refused', 'Connection refused'),
  { is: 'ist-stray', has: 'Receiving IST failed', fields: /error receiving handshake/ },
  { is: 'ist-receive-failed', has: 'Receiving IST failed, node restart required' },
  { is: 'crashed', has: "terminate called after throwing an instance of 'gu::" },
  { is: 'crashed', has: ' got signal ', fields: /(?:mysqld|mariadbd|garbd) got signal (?<detail>6|11)\b/ },
  {
    is: 'ist-incomplete',
    has: "IST didn't contain all write sets",
    fields: /expected last: (?<detail>\d{1,20} last received: \d{1,20})/,
  },
  { is: 'ist-incomplete', has: "IST didn't contain all write sets" },
  {
    is: 'ist-listen-failed',
    has: 'Failed to open IST listener at',
    fields: re(`${URI}.{0,64}: (?<detail>.{1,120})`),
  },
  { is: 'ist-listen-failed', has: 'Failed to open IST listener at', fields: re(URI) },
  { is: 'address-not-guessed', has: 'Failed to guess base node address' },
  { is: 'address-not-guessed', has: 'ailed to guess address to accept state transfer' },
  {
    is: 'host-blocked',
    has: 'is blocked because of many connection errors',
    fields: /Host '(?<address>[\w.:%-]{1,253})' is blocked/,
  },
]

export const MILESTONES: readonly LogPattern<Milestone>[] = [
  { is: 'started', has: 'as process ', fields: /[Ss]tarting(?: MariaDB .{0,200})? as process \d/ },
  { is: 'synced', has: 'Synchronized with group, ready for connections' },
  { is: 'synced', has: 'Shifting JOINED -> SYNCED' },
  {
    is: 'member-synced',
    has: ' synced with group.',
    fields: /Member -?\d{1,5}\.-?\d{1,5} \((?<member>[^)]{1,64})\) synced/,
  },
  { is: 'stopped', has: ': Normal shutdown' },
  { is: 'stopped', has: 'Received shutdown signal' },
  { is: 'stopped', has: 'Received SHUTDOWN from user' },
  { is: 'primary', has: 'New COMPONENT: primary = yes' },
  { is: 'leaving', has: 'gcomm: terminating thread' },
  { is: 'leaving', has: 'gcomm: closing backend' },
  { is: 'leaving', has: 'SELF-LEAVE' },
  { is: 'ist-prepared', has: 'Prepared IST receiver' },
  { is: 'ist-received', has: 'IST received: ' },
  { is: 'relay-off', has: 'turning message relay requesting off' },
]
