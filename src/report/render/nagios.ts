import { acknowledgedProblems } from '../acknowledged.ts'
import type { Finding, Report, ReportFlow } from '../report.ts'
import { isUnreachable } from '../status.ts'
import { count, unique } from './lists.ts'
import { safeReport } from './safe.ts'

/** A pager shows no more: "less than 80 characters" (monitoring plugins development guidelines, 2.1). */
const MAX_LENGTH = 79

/** Nagios ends the text at a bar and takes the others out of its macros (illegal_macro_output_chars). */
const RESERVED = /[|`~$&'"<>]/g

/** One thing to tell, from its full form to its shortest. */
type Part = readonly [full: string, ...shorter: string[]]

/**
 * One line as monitoring takes it: `PXC-NETCHECK STATUS - text | perfdata`. The text names what matters most, and as much more
 * as the line holds; that the run was cut short (it took `deadlineMs`) is always among it.
 */
export function renderNagios(unsafe: Report, deadlineMs: number): string {
  const report = safeReport(unsafe)
  const head = `PXC-NETCHECK ${report.status} - `
  if (report.error !== undefined) return `${shorten(head + clean(report.error.message))}\n`
  const cut = cutShort(report, deadlineMs)
  const [main = ['no flow was checked'], ...others] = partsOf(report)
  const musts = cut === null ? [main] : [main, cut]
  for (const perfdata of perfdataOf(report)) {
    const room = MAX_LENGTH - head.length - perfdata.length
    const text = phrase(musts, others, room)
    if (text !== null) return `${head}${text}${perfdata}\n`
  }
  return `${shorten(head + musts.map((part) => clean(part[0])).join(', '))}\n`
}

/** The musts in the fullest form that fits, and of the others what still fits; null when there is no room for the musts. */
function phrase(musts: readonly Part[], others: readonly Part[], room: number): string | null {
  const forms = Math.max(...musts.map((part) => part.length))
  for (let form = 0; form < forms; form++) {
    const told = musts.map((part) => clean(part[Math.min(form, part.length - 1)] ?? part[0]))
    if (told.join(', ').length > room) continue
    for (const part of others) {
      const more = part.map(clean).find((each) => [...told, each].join(', ').length <= room)
      if (more !== undefined) told.push(more)
    }
    return told.join(', ')
  }
  return null
}

/** What is to be told, the most important first. */
function partsOf(report: Report): Part[] {
  const { flows, nodes, findings, status } = report
  const by = (wanted: ReportFlow['status']) => withStatus(flows, wanted)
  const known = acknowledgedProblems(report).length
  const counting = findings.filter(({ acknowledged }) => acknowledged === undefined)
  const required = by('DOWN').filter((flow) => flow.required)
  const optional = by('DOWN').length - required.length
  const critical = counting.filter(({ severity }) => severity === 'critical')
  const warnings = counting.filter(({ severity }) => severity === 'warning')
  const unreachable = nodes
    .filter((node) => isUnreachable(node) && node.acknowledged === undefined)
    .map(({ name }) => name)
  const [closed, unknown] = [by('CLOSED').length, by('UNKNOWN').length]
  const open = by('OK').length + closed
  const parts: (Part | null)[] = [
    required.length === 0 ? null : downPart(required, optional === 0 ? `of ${flows.length} ` : 'required '),
    findingsPart(critical),
    unreachable.length === 0
      ? null
      : [`not reached: ${unreachable.join(' ')}`, `${count(unreachable.length, 'node')} not reached`],
    unknown === 0 ? null : [`${unknown} of ${flows.length} UNKNOWN`, `${unknown} UNKNOWN`],
    optional === 0
      ? null
      : [`${optional} of ${flows.length} DOWN, none required`, `${optional} optional DOWN`],
    findingsPart(warnings),
    // Reported as a failure only with --require-listening, and then it may be all that is wrong.
    closed === 0 || status === 'OK' ? null : [`${closed} CLOSED`],
    open === 0 ? null : [`${open} of ${flows.length} flows open`, `${open} open`],
    known === 0 ? null : [`${known} ignored`],
  ]
  return parts.filter((part) => part !== null)
}

function downPart(down: readonly ReportFlow[], which: string): Part {
  const [from, to] = [unique(down.map((flow) => flow.from)), unique(down.map((flow) => flow.to))]
  const source = from.length === 1 ? ` from ${from[0]}` : ''
  const target = to.length === 1 ? ` to ${to[0]}` : ''
  const number = `${down.length} ${which}DOWN`
  return [`${number}${source}${target}`, `${number}${target || source}`, number, `${down.length} DOWN`]
}

function findingsPart(findings: readonly Finding[]): Part | null {
  const [first] = findings
  if (first === undefined) return null
  const more = findings.length === 1 ? '' : ` and ${findings.length - 1} more`
  const on = first.node === undefined ? '' : ` on ${first.node}`
  return [`${first.code}${on}${more}`, `${first.code}${more}`, count(findings.length, 'finding')]
}

function cutShort({ flows, durationMs }: Report, deadlineMs: number): Part | null {
  if (durationMs >= deadlineMs) return ['cut short']
  const missed = flows.filter(({ reason }) => reason === 'not-probed').length
  return missed === 0 ? null : [`${missed} not probed`]
}

/** Labels without blanks and quotes, seconds as `s`; the run's time goes first where the line is too short for all. */
function perfdataOf({ flows, durationMs }: Report): string[] {
  const number = (wanted: ReportFlow['status']) => withStatus(flows, wanted).length
  const counts = ` | down=${number('DOWN')} unknown=${number('UNKNOWN')}`
  // The clock may have been set back during the run.
  return [`${counts} time=${(Math.max(0, durationMs) / 1000).toFixed(1)}s`, counts]
}

/** But for what an `--ignore` covers: that is no news. */
function withStatus(flows: readonly ReportFlow[], wanted: ReportFlow['status']): ReportFlow[] {
  return flows.filter(({ status, acknowledged }) => status === wanted && acknowledged === undefined)
}

function clean(text: string): string {
  return text.replace(RESERVED, '')
}

function shorten(line: string): string {
  const characters = [...line]
  return characters.length <= MAX_LENGTH ? line : `${characters.slice(0, MAX_LENGTH - 3).join('')}...`
}
