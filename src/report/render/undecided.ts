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
  return groupBy(flows, ({ reason, from, to }) =>
    JSON.stringify([reason, reason === 'source-unreachable' ? from : to]),
  ).flatMap((group) =>
    byEqualPorts(group, group[0]?.reason === 'source-unreachable' ? 'to' : 'from').map((same) => {
      const reason = REASON_TEXTS[same[0]?.reason ?? 'not-probed']
      const where = whereOf(same)
      return { text: `UNKNOWN: ${reason.sentence(where)}.`, next: reason.next(where) }
    }),
  )
}

/** Open, but nobody at home: one note for all nodes that lack the same listeners. */
export function closedNotes(flows: readonly ReportFlow[]): Note[] {
  return byEqualPorts(flows, 'to').map((same) => {
    const { from, to, ports } = whereOf(same)
    return {
      text: `CLOSED: nothing listens on ${ports} of ${to} (seen from ${from}); the path is open.`,
      next: 'Start mysqld there; before that it is fine (a failure only with --require-listening).',
    }
  })
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
  return /[.)]$/.test(text) ? text : `${text}.`
}
