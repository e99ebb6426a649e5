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
  for (const object of objects) {
    const set = isObject(object.set) ? object.set : object.map
    if (!isObject(set)) continue
    const flags = listOf(set.flags).map(textOf)
    sets.set(`${textOf(set.family)} ${textOf(set.table)} ${textOf(set.name)}`, {
      elements: listOf(set.elem),
      dynamic: flags.includes('dynamic'),
    })
  }
  return sets
}
