import { wrap } from '../../terminal/wrap.ts'
import type { FlowStatus } from '../../verdict.ts'
import type { ReportFlow } from '../report.ts'
import { type Matrix, matricesOf } from './alike.ts'
import type { Palette } from './colour.ts'
import type { Grid } from './grid.ts'
import { groupBy } from './lists.ts'

const CELLS: Readonly<Record<FlowStatus, string>> = {
  OK: 'OK',
  CLOSED: 'CLOSED',
  DOWN: 'DOWN',
  UNKNOWN: '?',
}

export interface MatrixStyle {
  readonly columns: number
  readonly palette: Palette
  readonly grid: Grid
}

/** One matrix for all services that look alike: every source to every target, turned or listed where it is too wide. */
export function renderMatrices(flows: readonly ReportFlow[], style: MatrixStyle): string[] {
  return matricesOf(flows).flatMap(({ titles, sources, targets, status }, index) => {
    const heading = wrap(titles.join(', '), style.columns, '  ').map((line) => style.palette.heading(line))
    return [...(index > 0 ? [''] : []), ...heading, ...draw(sources, targets, status, style)]
  })
}

type StatusOf = Matrix['status']

function draw(
  sources: readonly string[],
  targets: readonly string[],
  status: StatusOf,
  style: MatrixStyle,
): string[] {
  const upright = tryGrid('from \\ to', sources, targets, (from, to) => status(from, to), style)
  if (upright !== null) return upright
  const turned = tryGrid('to \\ from', targets, sources, (to, from) => status(from, to), style)
  return turned ?? listed(sources, targets, status, style)
}

function tryGrid(
  corner: string,
  rows: readonly string[],
  columns: readonly string[],
  status: StatusOf,
  { columns: width, palette, grid }: MatrixStyle,
): string[] | null {
  // A cell takes two columns or more: do not draw what cannot fit.
  if (columns.length * 2 > width) return null
  const cell = (row: string, column: string) => (row === column ? '-' : CELLS[status(row, column)])
  const plain = grid([[corner, ...columns], ...rows.map((row) => [row, ...columns.map((c) => cell(row, c))])])
  if (plain.some((line) => [...line].length > width)) return null
  return grid([
    [corner, ...columns],
    ...rows.map((row) => [
      row,
      ...columns.map((c) => (row === c ? palette.faint('-') : palette.flow[status(row, c)](cell(row, c)))),
    ]),
  ])
}

/** One line per source and status: the form that fits any width. */
function listed(
  sources: readonly string[],
  targets: readonly string[],
  status: StatusOf,
  { columns, palette }: MatrixStyle,
): string[] {
  return sources.flatMap((from) => {
    const peers = targets.filter((to) => to !== from)
    return groupBy(peers, (to) => status(from, to)).flatMap((group) => {
      const state = status(from, group[0] ?? '')
      const names =
        group.length === peers.length && group.length > 1 ? `all ${group.length} peers` : group.join(', ')
      const [first = '', ...rest] = wrap(`${CELLS[state]}: ${from} -> ${names}`, columns, '    ')
      return [palette.flow[state](CELLS[state]) + first.slice(CELLS[state].length), ...rest]
    })
  })
}
