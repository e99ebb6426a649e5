import { isObject, type Json, listOf, textOf } from './json-value.ts'

/** A named set or verdict map, as it stands in the document: what its elements are is told by where it is used. */
export interface NamedSet {
  readonly elements: readonly Json[]
  /** Packets themselves may add to it, so what the dump shows is not all. */
  readonly dynamic: boolean
}

/** By `FAMILY TABLE NAME`. */
export type NamedSets = ReadonlyMap<string, NamedSet>

export function readSets(objects: readonly Record<string, Json>[]): NamedSets {
  const sets = new Map<string, NamedSet>()
  const { grown, shrunk } = writtenSets(objects)
  for (const object of objects) {
    const set = isObject(object.set) ? object.set : object.map
    if (!isObject(set)) continue
    const flags = listOf(set.flags).map(textOf)
    const key = `${textOf(set.family)} ${textOf(set.table)} ${textOf(set.name)}`
    const elements = listOf(set.elem)
    sets.set(key, {
      elements: shrunk.has(key) ? elements.map(passing) : elements,
      dynamic: flags.includes('dynamic') || grown.has(key),
    })
  }
  return sets
}

/** Of these rules themselves write to a set, whether or not it says that it is `dynamic`. */
function writtenSets(objects: readonly Record<string, Json>[]) {
  const [grown, shrunk] = [new Set<string>(), new Set<string>()]
  for (const { rule } of objects) {
    if (!isObject(rule)) continue
    for (const statement of listOf(rule.expr)) {
      const [body, name] = isObject(statement) ? writeOf(statement) : []
      if (body === undefined) continue
      const key = `${textOf(rule.family)} ${textOf(rule.table)} ${textOf(name).replace(/^@/, '')}`
      ;(textOf(body.op) === 'delete' ? shrunk : grown).add(key)
    }
  }
  return { grown, shrunk }
}

/** `add @seen { ip saddr }`, `update @marks { ip saddr : 1 }`: the statement, and the set that it names. */
function writeOf({ set, map }: Record<string, Json>): [Record<string, Json>, Json | undefined] | [] {
  if (isObject(set)) return [set, set.set]
  return isObject(map) ? [map, map.map] : []
}

/** As an element with a timeout is listed; that of a map has its value beside it. */
function passing(element: Json): Json {
  if (Array.isArray(element)) return [passing(element[0] ?? null), ...element.slice(1)]
  return { elem: { val: element, expires: 0 } }
}
