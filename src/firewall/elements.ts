import { isInner, isInnerPrefix } from './inner-interface.ts'
import type { Subject } from './match.ts'
import type { Component, Element, Field } from './model.ts'
import { readField, type Value } from './read-field.ts'
import { and, known, or, type Tri } from './tri.ts'

/** Whether the fields of the packet are one of the elements; null for a packet that does not have them. */
export function matchElements(
  fields: readonly Field[],
  elements: readonly Element[],
  subject: Subject,
): Tri | null {
  const values = readFields(fields, subject)
  if (values === null) return null
  const [value] = values
  if (values.length === 1 && typeof value === 'bigint' && elements.length > FEW) {
    const intervals = intervalsOf(elements)
    if (intervals) return known(lies(value, intervals))
  }
  let result: Tri = 'no'
  for (const element of elements) {
    result = or(result, matchElement(element, fields, values))
    if (result === 'yes') return 'yes'
  }
  return result
}

/** In the order of the fields, null for what is not known; null altogether for a packet that lacks one of them. */
export function readFields(fields: readonly Field[], subject: Subject): (Value | null)[] | null {
  const values: (Value | null)[] = []
  for (const field of fields) {
    const value = readField(field, subject)
    if (value === undefined) return null
    values.push(value)
  }
  return values
}

export function matchElement(
  element: Element,
  fields: readonly Field[],
  values: readonly (Value | null)[],
): Tri {
  let result: Tri = 'yes'
  for (let i = 0; i < element.length && result !== 'no'; i++) {
    const component = element[i]
    const field = fields[i]
    if (component && field) result = and(result, matchComponent(component, field, values[i] ?? null))
  }
  return result
}

function matchComponent(component: Component, field: Field, value: Value | null): Tri {
  if (value === null) return isInnerName(component, field) ? 'no' : 'maybe'
  switch (component.kind) {
    case 'unknown':
      return 'maybe'
    case 'range':
      return known(typeof value === 'bigint' && component.from <= value && value <= component.to)
    case 'text':
      return known(value === component.text)
    case 'prefix':
      return known(typeof value === 'string' && value.startsWith(component.prefix))
  }
}

function isInnerName(component: Component, { kind }: Field): boolean {
  if (kind !== 'interface') return false
  if (component.kind === 'text') return isInner(component.text)
  return component.kind === 'prefix' && isInnerPrefix(component.prefix)
}

/** Sorting pays off for sets with more elements. */
const FEW = 8

interface Interval {
  readonly from: bigint
  readonly to: bigint
}

const sorted = new WeakMap<readonly Element[], readonly Interval[] | null>()

/** The union of all elements as disjoint intervals in order; null when one of them is no range. */
function intervalsOf(elements: readonly Element[]): readonly Interval[] | null {
  const before = sorted.get(elements)
  if (before !== undefined) return before
  const union = unite(elements)
  sorted.set(elements, union)
  return union
}

function unite(elements: readonly Element[]): Interval[] | null {
  const ranges = elements.flatMap(([component]) => (component?.kind === 'range' ? [component] : []))
  if (ranges.length !== elements.length) return null
  const union: Interval[] = []
  for (const { from, to } of ranges.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = union.at(-1)
    if (!last || from > last.to) union.push({ from, to })
    else if (to > last.to) union[union.length - 1] = { from: last.from, to }
  }
  return union
}

function lies(value: bigint, intervals: readonly Interval[]): boolean {
  let low = 0
  let high = intervals.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((intervals[middle]?.to ?? 0n) < value) low = middle + 1
    else high = middle
  }
  const found = intervals[low]
  return found !== undefined && found.from <= value
}
