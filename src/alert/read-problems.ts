import { placeOf } from '../report/render/blocked.ts'
import type { Finding, Report, ReportFlow } from '../report/report.ts'
import { isUnreachable } from '../report/status.ts'
import { type Problem, subjectOf } from './problem.ts'

/** What a run tells of the problems of earlier ones. */
export interface Seen {
  /** Of each subject at most one. */
  readonly problems: readonly Problem[]
  /**
   * Of a problem that is not among them: `well` where the run has looked and it is gone; `unchecked` where it is no longer
   * looked at; `untold` where the run could not look this time; `ignored` where an `--ignore` covers it now.
   */
  absent(problem: Problem): 'well' | 'unchecked' | 'untold' | 'ignored'
}

/** Arguments that say which thing a finding is about. The others are figures and lists that change from run to run. */
const IDENTIFYING = ['from', 'to', 'host', 'member', 'address', 'service', 'setting', 'path', 'type', 'port']

/** What of a report is a problem: what counts for its status. */
export function readProblems(report: Report, requireListening: boolean): Seen {
  const problems = new Map(
    all(report, requireListening)
      .toReversed()
      .map((problem) => [subjectOf(problem), problem]),
  )
  const ignored = new Set(acknowledgedSubjects(report))
  const flows = new Set(report.flows.map(({ id }) => `flow ${id}`))
  const nodes = new Set(report.nodes.map(({ name }) => name))
  const dark = new Set(report.nodes.filter(isUnreachable).map(({ name }) => name))
  return {
    problems: [...problems.values()].toReversed(),
    absent: (problem) => {
      if (report.error !== undefined) return 'untold'
      if (ignored.has(subjectOf(problem))) return 'ignored'
      switch (problem.kind) {
        case 'run':
          return 'well'
        case 'flow':
          return flows.has(subjectOf(problem)) ? 'well' : 'unchecked'
        case 'node':
          return nodes.has(problem.node) ? 'well' : 'unchecked'
        case 'finding':
          if (problem.node !== null && !nodes.has(problem.node)) return 'unchecked'
          // What is known of all nodes together is not known while one is silent.
          return (problem.node === null ? dark.size > 0 : dark.has(problem.node)) ? 'untold' : 'well'
      }
    },
  }
}

function all({ error, flows, nodes, findings }: Report, requireListening: boolean): Problem[] {
  if (error !== undefined) return [{ kind: 'run', level: 'UNKNOWN', code: error.code }]
  const down = flows.filter((flow) => counts(flow) && hasFailed(flow, requireListening))
  return [
    ...down.map((flow) => flowProblem(flow, flow.required ? 'CRITICAL' : 'WARNING')),
    ...nodes
      .filter((node) => node.acknowledged === undefined && isUnreachable(node))
      .map(
        ({ name, error: its }): Problem => ({
          kind: 'node',
          level: 'UNKNOWN',
          node: name,
          code: its?.code ?? '',
        }),
      ),
    ...flows
      .filter((flow) => counts(flow) && flow.required && flow.status === 'UNKNOWN')
      .map((flow) => flowProblem(flow, 'UNKNOWN')),
    ...findings.filter((finding) => finding.acknowledged === undefined).flatMap(findingProblem),
  ]
}

function acknowledgedSubjects({ flows, nodes, findings }: Report): string[] {
  return [
    ...flows.flatMap(({ id, acknowledged }) => (acknowledged === undefined ? [] : `flow ${id}`)),
    ...nodes.flatMap(({ name, acknowledged }) => (acknowledged === undefined ? [] : `node ${name}`)),
    ...findings
      .filter(({ acknowledged }) => acknowledged !== undefined)
      .flatMap((finding) => findingProblem(finding).map(subjectOf)),
  ]
}

function counts({ acknowledged, needed }: ReportFlow): boolean {
  return acknowledged === undefined && needed !== false
}

function hasFailed({ status }: ReportFlow, requireListening: boolean): boolean {
  return status === 'DOWN' || (status === 'CLOSED' && requireListening)
}

function flowProblem(flow: ReportFlow, level: Problem['level']): Problem {
  const { from, to, service, protocol, port, status } = flow
  const place = flow.reason === 'host-absent' ? 'absent' : placeOf(flow)
  return {
    kind: 'flow',
    level,
    from,
    to,
    service,
    protocol,
    port,
    status: status === 'OK' ? 'CLOSED' : status,
    place: place === 'unknown' ? null : place,
  }
}

function findingProblem({ code, severity, node, args }: Finding): Problem[] {
  if (severity === 'info') return []
  return [
    {
      kind: 'finding',
      level: severity === 'critical' ? 'CRITICAL' : 'WARNING',
      code,
      node: node ?? null,
      args: IDENTIFYING.flatMap((name) => (args[name] === undefined ? [] : `${name}=${args[name]}`)),
    },
  ]
}
