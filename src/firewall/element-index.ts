import { type Component, type Element, WHOLE } from './model.ts'
import type { Value } from './read-field.ts'

/** Below this a scan is as fast. */
const FEW = 8

/** The elements of a long set or map, so that one packet need not be compared with all of them. */
interface ElementIndex {
  /** Of one value in each field, by these. */
  readonly exact: ReadonlyMap<string, readonly number[]>
  /** Ranges of a single field in order, none within another: both ends go up. */
  readonly ranges: readonly Interval[]
  /** All others. */
  readonly rest: readonly number[]
}

interface Interval {
  readonly from: bigint
  readonly to: bigint
  readonly at: number
}

const indexes = new WeakMap<readonly unknown[], ElementIndex>()

/**
 * What of a set or map the values may be, in order: a superset. A value that is not known may be any.
 */
export function near<T>(
  list: readonly T[],
  elementOf: (each: T) => Element,
  values: readonly (Value | null)[],
): readonly T[] {
  if (list.length < FEW || values.includes(null)) return list
  const { exact, ranges, rest } = indexOf(list, elementOf, values.length)
  const [value] = values
  const within = values.length === 1 && typeof value === 'bigint' ? rangesAt(ranges, value) : []
  const found = [...(exact.get(values.join(' ')) ?? []), ...within, ...rest]
  return list.length === found.length ? list : pick(list, found)
}

function pick<T>(list: readonly T[], positions: number[]): T[] {
  return positions
    .sort((a, b) => a - b)
    .map((at) => list[at])
    .filter((each) => each !== undefined)
}

function indexOf<T>(list: readonly T[], elementOf: (each: T) => Element, width: number): ElementIndex {
  const before = indexes.get(list)
  if (before) return before
  const index = build(list.map(elementOf), width)
  indexes.set(list, index)
  return index
}

/** `width`: how many fields there are; what stands beside them has no say in where an element is found. */
function build(elements: readonly Element[], width: number): ElementIndex {
  const exact = new Map<string, number[]>()
  const ranges: Interval[] = []
  const rest: number[] = []
  elements.forEach((element, at) => {
    const [first, ...others] = element
    const keys = element.slice(0, width).map(exactKey)
    if (keys.every((key) => key !== null)) {
      const key = keys.join(' ')
      const there = exact.get(key)
      if (there) there.push(at)
      else exact.set(key, [at])
    } else if (first?.kind === 'range' && others.length === 0) {
      ranges.push({ from: first.from, to: first.to, at })
    } else rest.push(at)
  })
  const { apart, nested } = separate(ranges)
  return { exact, ranges: apart, rest: [...rest, ...nested.map(({ at }) => at)] }
}

/** Ranges of one set do not overlap, save with its `*`, which is all of them. */
function separate(ranges: readonly Interval[]): { apart: Interval[]; nested: Interval[] } {
  const sorted = ranges.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const nested = sorted.filter(isCatchAll)
  const apart: Interval[] = []
  for (const range of sorted) {
    if (isCatchAll(range)) continue
    const last = apart.at(-1)
    if (!last || range.to > last.to) apart.push(range)
    else nested.push(range)
  }
  return { apart, nested }
}

function isCatchAll({ from, to }: Interval): boolean {
  return from === 0n && to === WHOLE
}

function exactKey(component: Component): string | null {
  if (component.kind === 'text') return component.text
  return component.kind === 'range' && component.from === component.to ? `${component.from}` : null
}

/** Back from the last that starts early enough. */
function rangesAt(ranges: readonly Interval[], value: bigint): number[] {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.from ?? 0n) <= value) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  for (let i = low - 1; i >= 0; i--) {
    const range = ranges[i]
    if (!range || range.to < value) break
    found.push(range.at)
  }
  return found
}
