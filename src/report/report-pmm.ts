/** What `pmm-admin check-network` told, and what it could not: the part of the report that `--pmm-server` adds. */
export interface ReportPmm {
  /** The server, by its name among the nodes of the report. */
  readonly server: string
  readonly address: string
  readonly port: number
  /** As its answers show; null where they show none. */
  readonly version: '1' | '2' | '3' | null
  /** Whose time is compared, with `--ntp`. */
  readonly ntpServer: string | null
  readonly nodes: readonly ReportPmmNode[]
}

export interface ReportPmmNode {
  readonly node: string
  readonly address: string
  /** Who fetches its metrics. */
  readonly mode: 'push' | 'pull' | 'unknown'
  /** null: nothing was asked from there, or nobody answered. */
  readonly clock: PmmClock | null
  readonly apis: readonly PmmApi[]
  /** What is wrong with the server's certificate, as this node trusts; null without TLS, or without an answer. */
  readonly certificate: PmmCertificate | null
  readonly connectMs: number | null
  /** From the connection to the first byte of the answer, TLS included. */
  readonly requestMs: number | null
  readonly endpoints: readonly PmmEndpoint[]
}

/** RFC 3339 times of one moment, and by how many seconds the one clock is ahead of the other; null where one of them is not known. */
export interface PmmClock {
  /** The node's time zone as `+0100 CET`. */
  readonly zone: string
  readonly client: string
  readonly server: string | null
  readonly ntp: string | null
  readonly serverAheadOfNtp: number | null
  readonly clientAheadOfNtp: number | null
  readonly clientAheadOfServer: number | null
  /** What the server's time leaves open, in seconds: a header tells whole ones. */
  readonly serverErrorSeconds: number
}

export interface PmmCertificate {
  readonly verification: 'ok' | 'self-signed' | 'expired' | 'not-yet-valid' | 'wrong-name' | 'untrusted'
  /** RFC 3339. */
  readonly notAfter: string | null
}

export interface PmmApi {
  readonly name: string
  readonly status: 'OK' | 'DOWN' | 'UNKNOWN'
  readonly reason: ApiReason
}

export const API_REASONS = [
  'answered',
  'not-reached',
  'refused',
  'timeout',
  'reset',
  'tls-failed',
  'no-tls-library',
  'no-http',
  'no-answer',
  'cut-off',
  'not-ready',
  'other-answer',
  'password-refused',
  'password-wanted',
  'password-withheld',
  'not-asked',
] as const
/** Why an API has its status: a closed list. */
export type ApiReason = (typeof API_REASONS)[number]

/** An exporter of a node, as the server fetches from it. */
export interface PmmEndpoint {
  /** `linux:metrics`. Text of the server where it alone knows the endpoint. */
  readonly type: string
  readonly name: string
  readonly address: string
  readonly port: number
  /** PUSH: nobody connects to it. CLOSED: the path is open, and nothing listens. */
  readonly status: 'OK' | 'CLOSED' | 'DOWN' | 'PUSH' | 'UNKNOWN'
  readonly reason: EndpointReason
  /** Id of the flow that was probed; null where none was. */
  readonly flow: string | null
  /** null: not known. */
  readonly tls: boolean | null
  readonly password: boolean | null
  /** What the server says; null where it was not asked, or does not know the endpoint. */
  readonly health: 'up' | 'down' | 'unknown' | null
  /** What the server says of its last try. Text of a remote host. */
  readonly lastError?: string
}

export const ENDPOINT_REASONS = [
  'scraped',
  'open',
  'blocked',
  'nothing-listens',
  'pushed',
  'exporter-fails',
  'exporter-password',
  'exporter-tls',
  'not-known',
] as const
export type EndpointReason = (typeof ENDPOINT_REASONS)[number]
