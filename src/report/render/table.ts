import { escapeText } from '../../terminal/escape.ts'
import { wrap } from '../../terminal/wrap.ts'
import type { FlowStatus } from '../../verdict.ts'
import { withoutAcknowledged } from '../acknowledge.ts'
import { acknowledgedProblems } from '../acknowledged.ts'
import type { Report, ReportFlow } from '../report.ts'
import { summaryLine } from '../summary.ts'
import { blockedNotes, placeOf } from './blocked.ts'
import { loadPalette, type Palette } from './colour.ts'
import { fixLines } from './fixes.ts'
import { loadGrid } from './grid.ts'
import { groupBy, nameList } from './lists.ts'
import { renderMatrices } from './matrix.ts'
import { networkTeamLines } from './network-team.ts'
import { noteLines } from './note.ts'
import { pmmLines } from './pmm-tables.ts'
import { safeReport } from './safe.ts'
import { closedNotes, findingNotes, notInspectedNotes, unknownNotes } from './undecided.ts'

export interface TableStyle {
  readonly columns: number
  readonly color: boolean
  /** No box drawing: for pipes and for terminals without it. */
  readonly ascii: boolean
  /** 0: all; 1: nothing when all is well, else no matrix; 2: nothing. */
  readonly quiet: number
  readonly view: 'check' | 'fix'
  /** Only what belongs to this node; view `fix`. */
  readonly node?: string | null
  /** The `--ignore` options that have run out. */
  readonly expired?: readonly string[]
}

/** The report as text: the answer, the reason, what to paste, and the summary last. Empty when there is nothing to say. */
export async function renderTable(unsafe: Report, asked: TableStyle): Promise<string> {
  if (asked.quiet >= 2 || (asked.quiet === 1 && unsafe.status === 'OK')) return ''
  const style = { ...asked, node: asked.node ? escapeText(asked.node) : null }
  const report = safeReport(style.quiet === 0 ? unsafe : withoutAcknowledged(unsafe))
  const palette = await loadPalette(style.color)
  const sections = [
    ...(style.view === 'check' && style.quiet === 0
      ? [await matrixLines(report, style, palette), await pathLines(report, style, palette)]
      : []),
    ...(style.view === 'check' && style.quiet === 0 && report.pmm ? [pmmLines(report.pmm, palette)] : []),
    ...(style.view === 'check'
      ? await checkSections(report, style, palette)
      : await fixSections(report, style, palette)),
    ignoreLines(report, style),
    [summary(report, palette)],
  ]
  const filled = sections.filter((lines) => lines.length > 0)
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

async function checkSections(report: Report, style: TableStyle, palette: Palette): Promise<string[][]> {
  return [
    notes(report, report.flows, ['CLOSED'], style.columns),
    await networkLines(report, report.flows),
    ...fixSectionsOf(report, style, palette),
  ]
}

/** The commands first, then what no command opens; what is covered by a command is not told twice. */
async function fixSections(report: Report, style: TableStyle, palette: Palette): Promise<string[][]> {
  const opened = new Set(
    report.fixes
      // Whose rules block on the network is not known: the block for its team stays beside a cloud's commands.
      .filter(({ backend, commands }) => commands.length > 0 && backend !== 'cloud')
      .flatMap(({ opens }) => opens),
  )
  const rest = report.flows.filter(
    ({ id, from, to }) => !opened.has(id) && (!style.node || from === style.node || to === style.node),
  )
  const fixes = fixSectionsOf(report, style, palette)
  const none = style.node ? `Nothing to paste on ${style.node}.` : 'Nothing to paste on any node.'
  return [
    ...(fixes.length === 0 && report.error === undefined ? [[none]] : fixes),
    notes({ ...report, findings: [] }, rest, [], style.columns),
    await networkLines(report, rest),
  ]
}

function fixSectionsOf(report: Report, style: TableStyle, palette: Palette): string[][] {
  return report.fixes
    .filter(({ node }) => !style.node || node === style.node)
    .map((fix) => fixLines(fix, { columns: style.columns, heading: palette.heading }))
}

async function matrixLines(
  report: Report,
  { columns, ascii }: TableStyle,
  palette: Palette,
): Promise<string[]> {
  if (report.flows.length === 0) return []
  return renderMatrices(report.flows, { columns, palette, grid: await loadGrid(ascii) })
}

async function pathLines(
  report: Report,
  { columns, ascii }: TableStyle,
  palette: Palette,
): Promise<string[]> {
  if (report.paths === undefined) return []
  const { rttLines } = await import('./rtt.ts')
  return rttLines(report, { columns, palette, grid: await loadGrid(ascii) })
}

function notes(
  report: Report,
  flows: readonly ReportFlow[],
  also: readonly FlowStatus[],
  columns: number,
): string[] {
  const by = (status: FlowStatus) => flows.filter((flow) => flow.status === status)
  return [
    ...notInspectedNotes(report, by('DOWN')),
    ...blockedNotes(by('DOWN'), report),
    // What is wrong comes before what could not be told, and before what is as it may be.
    ...findingNotes(report.findings.filter(({ severity }) => severity !== 'info')),
    ...unknownNotes(by('UNKNOWN'), report),
    ...(also.includes('CLOSED') ? closedNotes(by('CLOSED')) : []),
    ...findingNotes(report.findings.filter(({ severity }) => severity === 'info')),
  ].flatMap((note) => noteLines(note, columns))
}

/** What is lost between the hosts, as a block for those whose network it is. */
export async function networkLines(report: Report, flows: readonly ReportFlow[]): Promise<string[]> {
  const lost = flows.filter((flow) => flow.status === 'DOWN' && placeOf(flow) === 'network')
  // Always plain: it is pasted into a ticket.
  return lost.length === 0 ? [] : networkTeamLines(lost, report, await loadGrid(true))
}

/** What `--ignore` keeps from counting, and which of them no longer does. */
function ignoreLines(report: Report, { columns, expired = [] }: TableStyle): string[] {
  const known = groupBy(acknowledgedProblems(report), ({ by }) => by).map(
    (group) => `Ignored by --ignore ${group[0]?.by}: ${nameList(group.map(({ what }) => what))}`,
  )
  const over = expired.map((text) => `Expired, so it counts again: --ignore ${escapeText(text)}`)
  return [...known, ...over].flatMap((line) => wrap(line, columns, '  '))
}

function summary(report: Report, palette: Palette): string {
  const line = summaryLine(report)
  return palette.run[report.status](report.status) + line.slice(report.status.length)
}
