import type { ClockOffset } from '../probe/clock-offset.ts'
import { nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { durationText } from './duration-text.ts'

export interface NodeClock extends ClockOffset {
  readonly node: string
}

/** By how much the clocks of some nodes differ from those of others: positive when ahead. */
interface Difference {
  readonly nodes: readonly NodeClock[]
  readonly than: readonly NodeClock[]
  readonly offsetMs: number
  readonly errorMs: number
}

/** From these differences on; pmm-admin check-network called more than 60 s bad. */
const LEVELS = [
  { severity: 'warning', fromMs: 60_000 },
  { severity: 'info', fromMs: 2_000 },
] as const
const TOLD_MS = 2_000

/**
 * How fast two clocks may part while both are being set right: a kernel runs its clock up to a tenth faster or slower
 * (adjtimex(2), tick), and chronyd uses most of it.
 */
const RATE = 0.2

/** Which nodes' clocks differ from those of most. What the error leaves open is not told. */
export function clockDrift(clocks: readonly NodeClock[]): Finding[] {
  const groups = agreeing(clocks)
  const reference = mostOf(groups, clocks)
  const [first, last] = [groups[0], groups.at(-1)]
  if (reference === undefined || first === undefined || last === undefined || groups.length < 2) return []
  const isMajority = reference.length > clocks.length / 2
  const findings = groups.flatMap((group) => (group === reference ? [] : tell(group, reference, isMajority)))
  // Those on both sides of the rest may be farther from each other than from the rest.
  const extremes = tell(last, first, false)
  const isTold = extremes.every(({ severity }) => findings.some((each) => each.severity === severity))
  return isTold ? findings : [...findings, ...extremes]
}

/** Groups without a certain difference inside, from the slowest clock to the fastest; in each the nodes as they were given. */
function agreeing(clocks: readonly NodeClock[]): NodeClock[][] {
  const groups: NodeClock[][] = []
  for (const clock of clocks.toSorted((a, b) => a.offsetMs - b.offsetMs)) {
    const group = groups.at(-1)
    if (group?.every((other) => certainMs(difference(clock, other)) < TOLD_MS)) group.push(clock)
    else groups.push([clock])
  }
  return groups.map((group) => clocks.filter((clock) => group.includes(clock)))
}

/** The largest group; of equal ones the one with the clock in the middle, or else the node named first. */
function mostOf(groups: readonly NodeClock[][], clocks: readonly NodeClock[]): NodeClock[] | undefined {
  const largest = Math.max(...groups.map(({ length }) => length))
  const candidates = groups.filter(({ length }) => length === largest)
  const middle = groups.flat()[(clocks.length - 1) / 2]
  return (
    candidates.find((group) => group.some((clock) => clock === middle)) ??
    candidates.find((group) => group.some((clock) => clock === clocks[0])) ??
    candidates[0]
  )
}

function difference(a: NodeClock, b: NodeClock): Difference {
  const spanMs = Math.max(a.toMs, b.toMs) - Math.min(a.fromMs, b.fromMs)
  return {
    nodes: [a],
    than: [b],
    offsetMs: a.offsetMs - b.offsetMs,
    errorMs: a.errorMs + b.errorMs + RATE * spanMs,
  }
}

function certainMs({ offsetMs, errorMs }: Difference): number {
  return Math.abs(offsetMs) - errorMs
}

/** Of every node of the one group from every node of the other. */
function between(nodes: readonly NodeClock[], than: readonly NodeClock[], pairs: readonly Difference[]) {
  const low = Math.min(...pairs.map(({ offsetMs, errorMs }) => offsetMs - errorMs))
  const high = Math.max(...pairs.map(({ offsetMs, errorMs }) => offsetMs + errorMs))
  return { nodes, than, offsetMs: (low + high) / 2, errorMs: (high - low) / 2 }
}

function tell(nodes: readonly NodeClock[], than: readonly NodeClock[], isMajority: boolean): Finding[] {
  const pairs = nodes.flatMap((node) => than.map((other) => difference(node, other)))
  const [worst] = pairs.toSorted((a, b) => certainMs(b) - certainMs(a))
  const level = LEVELS.find(({ fromMs }) => worst !== undefined && certainMs(worst) >= fromMs)
  if (worst === undefined || level === undefined) return []
  const whole = between(nodes, than, pairs)
  // A sentence on all of them where it is true of all, else on the two that differ most.
  const told = certainMs(whole) >= level.fromMs ? whole : worst
  return [finding(level.severity, told, isMajority)]
}

function finding(severity: 'warning' | 'info', told: Difference, isMajority: boolean): Finding {
  const names = (list: readonly NodeClock[]) => list.map(({ node }) => node)
  const [nodes, than] = [names(told.nodes), names(told.than)]
  const way = told.offsetMs < 0 ? 'behind' : 'ahead of'
  const by = durationText(Math.abs(told.offsetMs), told.errorMs)
  const who =
    nodes.length === 1 ? `by its clock, ${listed(nodes)} is` : `by their clocks, ${listed(nodes)} are`
  const next = isMajority
    ? `on ${listed(nodes)} look at "timedatectl"`
    : `on ${listed([...nodes, ...than])} look at "timedatectl" for which is wrong`
  return {
    code: 'clock-drift',
    severity,
    ...(isMajority && nodes.length === 1 ? { node: nodes[0] as string } : {}),
    args: {
      nodes: nodes.join(','),
      comparedWith: than.join(','),
      offsetMs: rounded(told.offsetMs),
      errorMs: rounded(told.errorMs),
    },
    message: `${who} ${by} ${way} ${listed(than)}. ${EFFECTS[severity]} Next: ${next}, and let chronyd, ntpd or systemd-timesyncd keep its time.`,
  }
}

const EFFECTS = {
  warning:
    'Certificates may count as not yet valid or as expired, and SST and IST over TLS fail; graphs of PMM have gaps; the logs of the nodes do not fit together.',
  info: 'The logs of the nodes do not fit together.',
} as const

function listed(names: readonly string[]): string {
  return names.length === 2 ? names.join(' and ') : nameList(names)
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000
