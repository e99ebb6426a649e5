import { createHash } from 'node:crypto'
import type { Report } from '../report.ts'
import { summaryLine } from '../summary.ts'
import { fixesSection } from './html/fixes.ts'
import { flowsSection } from './html/flows.ts'
import { RUN_GLYPHS } from './html/marks.ts'
import { type Html, html, verbatim } from './html/markup.ts'
import { matrixSection } from './html/matrix.ts'
import { nodesSection } from './html/nodes.ts'
import { noteSections, type Section } from './html/notes.ts'
import { meshOf } from './html/pairs.ts'
import { pmmSection } from './html/pmm.ts'
import { roundTripsSection } from './html/round-trips.ts'
import { SCRIPT } from './html/script.ts'
import { STYLE } from './html/style.ts'
import { safeReport } from './safe.ts'

/**
 * The report as one page that asks nothing of anybody: for a browser, from a file or a mail. Its own style and its own script
 * are all that its policy lets a browser run; without them it reads from top to bottom all the same.
 */
export async function renderHtml(unsafe: Report): Promise<string> {
  const report = safeReport(unsafe)
  const { status, flows, fixes, pmm, nodes } = report
  const mesh = meshOf(report)
  const trips = roundTripsSection(report)
  const told = [
    ...(await noteSections(report)),
    ...(fixes.length > 0 ? [fixesSection(fixes)] : []),
    ...(trips === null ? [] : [trips]),
    ...(pmm === undefined ? [] : [pmmSection(pmm)]),
    ...(nodes.length > 0 ? [nodesSection(report)] : []),
  ]
  const checked = flows.length > 0
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>pxc-netcheck: ${summaryLine(report)}</title>
<style>${verbatim(STYLE)}</style>
</head>
<body>
${header(report)}
${navigation(told, checked)}
<main>
${checked && matrixSection(mesh, flows)}
${told.map(section)}
${checked && flowsSection(mesh, nodes)}
</main>
<footer>${report.tool.name} ${report.tool.version}, report of schema version ${report.schemaVersion}. Status ${status}, exit code ${report.exitCode}.</footer>
<div id="tip" hidden aria-hidden="true"></div>
<script>${verbatim(SCRIPT)}</script>
</body>
</html>
`.markup
}

/** Hashes, not a nonce: the page is the same for the same report, and no text in it can know how to be run. */
const POLICY = [
  "default-src 'none'",
  `style-src '${hash(STYLE)}'`,
  `script-src '${hash(SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function header(report: Report): Html {
  const { status, startedAt, durationMs, nodes } = report
  const said = summaryLine(report).slice(status.length + 2)
  const members = nodes.map(({ name, address }) => (name === address ? name : `${name} ${address}`))
  return html`<header class="run-${status.toLowerCase()}">
<h1><span class="status"><i aria-hidden="true">${RUN_GLYPHS[status]}</i> ${status}</span> <span class="summary">${said}</span></h1>
<p class="aside"><time datetime="${startedAt}">${startedAt.replace(/^(\S{10})T(\S{8})(\.\d+)?Z$/, '$1 $2 UTC')}</time>, took ${(durationMs / 1000).toFixed(1)} s${members.length > 0 && members.length <= MAX_MEMBERS && html` · ${members.join(', ')}`}</p>
</header>`
}

/** Beyond, the table of nodes is the place to look for them. */
const MAX_MEMBERS = 6

function navigation(told: readonly Section[], checked: boolean): Html {
  const link = (id: string, title: string, count: number | null) =>
    html`<li><a href="#${id}">${title}</a>${count !== null && html` <small>${count}</small>`}</li>`
  return html`<nav aria-label="Sections"><ul>${checked && link('matrix', 'Matrix', null)}${told.map(({ id, title, count }) => link(id, title, count))}${checked && link('flows', 'Every flow', null)}</ul></nav>`
}

function section({ id, title, body }: Section): Html {
  return html`<section id="${id}">
<h2>${title}</h2>
${body}
</section>
`
}
