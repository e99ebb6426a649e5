import { type Report, type ReportFlow, type ReportNode, RUN_STATUSES, type RunStatus } from './report.ts'

export type StatusParts = Pick<Report, 'nodes' | 'flows' | 'findings' | 'error'>

export interface StatusRules {
  /** An open path with nobody behind it is a failure. */
  readonly requireListening: boolean
  /** Ids of flows that are known not to be needed: shown, but no matter for the exit code. */
  readonly ignored: ReadonlySet<string>
}

/** The status of a run and its Nagios exit code: CRITICAL beats UNKNOWN beats WARNING. */
export function overallStatus(
  parts: StatusParts,
  rules: StatusRules,
): { status: RunStatus; exitCode: number } {
  const status = worst(parts, rules)
  return { status, exitCode: RUN_STATUSES.indexOf(status) }
}

function worst({ nodes, flows, findings, error }: StatusParts, rules: StatusRules): RunStatus {
  const counting = flows.filter(
    ({ id, needed, acknowledged }) =>
      !rules.ignored.has(id) && needed !== false && acknowledged === undefined,
  )
  const failed = counting.filter((flow) => hasFailed(flow, rules.requireListening))
  const found = findings.filter(({ acknowledged }) => acknowledged === undefined)
  if (failed.some(({ required }) => required) || found.some(({ severity }) => severity === 'critical')) {
    return 'CRITICAL'
  }
  const unknown = counting.some(({ required, status }) => required && status === 'UNKNOWN')
  const silent = nodes.some((node) => isUnreachable(node) && node.acknowledged === undefined)
  // A run without a single flow has proven nothing, so it is not OK.
  if (error !== undefined || flows.length === 0 || unknown || silent) return 'UNKNOWN'
  if (failed.length > 0 || found.some(({ severity }) => severity === 'warning')) return 'WARNING'
  return 'OK'
}

/** A path to a port that only listens during a transfer is OK when it is open, so CLOSED always lacks a listener. */
function hasFailed({ status }: ReportFlow, requireListening: boolean): boolean {
  return status === 'DOWN' || (status === 'CLOSED' && requireListening)
}

/**
 * With `--via none` nobody tried to reach the node for commands, so nothing has failed. Few may log in to a PMM server:
 * what it sends is then judged by the rules of the nodes, and what that leaves open counts as a flow of its own.
 */
export function isUnreachable({ reachable, via, role }: ReportNode): boolean {
  return !reachable && via !== 'none' && role !== 'pmm'
}
