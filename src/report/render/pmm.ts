import type { Report, RunStatus } from '../report.ts'
import type { ReportPmm, ReportPmmNode } from '../report-pmm.ts'
import { isUnreachable } from '../status.ts'
import { summaryLine } from '../summary.ts'
import { loadPalette, type Palette } from './colour.ts'
import { fixLines } from './fixes.ts'
import { noteLines } from './note.ts'
import { pmmNotes, restNotes } from './pmm-notes.ts'
import { apiLines, endpoint, endpointLines } from './pmm-tables.ts'
import { clockLines, durationLines, label } from './pmm-times.ts'
import { safeReport } from './safe.ts'
import { networkLines } from './table.ts'
import { unreachableNote } from './undecided.ts'

export interface PmmStyle {
  readonly columns: number
  readonly color: boolean
  readonly ascii: boolean
  /** 0: all; 1: nothing when all is well; 2: nothing. */
  readonly quiet: number
}

/**
 * What `pmm-admin check-network` of PMM 1 printed, to the column (pmm-client, pmm/check_network.go), node after node; below
 * each the reasons, and what to paste.
 */
export async function renderPmm(unsafe: Report, style: PmmStyle): Promise<string> {
  if (style.quiet >= 2 || (style.quiet === 1 && unsafe.status === 'OK')) return ''
  const report = safeReport(unsafe)
  const palette = await loadPalette(style.color)
  const { pmm } = report
  const sections = [
    ...(pmm === undefined
      ? []
      : pmm.nodes.flatMap((node) => nodeSections(node, pmm, report, style, palette))),
    await networkLines(report, report.flows),
    // Of the server's own firewall.
    ...fixSections(report, (name) => !pmm?.nodes.some(({ node }) => node === name), style, palette),
    [...report.nodes.filter(isUnreachable).map(unreachableNote), ...restNotes(report)].flatMap((note) =>
      noteLines(note, style.columns),
    ),
    [summary(report, palette)],
  ]
  const filled = sections.filter((lines) => lines.length > 0)
  return `${filled.map((lines) => lines.map((line) => line.trimEnd()).join('\n')).join('\n\n')}\n`
}

function nodeSections(
  node: ReportPmmNode,
  pmm: ReportPmm,
  report: Report,
  style: PmmStyle,
  palette: Palette,
): string[][] {
  const notes = pmmNotes(node, pmm, report)
  return [
    [palette.heading(`On ${node.node}:`)],
    ['PMM Network Status'],
    [label('Server Address', 14, serverAddress(pmm)), label('Client Address', 14, node.address)],
    clockLines(node.clock, pmm, palette),
    [palette.heading('* Connection: Client --> Server'), ...apiLines(node.apis, palette)],
    durationLines(node, style.ascii),
    [palette.heading('* Connection: Client <-- Server'), ...endpointLines(node.endpoints, palette)],
    ...(node.endpoints.some(({ status }) => status === 'DOWN') ? footer(pmm) : []),
    notes.flatMap((note) => noteLines(note, style.columns)),
    ...fixSections(report, (name) => name === node.node, style, palette),
  ]
}

function fixSections(
  { fixes }: Report,
  isWanted: (node: string) => boolean,
  { columns }: PmmStyle,
  { heading }: Palette,
): string[][] {
  return fixes.filter(({ node }) => isWanted(node)).map((fix) => fixLines(fix, { columns, heading }))
}

function serverAddress({ address, port }: ReportPmm): string {
  return port === 443 ? address : endpoint(address, port)
}

function footer(pmm: ReportPmm): string[][] {
  return [
    [
      "When an endpoint is down it may indicate that the corresponding service is stopped (run 'pmm-admin list' to verify).",
      "If it's running, check out the logs /var/log/pmm-*.log",
    ],
    [
      "When all endpoints are down but 'pmm-admin list' shows they are up and no errors in the logs,",
      'check the firewall settings whether this system allows incoming connections from server to address:port in question.',
    ],
    [`Also you can check the endpoint status by the URL: ${targetsUrl(pmm)}`],
  ]
}

function targetsUrl({ address, port }: ReportPmm): string {
  const scheme = port === 80 || port === 8080 ? 'http' : 'https'
  const usual = port === (scheme === 'http' ? 80 : 443)
  const host = address.includes(':') ? `[${address}]` : address
  return `${scheme}://${usual ? host : `${host}:${port}`}/prometheus/targets`
}

function summary(report: Report, palette: Palette): string {
  const status: RunStatus = report.status
  return palette.run[status](status) + summaryLine(report).slice(status.length)
}
