import type { Report, ReportNode } from '../../report.ts'
import { isUnreachable } from '../../status.ts'
import { type Html, html } from './markup.ts'
import type { Section } from './notes.ts'

/** The hosts of the run: how they were reached, what they run, and what went wrong on the way. */
export function nodesSection({ nodes }: Report): Section {
  const galera = nodes.some((node) => node.galera !== undefined)
  return {
    id: 'nodes',
    title: 'Nodes',
    count: nodes.length,
    body: html`<div class="scroll"><table class="list">
<thead><tr><th scope="col">Node</th><th scope="col">Address</th><th scope="col">Reached by</th><th scope="col">Inspected</th>${galera && html`<th scope="col">Cluster</th>`}</tr></thead>
<tbody>${nodes.map((node) => nodeRow(node, galera))}</tbody>
</table></div>`,
  }
}

function nodeRow(node: ReportNode, galera: boolean): Html {
  const { name, address, via, role } = node
  return html`<tr><th scope="row"><span class="name">${name}</span>${role !== undefined && html` <small>${role === 'pmm' ? 'PMM server' : 'sends only'}</small>`}</th><td><span class="name">${address}</span></td><td><span class="name">${via}</span></td><td>${inspected(node)}</td>${galera && html`<td>${cluster(node)}</td>`}</tr>
`
}

function inspected(node: ReportNode): Html {
  const { reachable, privileged, error, acknowledged } = node
  const ignored = acknowledged !== undefined && html` <small>ignored by --ignore ${acknowledged}</small>`
  if (reachable) {
    return html`<b class="ok"><i aria-hidden="true">✓</i> yes</b> <small>${privileged ? 'with raw sockets' : 'without raw sockets (no --become, not root)'}</small>${error !== undefined && html`<br><span class="code">${error.code}</span> ${error.message}`}`
  }
  if (!isUnreachable(node)) return html`<small>not asked for</small>`
  return html`<b class="${acknowledged === undefined ? 'unknown' : 'muted'}"><i aria-hidden="true">?</i> no</b>${ignored}${error !== undefined && html` <span class="code">${error.code}</span> ${error.message}`}`
}

function cluster({ galera }: ReportNode): Html {
  if (galera === undefined) return html``
  const { flavour, version, galeraVersion, running, state, status } = galera
  const parts = [
    `${flavour}${version === null ? '' : ` ${version}`}`,
    ...(galeraVersion === null ? [] : [`Galera ${galeraVersion}`]),
    running ? [status, state].filter((part) => part !== null).join(', ') || 'running' : 'not running',
  ]
  return html`${parts.join('; ')}`
}
