import { shellQuote } from '../../terminal/shell-quote.ts'
import type { Finding, ReportFlow, ReportNode, Severity } from '../report.ts'
import { byEqualPorts, groupBy, nameList, portList, unique } from './lists.ts'
import type { Note } from './note.ts'
import { REASON_TEXTS, type Where } from './text.ts'

/** A node that ran no command for us: its error, and how to see it by hand where the way to it is what failed. */
export function unreachableNote({ name, address, via, error }: ReportNode): Note {
  const why = error === undefined ? '.' : ` (${error.code}): ${sentence(error.message)}`
  const meanwhile = `Flows from ${name} are not probed, flows to it are seen from outside only.`
  const wayFailed = error === undefined || /^(ssh|prefix)-/.test(error.code)
  const byHand = wayFailed ? tryByHand(name, address, via) : null
  return {
    text: `${name} (${address}) could not be inspected${why} ${meanwhile}`,
    ...(byHand !== null && { next: `Try by hand: ${byHand}` }),
  }
}

/** What could not be told, one note per reason and node. */
export function unknownNotes(flows: readonly ReportFlow[]): Note[] {
  return groupBy(flows, (flow) =>
    JSON.stringify([flow.reason, isAtSource(flow) ? flow.from : flow.to, doubtOf(flow)]),
  ).flatMap((group) =>
    byEqualPorts(group, group[0] && isAtSource(group[0]) ? 'to' : 'from').map((same) => {
      const reason = REASON_TEXTS[same[0]?.reason ?? 'not-probed']
      const where = whereOf(same)
      const doubt = same[0] ? doubtOf(same[0]) : null
      return {
        text: `UNKNOWN: ${reason.sentence(where)}${doubt === null ? '.' : `; ${doubt.node} has:`}`,
        ...(doubt !== null && { verbatim: doubt.rule }),
        next: reason.next(where),
      }
    }),
  )
}

/** Whether it is the source that leaves the flow open. */
function isAtSource({ reason }: ReportFlow): boolean {
  return reason === 'source-unreachable' || reason === 'source-rules-missing'
}

/** The first rule that leaves the flow open, and whose it is. */
function doubtOf({ observations }: ReportFlow): { node: string; rule: string } | null {
  const open = observations.find((o) => o.kind === 'rules' && o.fate === 'unknown')
  const rule = open?.kind === 'rules' ? open.doubts[0] : undefined
  return open?.kind === 'rules' && rule !== undefined ? { node: open.node, rule } : null
}

/** Open, but nobody at home: one note for all nodes that lack the same listeners. */
export function closedNotes(flows: readonly ReportFlow[]): Note[] {
  const isPmm = ({ service }: ReportFlow) => service.startsWith('pmm-')
  const notes = (some: readonly ReportFlow[], next: string) =>
    byEqualPorts(some, 'to').map((same) => {
      const { from, to, ports } = whereOf(same)
      return {
        text: `CLOSED: nothing listens on ${ports} of ${to} (seen from ${from}); the path is open.`,
        next,
      }
    })
  return [
    ...notes(
      flows.filter((flow) => !isPmm(flow)),
      'Start mysqld there; before that it is fine (a failure only with --require-listening).',
    ),
    ...notes(
      flows.filter(({ service }) => service === 'pmm-server'),
      'Start the PMM server there.',
    ),
    ...notes(
      flows.filter((flow) => isPmm(flow) && flow.service !== 'pmm-server'),
      'Start the exporters there: pmm-admin list shows them.',
    ),
  ]
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info']

export function findingNotes(findings: readonly Finding[]): Note[] {
  return SEVERITIES.flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map(({ code, node, message }) => ({
        text: `${severity.toUpperCase()}${node === undefined ? '' : ` on ${node}`}: ${message} [${code}]`,
      })),
  )
}

function whereOf(flows: readonly ReportFlow[]): Where {
  return {
    status: flows[0]?.status ?? 'UNKNOWN',
    from: nameList(unique(flows.map(({ from }) => from))),
    to: nameList(unique(flows.map(({ to }) => to))),
    ports: portList(flows),
  }
}

function tryByHand(name: string, address: string, via: string): string | null {
  if (via === 'ssh') return `ssh ${shellQuote(address)} true`
  if (via === 'local' || via === 'none') return null
  const filled = via.replace(/\{(name|address)\}/g, (_, key) => shellQuote(key === 'name' ? name : address))
  return `${filled} true`
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
