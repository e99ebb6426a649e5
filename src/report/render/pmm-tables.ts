import type { PmmApi, PmmEndpoint, ReportPmm } from '../report-pmm.ts'
import type { Palette } from './colour.ts'

/** `10.0.0.1:42000`, and an IPv6 address in brackets. */
export function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

type Cell = readonly [text: string, paint?: (text: string) => string]

/** Cells are padded before they are painted: colours have no width. */
function table(
  rules: readonly number[],
  widths: readonly number[],
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
): string[] {
  const row = (cells: readonly Cell[]) =>
    cells.map(([text, paint = (same) => same], index) => paint(text.padEnd(widths[index] ?? 0))).join(' ')
  const rule = row(rules.map((width) => ['-'.repeat(width)]))
  return [rule, row(header.map((text) => [text])), rule, ...rows.map(row)]
}

/** The table of what a node asked the server. */
export function apiLines(apis: readonly PmmApi[], palette: Palette): string[] {
  const rows = apis.map(({ name, status }): Cell[] => [
    [name],
    [status === 'UNKNOWN' ? '?' : status, palette.flow[status]],
  ])
  return table([20, 7], [20, 13], ['SERVER SERVICE', 'STATUS'], rows)
}

const HEADER = ['SERVICE TYPE', 'NAME', 'REMOTE ENDPOINT', 'STATUS', 'HTTPS/TLS', 'PASSWORD']

/** The table of what the server fetches from a node. */
export function endpointLines(endpoints: readonly PmmEndpoint[], palette: Palette): string[] {
  if (endpoints.length === 0) return ['', 'No metric endpoints registered.']
  const cells = endpoints
    .map((each): Cell[] => [
      [each.type],
      [each.name],
      [endpoint(each.address, each.port)],
      [
        each.status === 'UNKNOWN' ? '?' : each.status,
        palette.flow[each.status === 'PUSH' ? 'OK' : each.status],
      ],
      [yesNo(each.tls)],
      [yesNo(each.password)],
    ])
    .toSorted((a, b) => text(a).localeCompare(text(b), 'en'))
  const longest = (column: number) =>
    Math.max(HEADER[column]?.length ?? 0, ...cells.map((row) => row[column]?.[0].length ?? 0))
  // check-network: longest and one; the endpoint is an address and ":42000" and one.
  const type = Math.max('linux:metrics'.length, longest(0)) + 1
  const widths = [type, longest(1) + 1, longest(2) + 1, 7, 10, 9]
  return table(widths, widths, HEADER, cells)
}

function text(cells: readonly Cell[]): string {
  return cells.map(([each]) => each).join(' ')
}

function yesNo(value: boolean | null): string {
  return value === null ? '-' : value ? 'YES' : 'NO'
}

/** The same in one line a node, for the main report. */
export function pmmLines(pmm: ReportPmm, palette: Palette): string[] {
  const version = pmm.version === null ? '' : `, PMM ${pmm.version}`
  const rows = pmm.nodes.map((node): Cell[] => [
    [node.node],
    [node.mode === 'unknown' ? 'push or pull' : node.mode],
    ...node.apis.slice(0, 1).map((api): Cell => [`server ${api.status === 'UNKNOWN' ? '?' : api.status}`]),
    ...node.endpoints.map((each): Cell => [`${each.type} ${each.status === 'UNKNOWN' ? '?' : each.status}`]),
  ])
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.[0].length ?? 0)),
  )
  return [
    palette.heading(`PMM: ${pmm.server} (${endpoint(pmm.address, pmm.port)}${version})`),
    ...rows.map((row) =>
      `  ${row.map(([cell], column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
    ),
  ]
}
