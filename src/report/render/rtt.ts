import { wrap } from '../../terminal/wrap.ts'
import type { Report, ReportPath } from '../report.ts'
import { groupBy, nameList, unique } from './lists.ts'
import type { MatrixStyle } from './matrix.ts'
import { noteLines } from './note.ts'

/** What is told of so many pairs where no matrix fits. */
const WORST_PAIRS = 10

/** The lines of one cell. */
type Form = (path: ReportPath) => string[]

const wide: Form = (path) => [words(average(path), range(path), loss(path))]
const short: Form = (path) => [words(average(path), loss(path))]
const stacked: Form = (path) => [average(path), loss(path)].filter((line) => line !== '')

/** Round trips and loss, every source to every target; where that is too wide, the worst pairs. Empty without `--rtt`. */
export function rttLines(report: Report, style: MatrixStyle): string[] {
  const { paths } = report
  if (paths === undefined) return []
  const pairs = pairsOf(report)
  if (paths.length === 0) return unmeasured(report, pairs, style.columns)
  const names = unique(pairs.map(({ from }) => from))
  const targets = unique(pairs.map(({ to }) => to)).sort((a, b) => indexOf(names, a) - indexOf(names, b))
  const drawn = draw(names, targets, paths, style)
  const worst = paths.toSorted((a, b) => lossOf(b) - lossOf(a) || (b.avgMs ?? 0) - (a.avgMs ?? 0))
  const listed = worst.slice(0, WORST_PAIRS).map((path) => `  ${describe(path)}`)
  return [
    style.palette.heading('round trip, ms'),
    ...(drawn?.lines ?? [`${listed.length} worst of ${paths.length} pairs:`, ...listed]),
    ...wrap(legend(paths, pairs.length, drawn?.form === wide), style.columns, '  '),
    ...(drawn !== null && worst[0] ? wrap(`Worst: ${describe(worst[0])}`, style.columns, '  ') : []),
    ...unmeasured(report, pairs, style.columns),
  ]
}

interface Pair {
  readonly from: string
  readonly to: string
}

/** All pairs of members, in the order of the flows. */
function pairsOf({ nodes, flows }: Report): Pair[] {
  const pmm = new Set(nodes.filter(({ role }) => role === 'pmm').map(({ name }) => name))
  const between = flows.filter(({ from, to }) => !pmm.has(from) && !pmm.has(to))
  return groupBy(between, ({ from, to }) => `${from}\n${to}`).flatMap(([pair]) => pair ?? [])
}

function draw(
  sources: readonly string[],
  targets: readonly string[],
  paths: readonly ReportPath[],
  { columns, palette, grid }: MatrixStyle,
): { readonly lines: string[]; readonly form: Form } | null {
  const known = new Map(paths.map((path) => [`${path.from}\n${path.to}`, path]))
  const all = unique([...sources, ...targets])
  const numbered = (name: string) => `${all.indexOf(name) + 1} ${name}`
  const number = (name: string) => `${all.indexOf(name) + 1}`
  const same = (name: string) => name
  type Paint = (path: ReportPath | undefined, line: string) => string
  const table = (form: Form, row: typeof same, column: typeof same, paint: Paint) =>
    grid([
      ['from \\ to', ...targets.map(column)],
      ...sources.map((from) => [
        row(from),
        ...targets.map((to) => {
          const path = known.get(`${from}\n${to}`)
          return (path === undefined ? ['-'] : form(path)).map((line) => paint(path, line)).join('\n')
        }),
      ]),
    ])
  // A cell takes four columns or more: do not draw what cannot fit.
  if (targets.length * 4 > columns) return null
  for (const [form, row, column] of [
    [wide, same, same],
    [short, same, same],
    [stacked, same, same],
    [short, numbered, number],
    [stacked, numbered, number],
    [short, number, number],
    [stacked, number, number],
  ] as const) {
    const plain = table(form, row, column, (_, line) => line)
    if (plain.every((line) => [...line].length <= columns)) {
      const lines = table(form, row, column, (path, line) =>
        path === undefined ? palette.faint(line) : path.lost > 0 ? palette.flow.DOWN(line) : line,
      )
      const key = row === number ? wrap(all.map(numbered).join(', '), columns, '  ') : []
      return { lines: [...lines, ...key], form }
    }
  }
  return null
}

function legend(paths: readonly ReportPath[], pairs: number, ranges: boolean): string {
  const samples = Math.max(0, ...paths.map((path) => path.samples))
  return [
    `Average${ranges ? ' (min-max)' : ''} of ${samples} half-open probes a pair`,
    ...(paths.some(({ lost }) => lost > 0) ? ['%: of them lost'] : []),
    ...(paths.length < pairs ? ['-: not measured'] : []),
  ].join('; ')
}

/** Why there is nothing to see of some pairs. */
function unmeasured({ nodes, paths = [] }: Report, pairs: readonly Pair[], columns: number): string[] {
  const known = new Set(paths.map(({ from, to }) => `${from}\n${to}`))
  const missing = pairs.filter(({ from, to }) => !known.has(`${from}\n${to}`))
  const powerless = new Set(
    nodes.filter(({ reachable, privileged }) => reachable && !privileged).map(({ name }) => name),
  )
  const without = unique(missing.map(({ from }) => from)).filter((name) => powerless.has(name))
  const others = missing.filter(({ from }) => !powerless.has(from))
  // The heading and the matrix, whose subject it is, stand above it only where there is something in them.
  const text = (what: string) => `${paths.length === 0 ? 'Round trips not' : 'Not'} measured: ${what}`
  return [
    ...(without.length === 0
      ? []
      : noteLines(
          {
            text: text(`from ${nameList(without)}, which takes raw sockets.`),
            next: 'Log in there as root, or use --become.',
          },
          columns,
        )),
    ...(others.length === 0
      ? []
      : wrap(
          text(`${nameList(others.map(pairName))}, where no TCP port is proven to answer a half-open probe.`),
          columns,
          '  ',
        )),
  ]
}

function describe(path: ReportPath): string {
  const { jitterMs } = path
  const lost = path.lost === 0 ? '' : `${loss(path)} lost`
  const times = path.avgMs === null ? '' : `${average(path)} ms ${range(path)}`
  const jitter = jitterMs === null ? '' : `jitter ${milliseconds(jitterMs)} ms`
  return `${pairName(path)}, ${[times, jitter, lost].filter((part) => part !== '').join(', ')}`
}

function pairName({ from, to }: Pair): string {
  return `${from} -> ${to}`
}

function average({ avgMs }: ReportPath): string {
  return avgMs === null ? '' : milliseconds(avgMs)
}

function range({ minMs, maxMs }: ReportPath): string {
  return minMs === null || maxMs === null ? '' : `(${milliseconds(minMs)}-${milliseconds(maxMs)})`
}

export function loss(path: ReportPath): string {
  // Rounded, but never away.
  return path.lost === 0 ? '' : `${Math.max(1, Math.round(100 * lossOf(path)))}%`
}

function lossOf({ lost, samples }: ReportPath): number {
  return lost / samples
}

/** With as many digits as mean something. */
export function milliseconds(ms: number): string {
  return ms < 9.995 ? ms.toFixed(2) : ms < 99.95 ? ms.toFixed(1) : ms.toFixed(0)
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name)
  return index === -1 ? names.length : index
}
