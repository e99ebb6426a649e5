import type { FlowStatus } from '../../../verdict.ts'
import { acknowledgedProblems } from '../../acknowledged.ts'
import type { Finding, Report, Severity } from '../../report.ts'
import { blockedNotes, placeOf } from '../blocked.ts'
import { loadGrid } from '../grid.ts'
import { groupBy } from '../lists.ts'
import { networkTeamLines } from '../network-team.ts'
import type { Note } from '../note.ts'
import { closedNotes, notInspectedNotes, unknownNotes } from '../undecided.ts'
import { copyable } from './copyable.ts'
import { type Html, html } from './markup.ts'

export interface Section {
  /** Of the page: what links lead to. */
  readonly id: string
  readonly title: string
  /** How many there are of what it tells. */
  readonly count: number | null
  readonly body: Html
}

/** What is wrong, and what to do about it: one section a kind, none without content. */
export async function noteSections(report: Report): Promise<Section[]> {
  const by = (wanted: FlowStatus) => report.flows.filter(({ status }) => status === wanted)
  return [
    notes('not-inspected', 'Not inspected', notInspectedNotes(report, by('DOWN'))),
    notes('blocked', 'Blocked', blockedNotes(by('DOWN'), report), await networkTeam(report)),
    notes('undecided', 'Could not be told', unknownNotes(by('UNKNOWN'), report)),
    notes('closed', 'Open, but nothing listens', closedNotes(by('CLOSED'))),
    findingsSection(report.findings),
    ignoredSection(report),
  ].filter(({ count }) => count !== 0)
}

function notes(id: string, title: string, all: readonly Note[], after: Html = html``): Section {
  const items = all.map(
    ({ text, verbatim, next }) =>
      html`<li><p>${text}</p>${verbatim !== undefined && html`<pre tabindex="0">${verbatim}</pre>`}${
        next !== undefined && next !== '' && html`<p class="next"><b>Next:</b> ${next}</p>`
      }</li>
`,
  )
  return { id, title, count: all.length, body: html`<ul class="notes ${id}">${items}</ul>${after}` }
}

/** What is lost between the hosts, for those whose network it is. */
async function networkTeam(report: Report): Promise<Html> {
  const lost = report.flows.filter((flow) => flow.status === 'DOWN' && placeOf(flow) === 'network')
  if (lost.length === 0) return html``
  const lines = networkTeamLines(lost, report, await loadGrid(true))
  return copyable(html`<h3>For the network team</h3>`, 'the block for the network team', lines)
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info']

function findingsSection(findings: readonly Finding[]): Section {
  const items = SEVERITIES.flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity).map(findingItem),
  )
  return {
    id: 'findings',
    title: 'Findings',
    count: findings.length,
    body: html`<ul class="notes">${items}</ul>`,
  }
}

function findingItem({ code, severity, node, message, acknowledged }: Finding): Html {
  // By agreement a message is what is so, and then what to do about it.
  const at = message.indexOf(' Next: ')
  const [told, next] = at === -1 ? [message, ''] : [message.slice(0, at), message.slice(at + 7)]
  const tone = acknowledged === undefined ? severity : 'muted'
  return html`<li class="${tone}"><p><b class="severity">${severity.toUpperCase()}</b>${node !== undefined && html` <b>${node}</b>`} <span class="code">${code}</span>${
    acknowledged !== undefined && html` <small>ignored by --ignore ${acknowledged}</small>`
  }</p><p>${told}</p>${next !== '' && html`<p class="next"><b>Next:</b> ${next}</p>`}</li>
`
}

function ignoredSection(report: Report): Section {
  const ignored = acknowledgedProblems(report)
  const items = groupBy(ignored, ({ by }) => by).map(
    (group) =>
      html`<li><p><code>--ignore ${group[0]?.by ?? ''}</code> ${group.map(({ what }) => what).join(', ')}</p></li>
`,
  )
  return {
    id: 'ignored',
    title: 'Ignored',
    count: ignored.length,
    body: html`<ul class="notes">${items}</ul>`,
  }
}
