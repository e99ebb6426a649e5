import type { NodeSettings } from '../galera/node-settings.ts'
import type { Role } from '../plan.ts'
import type { BlackHole } from '../probe/path-mtu.ts'
import type { ReportFlow } from '../report/report.ts'
import type { Hello } from '../session/messages.ts'
import type { Inspection, Survey } from '../session/survey-messages.ts'
import type { Link } from './links.ts'

/** All that is known of one node when the probes are over; null is what could not be had. */
export interface NodeView {
  readonly name: string
  readonly role: Role
  /** As on the command line: a name or an address. */
  readonly given: string
  /** An IP literal. */
  readonly address: string | null
  readonly hello: Hello | null
  readonly survey: Survey | null
  readonly settings: NodeSettings | null
  readonly inspection: Inspection | null
}

/** What findings are made from; each is a pure function of it. */
export interface ClusterView {
  readonly nodes: readonly NodeView[]
  readonly flows: readonly ReportFlow[]
  /** Absent: nobody has measured how long packets take. */
  readonly links?: readonly Link[]
  readonly blackHoles?: readonly BlackHole[]
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}
