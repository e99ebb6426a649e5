import type { FlowStatus } from '../../../verdict.ts'
import type { ReportPmm } from '../../report-pmm.ts'
import { endpoint } from '../pmm-tables.ts'
import { mark } from './marks.ts'
import { html } from './markup.ts'
import type { Section } from './notes.ts'

/** What the nodes were told by the PMM server, and what it fetches from them. */
export function pmmSection(pmm: ReportPmm): Section {
  const { server, address, port, version, nodes } = pmm
  const said = (status: FlowStatus | 'PUSH') =>
    status === 'PUSH'
      ? html`<b class="ok"><i aria-hidden="true">↑</i> PUSH</b>`
      : mark(status, status.toLowerCase())
  return {
    id: 'pmm',
    title: 'PMM',
    count: null,
    body: html`<p class="aside">${server} ${endpoint(address, port)}${version !== null && `, PMM ${version}`}</p>
<div class="scroll"><table class="list">
<thead><tr><th scope="col">Node</th><th scope="col">Metrics</th><th scope="col">Answers of the server</th><th scope="col">Exporters, as the server fetches them</th></tr></thead>
<tbody>${nodes.map(
      ({
        node,
        mode,
        apis,
        endpoints,
      }) => html`<tr><th scope="row"><span class="name">${node}</span></th><td>${mode === 'unknown' ? 'push or pull' : mode}</td><td class="ports">${apis.map(
        ({ name, status }) => html`<span>${said(status)} <small>${name}</small></span> `,
      )}</td><td class="ports">${endpoints.map(
        (each) =>
          html`<span>${said(each.status)} <small>${each.type} ${endpoint(each.address, each.port)}</small></span> `,
      )}</td></tr>
`,
    )}</tbody>
</table></div>`,
  }
}
