import type { FindingCode } from '../findings/codes.ts'
import type { Encryption, Flavour } from '../galera/node-settings.ts'
import type { Observation } from '../probe/observation.ts'
import type { PathQuality } from '../probe/path-quality.ts'
import type { Reason } from '../reasons.ts'
import type { Protocol } from '../services.ts'
import type { BlockedAt, FlowStatus, Proof } from '../verdict.ts'
import type { ReportPmm } from './report-pmm.ts'

/** Overall status; its index is the Nagios exit code. */
export const RUN_STATUSES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

/**
 * The plain data object a run ends in; every output is a rendering of it. It is the JSON document of schema version 1
 * (docs/schema/report-v1.json): within a version, changes are additive only.
 */
export interface Report {
  readonly schemaVersion: 1
  readonly tool: { readonly name: string; readonly version: string }
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly status: RunStatus
  readonly exitCode: number
  readonly nodes: readonly ReportNode[]
  readonly flows: readonly ReportFlow[]
  readonly findings: readonly Finding[]
  readonly fixes: readonly Fix[]
  /** Only with `--pmm-server`: what `pmm-admin check-network` told, and more. */
  readonly pmm?: ReportPmm
  /** Only with `--rtt`: each ordered pair of members that could be measured. */
  readonly paths?: readonly ReportPath[]
  /** Only when the run itself could not be made (bad options, crash): what went wrong and what to do. */
  readonly error?: ReportError
}

export interface ReportError {
  readonly code: string
  readonly message: string
}

export interface ReportNode {
  readonly name: string
  readonly address: string
  /** Absent for a member of the cluster; `prober` is a host that only sends (--via none). */
  readonly role?: 'pmm' | 'prober'
  /** How commands reach it: `ssh`, `local`, `none`, or the exec prefix as given. */
  readonly via: string
  readonly reachable: boolean
  /** True when the agent there has CAP_NET_RAW, so that flows to and from it are witnessed without touching a service. */
  readonly privileged: boolean
  readonly error?: ReportError
  /** The `--ignore` that covers it, so that it does not matter to the status whether it is reached. */
  readonly acknowledged?: string
  /** What its own settings say; absent where they could not be read, or are of no cluster. */
  readonly galera?: ReportGalera
}

/** Texts of a remote host: escape before use. */
export interface ReportGalera {
  readonly flavour: Flavour
  readonly version: string | null
  readonly galeraVersion: string | null
  readonly running: boolean
  /** Who said so: the running server, its command line, or its option files. */
  readonly known: 'server' | 'arguments' | 'files'
  /** wsrep_local_state_comment and wsrep_cluster_status; null unless the running server said so. */
  readonly state: string | null
  readonly status: string | null
  readonly encryption: Encryption
  readonly segment: number
}

export interface BlockedBy {
  readonly node: string
  /**
   * The rule as `iptables-save` or nft prints it, or the chain policy (`:INPUT DROP`). Text of a remote host: escape before
   * use.
   */
  readonly rule: string
  /** `filter`; of nft with its family, `inet filter`. Text of a remote host. */
  readonly table: string
  readonly chain: string
  /** Position of the rule in its chain, from 1; null for a chain policy. */
  readonly position: number | null
  /** Packets that it counted during the run, where its counter rose; other packets than ours may be among them. */
  readonly counted?: number
}

export interface ReportFlow {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly service: string
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
  readonly status: FlowStatus
  readonly reason: Reason
  readonly proof: Proof
  readonly blockedAt: BlockedAt | null
  readonly blockedBy?: BlockedBy
  readonly required: boolean
  /** false: known not to be needed (no multicast, metrics pushed): shown, and no matter to the status. */
  readonly needed?: false
  /** The `--ignore` that covers it: shown, and no matter to the status. */
  readonly acknowledged?: string
  /** Whether something listens on the target's port; null when the target could not be inspected. */
  readonly listening: boolean | null
  readonly rttMs: number | null
  readonly observations: readonly Observation[]
}

/** The round trips from one member to another. */
export interface ReportPath extends PathQuality {
  readonly from: string
  readonly to: string
  /** Whose kernel answered: a port whose flow is proven open. */
  readonly address: string
  readonly port: number
}

export type Severity = 'info' | 'warning' | 'critical'

export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  readonly node?: string
  /** The `--ignore` that covers it: shown, and no matter to the status. */
  readonly acknowledged?: string
  readonly args: Readonly<Record<string, string | number | boolean>>
  readonly message: string
}

export type Backend = 'iptables' | 'nft' | 'firewalld' | 'ufw' | 'cloud' | 'none'

/** The commands that open blocked flows on one node, to be pasted there top to bottom. */
export interface Fix {
  readonly node: string
  readonly backend: Backend
  readonly commands: readonly string[]
  readonly persist: readonly string[]
  readonly undo: readonly string[]
  /** Ids of the flows that the commands open. */
  readonly opens: readonly string[]
  /** True when the evaluator accepts every flow after the fix and no other packet's fate changed. */
  readonly proven: boolean
  readonly note?: string
}
