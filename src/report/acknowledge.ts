import { type Ignore, matching, namesService } from '../inventory/ignore.ts'
import type { Finding, Report, ReportFlow } from './report.ts'
import { overallStatus } from './status.ts'

/**
 * Findings that say what blocked flows of these services mean: they are known when all of these are. `log-*` findings name
 * their flows themselves.
 */
const CONSEQUENCES: Readonly<Record<string, readonly string[]>> = {
  'no-donor': ['sst', 'ist'],
  'sst-impossible': ['sst', 'ist'],
  'ist-impossible': ['ist'],
  'link-relayed': ['galera'],
  'link-one-way': ['galera'],
  partition: ['galera'],
}

/** The report with what `--ignore` covers marked as acknowledged, and with the status of the rest. */
export function acknowledge(
  report: Report,
  ignores: readonly Ignore[],
  { nowMs, requireListening }: { readonly nowMs: number; readonly requireListening: boolean },
): Report {
  const valid = ignores.filter(({ untilMs }) => untilMs === null || nowMs < untilMs)
  if (valid.length === 0 || report.error !== undefined) return report
  const mark = <T extends object>(item: T, covers: (ignore: Ignore['what']) => boolean): T => {
    const by = valid.find(({ what }) => covers(what))
    return by === undefined ? item : { ...item, acknowledged: by.text }
  }
  const flows = report.flows.map((flow) => mark(flow, (what) => coversFlow(what, flow)))
  const nodes = report.nodes.map((node) =>
    mark(node, (what) => what.kind === 'node' && matching(what.node, [node.name])),
  )
  const findings = report.findings.map((finding) => {
    const marked = mark(finding, (what) => coversFinding(what, finding))
    if (marked.acknowledged !== undefined) return marked
    const by = acknowledgedCause(finding, flows)
    return by === null ? finding : { ...finding, acknowledged: by }
  })
  const status = overallStatus({ nodes, flows, findings }, { requireListening, ignored: new Set() })
  return { ...report, ...status, nodes, flows, findings }
}

/** The texts of those that have run out. */
export function expiredIgnores(ignores: readonly Ignore[], nowMs: number): string[] {
  return ignores.flatMap(({ text, untilMs }) => (untilMs !== null && nowMs >= untilMs ? text : []))
}

/** Without what is acknowledged, and without the commands that would open nothing else. */
export function withoutAcknowledged(report: Report): Report {
  const known = new Set(
    report.flows.flatMap(({ id, acknowledged }) => (acknowledged === undefined ? [] : id)),
  )
  return {
    ...report,
    nodes: report.nodes.map((node) =>
      node.acknowledged === undefined ? node : { ...node, reachable: true },
    ),
    flows: report.flows.filter(({ id }) => !known.has(id)),
    findings: report.findings.filter(({ acknowledged }) => acknowledged === undefined),
    fixes: report.fixes.filter(({ opens }) => opens.length === 0 || opens.some((id) => !known.has(id))),
  }
}

function coversFlow(what: Ignore['what'], flow: ReportFlow): boolean {
  const { from, to, service, port, protocol } = flow
  switch (what.kind) {
    case 'flow':
      return (
        matching(what.from, [from]) &&
        matching(what.to, [to]) &&
        namesService(what.service, { name: service, port, protocol })
      )
    case 'node':
      return matching(what.node, [from, to])
    case 'finding':
      return false
  }
}

function coversFinding(what: Ignore['what'], { code, node }: Finding): boolean {
  switch (what.kind) {
    case 'flow':
      return false
    case 'node':
      return node !== undefined && matching(what.node, [node])
    case 'finding':
      return matching(what.code, [code])
  }
}

/** What acknowledges the flows that the finding follows from; null unless every one of them is. */
function acknowledgedCause({ code, args }: Finding, flows: readonly ReportFlow[]): string | null {
  const services = CONSEQUENCES[code]
  const told = code.startsWith('log-') && typeof args.flows === 'string' ? args.flows.split(',') : []
  const causes = flows.filter(
    ({ id, service, status }) => status === 'DOWN' && (services?.includes(service) || told.includes(id)),
  )
  const [first] = causes
  return causes.every(({ acknowledged }) => acknowledged !== undefined) ? (first?.acknowledged ?? null) : null
}
