import type { FlowStatus } from '../../verdict.ts'
import { acknowledgedProblems } from '../acknowledged.ts'
import type { Fix, Report, ReportNode } from '../report.ts'
import { summaryLine } from '../summary.ts'
import { matricesOf } from './alike.ts'
import { blockedNotes, placeOf } from './blocked.ts'
import { fixLines } from './fixes.ts'
import { loadGrid } from './grid.ts'
import { groupBy } from './lists.ts'
import { codeBlock, markdownTable, markdownText as text } from './markdown-text.ts'
import { networkTeamLines } from './network-team.ts'
import type { Note } from './note.ts'
import { safeReport } from './safe.ts'
import { closedNotes, findingNotes, notInspectedNotes, unknownNotes } from './undecided.ts'

/** Past this many targets a table is wider than any page: each source then tells its targets by status. */
const MAX_TARGETS = 15

const CELLS: Readonly<Record<FlowStatus, string>> = {
  OK: 'OK',
  CLOSED: 'CLOSED',
  DOWN: '**DOWN**',
  UNKNOWN: '?',
}

/** The report for a ticket: the answer first, then the matrix, what is wrong, and what to paste, in blocks to copy. */
export async function renderMarkdown(unsafe: Report): Promise<string> {
  const report = safeReport(unsafe)
  const { flows, findings, fixes, status } = report
  const by = (wanted: FlowStatus) => flows.filter((flow) => flow.status === wanted)
  const sections = [
    [`## pxc-netcheck: ${status}`],
    [`**${status}**${text(summaryLine(report).slice(status.length))}`],
    [runLine(report)],
    ...matrixSections(report),
    ...headed('### Not inspected', notesSections(notInspectedNotes(report, by('DOWN')))),
    ...headed('### Blocked', [
      ...notesSections(blockedNotes(by('DOWN'), report)),
      ...(await networkSection(report)),
    ]),
    ...headed('### Could not be told', notesSections(unknownNotes(by('UNKNOWN'), report))),
    ...headed('### Open, but nothing listens', notesSections(closedNotes(by('CLOSED')))),
    ...headed('### Findings', notesSections(findingNotes(findings))),
    ...headed('### Ignored', ignoredSections(report)),
    ...headed('### What to paste', fixes.flatMap(fixSections)),
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function headed(heading: string, sections: readonly string[][]): string[][] {
  return sections.length === 0 ? [] : [[heading], ...sections]
}

function runLine({ startedAt, finishedAt, tool, nodes }: Report): string {
  const who = nodes.map(({ name, address }: ReportNode) => (name === address ? name : `${name} = ${address}`))
  return text(
    `Checked from ${startedAt} to ${finishedAt} with ${tool.name} ${tool.version}${who.length === 0 ? '' : `: ${who.join(', ')}`}`,
  )
}

function matrixSections({ flows }: Report): string[][] {
  return matricesOf(flows).flatMap(({ titles, sources, targets, status }) => {
    const heading = [`### ${text(titles.join(', '))}`]
    if (targets.length > MAX_TARGETS) {
      const lines = sources.flatMap((from) =>
        groupBy(
          targets.filter((to) => to !== from),
          (to) => status(from, to),
        ).map(
          (group) => `- ${CELLS[status(from, group[0] ?? '')]}: ${text(`${from} to ${group.join(', ')}`)}`,
        ),
      )
      return [heading, lines]
    }
    const rows = sources.map((from) => [
      `**${text(from)}**`,
      ...targets.map((to) => (from === to ? '-' : CELLS[status(from, to)])),
    ])
    return [heading, markdownTable(['from \\\\ to', ...targets.map(text)], rows)]
  })
}

function notesSections(notes: readonly Note[]): string[][] {
  return notes.flatMap((note) => [
    [text(note.text)],
    ...(note.verbatim === undefined ? [] : [codeBlock([note.verbatim], 'text')]),
    ...(note.next === undefined || note.next === '' ? [] : [[`Next: ${text(note.next)}`]]),
  ])
}

function ignoredSections(report: Report): string[][] {
  const lines = acknowledgedProblems(report).map(({ by, what }) => `- ${text(`${what}, by --ignore ${by}`)}`)
  return lines.length === 0 ? [] : [lines]
}

async function networkSection(report: Report): Promise<string[][]> {
  const lost = report.flows.filter((flow) => flow.status === 'DOWN' && placeOf(flow) === 'network')
  return lost.length === 0 ? [] : [codeBlock(networkTeamLines(lost, report, await loadGrid(true)), 'text')]
}

function fixSections(fix: Fix): string[][] {
  const [heading = '', ...lines] = fixLines(fix, {
    columns: Number.POSITIVE_INFINITY,
    heading: (line) => line,
  })
  return lines.length === 0 ? [[text(heading)]] : [[text(heading)], codeBlock(lines, 'sh')]
}
