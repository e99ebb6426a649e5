import { isDrifted } from '../../pmm/clock.ts'
import type { Report, RunStatus } from '../report.ts'
import type { PmmApi, PmmClock, PmmEndpoint, ReportPmm, ReportPmmNode } from '../report-pmm.ts'
import { isUnreachable } from '../status.ts'
import { summaryLine } from '../summary.ts'
import { loadPalette, type Palette } from './colour.ts'
import { fixLines } from './fixes.ts'
import { noteLines } from './note.ts'
import { pmmNotes, restNotes } from './pmm-notes.ts'
import { safeReport } from './safe.ts'
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
    [
      palette.heading('* Connection: Client --> Server'),
      ...table(
        [20, 7],
        [20, 13],
        ['SERVER SERVICE', 'STATUS'],
        node.apis.map((api) => apiCells(api, palette)),
      ),
    ],
    durationLines(node, style),
    [palette.heading('* Connection: Client <-- Server'), ...endpointLines(node.endpoints, palette)],
    ...(node.endpoints.some(({ status }) => status === 'DOWN') ? footer(pmm) : []),
    notes.flatMap((note) => noteLines(note, style.columns)),
    ...report.fixes
      .filter((fix) => fix.node === node.node)
      .map((fix) => fixLines(fix, { columns: style.columns, heading: palette.heading })),
  ]
}

function label(text: string, width: number, value: string): string {
  return `${text.padEnd(width)} | ${value}`
}

function serverAddress({ address, port }: ReportPmm): string {
  return port === 443 ? address : endpoint(address, port)
}

function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

const TIME_WIDTH = 35

/** Left out, as check-network did, where no time but the client's own is known. */
function clockLines(clock: PmmClock | null, { ntpServer }: ReportPmm, palette: Palette): string[] {
  if (clock === null || (clock.server === null && clock.ntp === null)) return []
  const drift = (seconds: number | null, errorSeconds: number) => {
    if (seconds === null) return null
    return isDrifted(seconds, errorSeconds)
      ? palette.flow.DOWN(`${Math.abs(seconds)}s`)
      : palette.flow.OK('OK')
  }
  const error = clock.serverErrorSeconds
  const lines: [string, string | null][] = [
    [`NTP Server (${ntpServer})`, localTime(clock.ntp, clock.zone)],
    ['PMM Server', localTime(clock.server, '+0000 GMT')],
    ['PMM Client', localTime(clock.client, clock.zone)],
    ['PMM Server Time Drift', drift(clock.serverAheadOfNtp, error)],
    ['PMM Client Time Drift', drift(clock.clientAheadOfNtp, 0)],
    ['PMM Client to PMM Server Time Drift', drift(clock.clientAheadOfServer, error)],
  ]
  return [
    palette.heading('* System Time'),
    ...lines.flatMap(([text, value]) => (value === null ? [] : [label(text, TIME_WIDTH, value)])),
  ]
}

/** As Go's `2006-01-02 15:04:05 -0700 MST`. */
function localTime(time: string | null, zone: string): string | null {
  if (time === null) return null
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})/.exec(zone) ?? []
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
  const there = new Date(Date.parse(time) + offset * 60_000)
  return `${there.toISOString().slice(0, 19).replace('T', ' ')} ${zone}`
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

function apiCells({ name, status }: PmmApi, palette: Palette): Cell[] {
  return [[name], [status === 'UNKNOWN' ? '?' : status, palette.flow[status]]]
}

function durationLines({ connectMs, requestMs }: ReportPmmNode, { ascii }: PmmStyle): string[] {
  if (connectMs === null || requestMs === null) return ['Unable to measure the connection performance.']
  const line = (text: string, ms: number) => label(text, 19, duration(ms, ascii))
  return [
    line('Connection duration', connectMs),
    line('Request duration', requestMs),
    line('Full round trip', connectMs + requestMs),
  ]
}

/** As Go prints a time.Duration; measured to a microsecond. */
function duration(ms: number, ascii: boolean): string {
  const us = Math.round(ms * 1000)
  if (us < 1000) return `${us}${ascii ? 'us' : 'µs'}`
  return us < 1_000_000 ? `${us / 1000}ms` : `${us / 1_000_000}s`
}

const HEADER = ['SERVICE TYPE', 'NAME', 'REMOTE ENDPOINT', 'STATUS', 'HTTPS/TLS', 'PASSWORD']

function endpointLines(endpoints: readonly PmmEndpoint[], palette: Palette): string[] {
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
