/** What an agent is asked for. */
import type { ProbeMethod } from '../probe/observation.ts'

export interface AgentConfig extends WatchRequest {
  /** 16 bits that open every initial sequence number of this run's SYNs. */
  readonly token: number
  /** What every payload of this run carries. */
  readonly secret: string
  readonly deadlineSeconds: number
  /** Whether raw sockets may be used where the node allows them. */
  readonly raw: boolean
}

/** Whose packets a node's witness notes, and whose sockets the node tells of. */
export interface WatchRequest {
  /** IP literals: their packets are noted even where a middlebox has rewritten the sequence number. */
  readonly peers: readonly string[]
  readonly ports: readonly number[]
  readonly udpPorts: readonly number[]
}

export interface ListenRequest {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  /** Release the port when mysqld appears, and never take it while it runs. */
  readonly guard: boolean
}

export interface ProbeRequest {
  readonly id: string
  readonly method: ProbeMethod
  readonly address: string
  readonly port: number
  /** connect: send the secret and wait for its echo. */
  readonly echo: boolean
  /** mysql: whom to log in as; without one, an unknown user. */
  readonly account?: MysqlAccount
}

export interface MysqlAccount {
  readonly user: string
  readonly password: string
}

/** A change of the rules that the node takes back by itself unless it is told in time to keep it. */
export interface ApplyRequest {
  /** For /bin/sh. */
  readonly script: string
  /** From the request on; the rules are back by then. */
  readonly seconds: number
  /** Saved before the script runs, and restored as they were. */
  readonly snapshots: readonly TableName[]
  /** Shell lines that take back the changes of these tables one by one; tried first. */
  readonly undoTables: readonly string[]
  /** Rules of nft that the script may add: those of them that are new are taken out again. */
  readonly nftRules: readonly NftRuleName[]
  /** Shell lines that take back what is neither. */
  readonly undo: readonly string[]
  /** Shell lines that make it last over a reboot: run when it is kept. */
  readonly keep: readonly string[]
}

export interface NftRuleName {
  /** With its family and table: `inet filter input`. */
  readonly chain: string
  readonly comment: string
}

export interface TableName {
  readonly tool: string
  readonly table: string
}

export interface MtuRequest {
  readonly id: string
  readonly address: string
  /** A TCP port that the target's witness watches. */
  readonly port: number
  /** Bytes of the whole IP packet; empty: the smallest and the interface's largest. */
  readonly sizes: readonly number[]
}

/** How many round trips are measured on each path, and how far apart. */
export interface RttRequest {
  readonly paths: readonly RttPath[]
  readonly samples: number
  readonly intervalMs: number
  /** After the last one. */
  readonly timeoutMs: number
}

export interface RttPath {
  readonly id: string
  readonly address: string
  /** A TCP port that is known to answer. */
  readonly port: number
}

/** One GET. The certificate is verified for `serverName`; see http_exchange.py for what happens when it is not believed. */
export interface HttpRequest {
  readonly id: string
  /** An IP literal. */
  readonly address: string
  readonly port: number
  readonly tls: boolean
  readonly serverName: string
  /** The Host header. */
  readonly host: string
  readonly path: string
  /** Bytes of the body that are wanted, MAX_BODY at most. */
  readonly limit: number
  readonly authorization?: HttpAccount
  /** Send the password to a server that is not proven to be the right one, or in clear. */
  readonly insecure: boolean
}

export interface HttpAccount {
  readonly user: string
  readonly password: string
}

/** What a node is asked of its database servers. */
export interface SurveyRequest {
  /** Whom to log in as on a server's unix socket; without one, root asks as its own client does, and nobody else asks. */
  readonly account?: MysqlAccount
  /** For a server's answer. */
  readonly timeoutMs: number
}

/** What is looked up on a node once its settings are known. */
export interface InspectRequest {
  /** Host names to resolve there. */
  readonly names: readonly string[]
  /** Files with certificates. */
  readonly certificates: readonly string[]
  /** Error logs; `journal:UNIT` for what a service has said to systemd's journal. */
  readonly logs: readonly string[]
  /** IP literals whose route is asked for. */
  readonly routes: readonly string[]
  /** Whether the labels of ports matter: they take a second to read. */
  readonly portLabels: boolean
}
