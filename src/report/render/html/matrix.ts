import type { FlowStatus } from '../../../verdict.ts'
import type { ReportFlow } from '../../report.ts'
import { groupBy, unique } from '../lists.ts'
import { BY_WEIGHT, GLYPHS, mark, toneOf } from './marks.ts'
import { type Html, html } from './markup.ts'
import type { Mesh, Pair } from './pairs.ts'

/** Up to so many targets there is room for words; beyond, a cell has shapes, and its words are one step away. */
const MAX_WORDED = 6

export function isDense({ targets }: Mesh): boolean {
  return targets.length > MAX_WORDED
}

/** Who reaches whom: a row for each source, a column for each target, and in a cell what became of each service. */
export function matrixSection(mesh: Mesh, flows: readonly ReportFlow[]): Html {
  const { sources, targets, pair } = mesh
  const services = servicesOf(flows)
  const dense = isDense(mesh)
  const cell = (from: string, to: string): Html => {
    const found = pair(from, to)
    if (found === undefined) return html`<td class="none">${from === to ? '–' : ''}</td>`
    return html`<td class="${tintOf(found)}"><a href="#${found.id}">${dense ? shapes(found, services) : words(found)}</a></td>`
  }
  return html`<section id="matrix">
<h2>Who reaches whom</h2>
<p class="aside" id="matrix-key">${caption(services, dense)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Matrix of sources and targets">
<table class="matrix${dense && ' dense'}" aria-label="Who reaches whom" aria-describedby="matrix-key">
<thead><tr><th scope="col" class="corner">from \\ to</th>${targets.map((to) => html`<th scope="col" title="${to}"><span>${to}</span></th>`)}</tr></thead>
<tbody>${sources.map(
    (from) => html`
<tr><th scope="row" title="${from}"><span>${from}</span></th>${targets.map((to) => cell(from, to))}</tr>`,
  )}</tbody>
</table>
</div>
${legend(flows)}
</section>`
}

interface ServiceColumn {
  readonly name: string
  readonly ports: string
}

function servicesOf(flows: readonly ReportFlow[]): ServiceColumn[] {
  return groupBy(flows, ({ service }) => service).map((group) => ({
    name: group[0]?.service ?? '',
    // Nodes may have moved theirs, each its own.
    ports: `${unique(group.map(({ port }) => port)).join('|')}/${group[0]?.protocol ?? ''}`,
  }))
}

function caption(services: readonly ServiceColumn[], dense: boolean): Html {
  const names = services.map(({ name, ports }) => `${name} ${ports}`).join(', ')
  return dense && services.length > 1
    ? html`One shape in a cell: all services are alike there. Else one for each, in this order: ${names}.`
    : html`Checked: ${names}.`
}

function words({ flows }: Pair): Html {
  const groups = groupBy(flows, (flow) => `${flow.status} ${toneOf(flow)}`)
  const [only] = groups
  const [first] = only ?? []
  if (groups.length === 1 && first !== undefined) {
    const rest = flows.length === 1 ? first.service : `all ${flows.length}`
    return html`${mark(first.status, toneOf(first))} <small>${rest}</small>`
  }
  return html`${flows.map((flow) => html`<span>${mark(flow.status, toneOf(flow))} <small>${flow.service} ${flow.port}</small></span>`)}`
}

/** Shapes for the eye, and the same in words for who hears the page. */
function shapes({ from, to, flows }: Pair, services: readonly ServiceColumn[]): Html {
  const groups = groupBy(flows, ({ status }) => status)
  const said = groups
    .map((group) => `${group[0]?.status ?? ''} ${group.map(({ service }) => service).join(' ')}`)
    .join(', ')
  const shape = (flow: ReportFlow) => html`<i class="${toneOf(flow)}">${GLYPHS[flow.status]}</i>`
  const uniform = new Set(flows.map((flow) => `${flow.status} ${toneOf(flow)}`)).size === 1
  const [first] = flows
  const seen =
    uniform && first !== undefined
      ? [shape(first)]
      : services.map(({ name }) => {
          const flow = flows.find(({ service }) => service === name)
          return flow === undefined ? html`<i> </i>` : shape(flow)
        })
  return html`<span aria-hidden="true">${seen}</span><span class="heard">${from} to ${to}: ${said}</span>`
}

/** A cell's ground: that of its worst flow. */
function tintOf({ flows }: Pair): string {
  const tones = new Set(flows.map(toneOf))
  return ['down', 'optional', 'unknown', 'closed'].find((tone) => tones.has(tone)) ?? 'ok'
}

const MEANINGS: Readonly<Record<FlowStatus, string>> = {
  OK: 'open, and proven so',
  CLOSED: 'open, nothing listens',
  DOWN: 'blocked',
  UNKNOWN: 'cannot be told',
}

function legend(flows: readonly ReportFlow[]): Html {
  const counts = BY_WEIGHT.toReversed().map((status) => {
    const n = flows.filter((flow) => flow.status === status).length
    return html`<li>${mark(status, status.toLowerCase())} <span class="count">${n}</span> <small>${MEANINGS[status]}</small></li>`
  })
  const optional = flows.filter((flow) => toneOf(flow) === 'optional').length
  const muted = flows.some((flow) => toneOf(flow) === 'muted')
  return html`<ul class="legend">${counts}${
    optional > 0 &&
    html`<li>${mark('DOWN', 'optional')} <span class="count">${optional}</span> <small>of them not required</small></li>`
  }${muted && html`<li><b class="muted">grey</b> <small>ignored, or not needed</small></li>`}</ul>`
}
