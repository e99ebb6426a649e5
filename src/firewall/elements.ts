import { near } from './element-index.ts'
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
  const best: Tri = values.includes(null) ? 'maybe' : 'yes'
  let result: Tri = 'no'
  for (const element of near(elements, same, values)) {
    result = or(result, matchElement(element, fields, values))
    if (result === best) return best
  }
  return result
}

function same(element: Element): Element {
  return element
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
    if (!component) continue
    result = and(result, field ? matchComponent(component, field, values[i] ?? null) : 'maybe')
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
