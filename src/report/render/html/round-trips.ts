import type { Report, ReportPath } from '../../report.ts'
import { loss, milliseconds } from '../rtt.ts'
import { type Html, html } from './markup.ts'
import { isDense } from './matrix.ts'
import type { Section } from './notes.ts'
import { type Mesh, meshOf } from './pairs.ts'

/** Upper bounds of the steps of the heat map, in milliseconds: one scale for all pages, so that two of them can be compared. */
const STEPS = [0.5, 1, 2, 5, 10, 20, 50, 100] as const

/** What a pair's round trips came to. */
interface Trip {
  readonly ms: number | null
  readonly path: ReportPath | null
}

/** Round trips as a heat map: those that `--rtt` measured, else the fastest answer that a probe of the pair had. Nothing where neither is known. */
export function roundTripsSection(report: Report): Section | null {
  const { paths } = report
  const known = new Map((paths ?? []).map((path) => [`${path.from}\n${path.to}`, path]))
  // What is there of a PMM server, and of a host that only sends, is no path between members.
  const others = new Set(report.nodes.filter(({ role }) => role !== undefined).map(({ name }) => name))
  const mesh = meshOf({
    nodes: report.nodes,
    flows: report.flows.filter(
      ({ from, to }) => paths === undefined || !(others.has(from) || others.has(to)),
    ),
  })
  const trip = (from: string, to: string): Trip => {
    const path = known.get(`${from}\n${to}`) ?? null
    if (paths !== undefined) return { ms: path?.avgMs ?? null, path }
    const times = mesh.pair(from, to)?.flows.flatMap(({ rttMs }) => rttMs ?? []) ?? []
    return { ms: times.length === 0 ? null : Math.min(...times), path: null }
  }
  if (mesh.pairs.every(({ from, to }) => trip(from, to).ms === null && trip(from, to).path === null))
    return null
  return {
    id: 'round-trips',
    title: 'Round trips',
    count: null,
    body: heatMap(mesh, trip, captionOf(report)),
  }
}

function captionOf({ paths }: Report): string {
  if (paths === undefined) return 'Milliseconds: the fastest answer to one of the probes of a pair.'
  const samples = Math.max(0, ...paths.map((path) => path.samples))
  return `Milliseconds: average of ${samples} half-open probes a pair, and how many of them were lost.`
}

function heatMap(mesh: Mesh, trip: (from: string, to: string) => Trip, caption: string): Html {
  const { sources, targets } = mesh
  const dense = isDense(mesh)
  return html`<p class="aside" id="heat-key">${caption}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Round trips between sources and targets">
<table class="matrix heat${dense && ' dense'}" aria-label="Round trips" aria-describedby="heat-key">
<thead><tr><th scope="col" class="corner">from \\ to</th>${targets.map((to) => html`<th scope="col" title="${to}"><span>${to}</span></th>`)}</tr></thead>
<tbody>${sources.map(
    (from) => html`
<tr><th scope="row" title="${from}"><span>${from}</span></th>${targets.map((to) => heatCell(from === to, trip(from, to), dense))}</tr>`,
  )}</tbody>
</table></div>
<ul class="legend scale" aria-label="Shades">${[...STEPS, null].map((step, index) => html`<li class="h${index}">${step === null ? `≥ ${STEPS.at(-1) ?? ''}` : `< ${step}`}</li>`)}</ul>`
}

function heatCell(own: boolean, { ms, path }: Trip, dense: boolean): Html {
  if (ms === null && path === null) return html`<td class="none">${own ? '–' : '·'}</td>`
  const lost = path === null ? '' : loss(path)
  const time = ms === null ? '' : milliseconds(ms)
  const range =
    dense || path === null || path.minMs === null || path.maxMs === null || path.minMs === path.maxMs
      ? ''
      : `${milliseconds(path.minMs)}–${milliseconds(path.maxMs)}`
  return html`<td class="${ms === null ? 'lost' : `h${stepOf(ms)}`}">${time}${range !== '' && html` <small>${range}</small>`}${
    lost !== '' && html` <b class="loss">${lost}${dense ? '' : ' lost'}</b>`
  }</td>`
}

function stepOf(ms: number): number {
  const index = STEPS.findIndex((bound) => ms < bound)
  return index === -1 ? STEPS.length : index
}
