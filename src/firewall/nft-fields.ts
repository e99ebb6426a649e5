import { parseAddress, parseNet } from './address.ts'
import { ICMP_TYPES } from './icmp-types.ts'
import { isObject, type Json, listOf, numberOf, textOf } from './json-value.ts'
import { type Component, type Element, type Field, type Match, WHOLE } from './model.ts'

/** What an expression on the left of a comparison loads, and what else must hold for it to be there at all. */
export interface Loaded {
  readonly fields: readonly Field[]
  /** nft leaves these out of its listing where the expression implies them. */
  readonly implied: readonly Match[]
}

const TCP: Match = { kind: 'protocol', protocol: 'tcp', negated: false }

/** Reads `meta`, `payload`, `ct`, `fib` and concatenations of them. */
export function readLoaded(expression: Json | undefined): Loaded {
  if (!isObject(expression)) return opaque(expression)
  const { meta, payload, ct, fib, concat } = expression
  if (Array.isArray(concat)) {
    const parts = concat.map(readLoaded)
    return { fields: parts.flatMap(({ fields }) => fields), implied: parts.flatMap(({ implied }) => implied) }
  }
  const field =
    (isObject(meta) && metaField(textOf(meta.key))) ||
    (isObject(payload) && payloadField(textOf(payload.protocol), textOf(payload.field))) ||
    (isObject(ct) && ct.dir === undefined && textOf(ct.key) === 'state' && ({ kind: 'ct-state' } as const)) ||
    (isObject(fib) && fibField(fib))
  const implied = isObject(payload) ? impliedBy(textOf(payload.protocol)) : []
  return { fields: field ? [field] : opaque(expression).fields, implied }
}

function opaque(expression: Json | undefined): Loaded {
  return { fields: [{ kind: 'opaque', text: JSON.stringify(expression) ?? '' }], implied: [] }
}

/** A load from a header that the packet does not have ends the rule. */
function impliedBy(protocol: string): Match[] {
  switch (protocol) {
    case 'ip':
      return [{ kind: 'family', family: 4, negated: false }]
    case 'ip6':
      return [{ kind: 'family', family: 6, negated: false }]
    case 'tcp':
      return [TCP]
    case 'udp':
      return [{ kind: 'protocol', protocol: 'udp', negated: false }]
    default:
      return []
  }
}

function metaField(key: string): Field | null {
  switch (key) {
    case 'l4proto':
      return { kind: 'protocol' }
    case 'nfproto':
    case 'protocol':
      return { kind: 'family' }
    case 'iif':
    case 'iifname':
      return { kind: 'interface', side: 'in' }
    case 'oif':
    case 'oifname':
      return { kind: 'interface', side: 'out' }
    default:
      return null
  }
}

function payloadField(protocol: string, field: string): Field | null {
  const side = field === 'saddr' || field === 'sport' ? 'source' : 'destination'
  switch (`${protocol} ${field}`) {
    case 'ip saddr':
    case 'ip daddr':
      return { kind: 'address', side, family: 4 }
    case 'ip6 saddr':
    case 'ip6 daddr':
      return { kind: 'address', side, family: 6 }
    case 'ip protocol':
    case 'ip6 nexthdr':
      return { kind: 'protocol' }
    case 'tcp sport':
    case 'tcp dport':
      return { kind: 'port', side, protocol: 'tcp' }
    case 'udp sport':
    case 'udp dport':
      return { kind: 'port', side, protocol: 'udp' }
    case 'th sport':
    case 'th dport':
      return { kind: 'port', side, protocol: null }
    case 'icmp type':
    case 'icmp code':
      return { kind: field === 'type' ? 'icmp-type' : 'icmp-code', family: 4 }
    case 'icmpv6 type':
    case 'icmpv6 code':
      return { kind: field === 'type' ? 'icmp-type' : 'icmp-code', family: 6 }
    default:
      return null
  }
}

function fibField(fib: Record<string, Json>): Field | null {
  const flags = listOf(fib.flags).map(textOf)
  if (textOf(fib.result) !== 'type' || flags.length !== 1) return null
  if (flags[0] === 'saddr') return { kind: 'address-type', side: 'source' }
  return flags[0] === 'daddr' ? { kind: 'address-type', side: 'destination' } : null
}

/** A value to compare the fields with; what cannot be read may be anything. */
export function readElement(value: Json | undefined, fields: readonly Field[]): Element {
  const plain = unwrapped(value)
  const gone: Element = mayBeGone(value) ? [{ kind: 'unknown' }] : []
  if (plain === '*') return [...fields.map(anything), ...gone]
  const parts = isObject(plain) && Array.isArray(plain.concat) ? plain.concat : [plain]
  const own = fields.map(
    (field, i): Component =>
      parts.length === fields.length ? readComponent(unwrapped(parts[i]), field) : { kind: 'unknown' },
  )
  return [...own, ...gone]
}

/** It has a timeout, and the packet comes later than the dump. */
function mayBeGone(value: Json | undefined): boolean {
  if (!isObject(value) || !isObject(value.elem)) return false
  const { timeout, expires, val } = value.elem
  return timeout !== undefined || expires !== undefined || mayBeGone(val)
}

/** Elements with a timeout, counter or comment are wrapped. */
export function unwrapped(value: Json | undefined): Json | undefined {
  return isObject(value) && isObject(value.elem) ? unwrapped(value.elem.val) : value
}

function anything(field: Field): Component {
  return isNumeric(field) ? { kind: 'range', from: 0n, to: WHOLE } : { kind: 'prefix', prefix: '' }
}

function readComponent(value: Json | undefined, field: Field): Component {
  if (field.kind === 'opaque') return { kind: 'unknown' }
  if (!isNumeric(field)) return textComponent(value, field)
  if (isObject(value)) {
    const { prefix, range } = value
    if (isObject(prefix)) return prefixRange(prefix)
    if (Array.isArray(range)) {
      const [from, to] = [numeric(range[0], field), numeric(range[1], field)]
      return from !== null && to !== null ? { kind: 'range', from, to } : { kind: 'unknown' }
    }
    return { kind: 'unknown' }
  }
  const number = numeric(value, field)
  return number === null ? { kind: 'unknown' } : { kind: 'range', from: number, to: number }
}

function prefixRange(prefix: Record<string, Json>): Component {
  const net = parseNet(`${textOf(prefix.addr)}/${textOf(prefix.len)}`)
  if (!net) return { kind: 'unknown' }
  const ones = net.family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n
  return { kind: 'range', from: net.network, to: net.network | (ones ^ net.mask) }
}

export function isNumeric({ kind }: Field): boolean {
  return kind === 'address' || kind === 'port' || kind === 'icmp-type' || kind === 'icmp-code'
}

/** Null for a name that is not known. */
export function numeric(value: Json | undefined, field: Field): bigint | null {
  const number = numberOf(value)
  if (number !== null) return number < 0 ? null : BigInt(number)
  const text = textOf(value)
  if (field.kind === 'address') {
    const address = parseAddress(text)
    return address?.family === field.family ? address.value : null
  }
  if (field.kind === 'icmp-type') {
    const type = ICMP_TYPES[field.family].get(text)
    return type === undefined ? null : BigInt(type)
  }
  return /^\d+$/.test(text) ? BigInt(text) : null
}

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['6', 'tcp'],
  ['17', 'udp'],
  ['1', 'icmp'],
  ['58', 'icmpv6'],
  ['ipv6-icmp', 'icmpv6'],
])
const FAMILY_NAMES: ReadonlyMap<string, string> = new Map([
  ['ip', 'ipv4'],
  ['ip6', 'ipv6'],
  ['2', 'ipv4'],
  ['10', 'ipv6'],
])

function textComponent(value: Json | undefined, field: Field): Component {
  const text = textOf(value)
  if (text === '') return { kind: 'unknown' }
  switch (field.kind) {
    case 'interface':
      return text.endsWith('*') ? { kind: 'prefix', prefix: text.slice(0, -1) } : { kind: 'text', text }
    case 'ct-state':
      return { kind: 'text', text: text.toUpperCase() }
    case 'protocol':
      return { kind: 'text', text: PROTOCOLS.get(text) ?? text }
    case 'family':
      return { kind: 'text', text: FAMILY_NAMES.get(text) ?? text }
    default:
      return { kind: 'text', text }
  }
}
