import { parseAddress, parseNet } from './address.ts'
import type { Component, Element, Field, Side } from './model.ts'
import { RulesetSyntaxError } from './tokens.ts'

/** The sets of `ipset save`, by name. */
export type IpSets = ReadonlyMap<string, IpSet>

export interface IpSet {
  /** What each dimension holds: `ip`, `net`, `port`, `mac`, … (the set's type after the colon). */
  readonly dimensions: readonly string[]
  readonly family: 4 | 6
  /** Null where its elements are not simply what it matches: lists of sets, exceptions (`nomatch`), marks. */
  readonly elements: readonly IpSetElement[] | null
}

interface IpSetElement {
  readonly element: Element
  /** Of an element with a port: the protocol that it is of. */
  readonly protocol: 'tcp' | 'udp' | null
  /** False where it has a timeout: it may be gone when the packet comes. */
  readonly lasts: boolean
}

const DIMENSIONS = new Set(['ip', 'net', 'port'])

/** ipset takes any text without double quotes, line breaks included, and escapes nothing. */
const COMMENT = / comment "[^"]*"/g

/**
 * Reads `ipset save` (ipset(8), "SET TYPES"). What it does not understand makes a set that may hold anything. Throws
 * `RulesetSyntaxError` for lines that ipset does not print.
 */
export function parseIpsetSave(text: string): IpSets {
  const sets = new Map<string, { dimensions: string[]; family: 4 | 6; elements: IpSetElement[] | null }>()
  const lines = text.replace(COMMENT, (comment) => comment.replace(/[^\n]/g, '')).split('\n')
  for (const [at, line] of lines.entries()) {
    const [command = '', name = '', what = '', ...rest] = line.trim().split(/\s+/)
    if (command === '' || command.startsWith('#')) continue
    if (what === '' || (command !== 'create' && command !== 'add'))
      throw new RulesetSyntaxError(at + 1, 'expected create or add, as ipset save prints')
    if (command === 'create') {
      const [method = '', kinds = ''] = what.split(':')
      const dimensions = kinds.split(',')
      const family = rest[rest.indexOf('family') + 1] === 'inet6' && rest.includes('family') ? 6 : 4
      const plain =
        method !== 'list' &&
        dimensions.every((kind) => DIMENSIONS.has(kind)) &&
        // Of such a set each element stands for all addresses that are alike under the mask.
        !rest.some((word) => word === 'netmask' || word === 'bitmask')
      sets.set(name, { dimensions, family, elements: plain ? [] : null })
    } else {
      const set = sets.get(name)
      if (!set?.elements) continue
      const element = rest.includes('nomatch') ? null : readElement(what, set.dimensions)
      if (element) set.elements.push({ ...element, lasts: !/ timeout [1-9]/.test(line) })
      else set.elements = null
    }
  }
  return sets
}

/** `10.99.0.1,tcp:4567`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `8080`. */
function readElement(text: string, dimensions: readonly string[]): Omit<IpSetElement, 'lasts'> | null {
  const parts = text.split(',')
  if (parts.length !== dimensions.length) return null
  let protocol: IpSetElement['protocol'] = null
  const element: Component[] = []
  for (const [at, part] of parts.entries()) {
    const isPort = dimensions[at] === 'port'
    const [, named, value] = /^(?:(tcp|udp):)?(.*)$/.exec(part) ?? []
    const component = isPort ? portRange(value ?? '') : addressRange(part)
    if (!component) return null
    if (isPort && named) protocol = named === 'tcp' ? 'tcp' : 'udp'
    element.push(component)
  }
  return { element, protocol }
}

function portRange(text: string): Component | null {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  return from === undefined ? null : { kind: 'range', from: BigInt(from), to: BigInt(to ?? from) }
}

function addressRange(text: string): Component | null {
  const [first = '', last] = text.split('-')
  if (last !== undefined) {
    const [from, to] = [parseAddress(first), parseAddress(last)]
    return from && to ? { kind: 'range', from: from.value, to: to.value } : null
  }
  const net = parseNet(text)
  if (!net) return null
  const ones = net.family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n
  return { kind: 'range', from: net.network, to: net.network | (ones ^ net.mask) }
}

/** `-m set --match-set NAME src,dst` as fields to compare; null where the set cannot be decided. */
export function ipsetFields(
  set: IpSet,
  flags: readonly string[],
): { fields: Field[]; elements: Element[] } | null {
  const { dimensions, family, elements } = set
  if (elements === null || flags.length < dimensions.length) return null
  const sides = flags.map((flag): Side | null =>
    flag === 'src' ? 'source' : flag === 'dst' ? 'destination' : null,
  )
  // A set with ports of both protocols: the protocol is one more field, of each element its own.
  const withPort = dimensions.includes('port')
  const fields: Field[] = []
  for (const [at, dimension] of dimensions.entries()) {
    const side = sides[at]
    if (!side) return null
    fields.push(
      dimension === 'port' ? { kind: 'port', side, protocol: null } : { kind: 'address', side, family },
    )
  }
  const gone = ({ lasts }: IpSetElement): Element => (lasts ? [] : [{ kind: 'unknown' }])
  if (!withPort) return { fields, elements: elements.map((each) => [...each.element, ...gone(each)]) }
  return {
    fields: [...fields, { kind: 'protocol' }],
    elements: elements.flatMap((each) =>
      (each.protocol === null ? ['tcp', 'udp'] : [each.protocol]).map(
        (text): Element => [...each.element, { kind: 'text', text }, ...gone(each)],
      ),
    ),
  }
}
