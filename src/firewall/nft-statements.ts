import { parseAddress } from './address.ts'
import { isObject, type Json, listOf, numberOf, textOf } from './json-value.ts'
import type { Element, Field, Match, Target } from './model.ts'
import { isNumeric, numeric, readElement, readLoaded, unwrapped } from './nft-fields.ts'
import type { NamedSet } from './nft-sets.ts'

export interface Statements {
  readonly matches: readonly Match[]
  readonly target: Target | null
}

type SetLookup = (name: string) => NamedSet | undefined

/** Statements that neither match nor decide. `set` (add, update) fails a packet only where the set is full. */
const SILENT = new Set([
  'counter',
  'log',
  'set',
  'flow',
  'dup',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'last',
])

/** What one rule does: its matches, and its verdict or what stands in its place. */
export function readStatements(statements: readonly Record<string, Json>[], lookUp: SetLookup): Statements {
  const matches: Match[] = []
  const targets: Target[] = []
  // What stands behind a verdict map or notrack speaks of what comes after it only.
  const ask = (more: readonly Match[]) => {
    if (targets.length === 0) matches.push(...more)
    else if (more.length > 0) targets.push({ kind: 'unknown', name: 'a match behind a verdict' })
  }
  for (const statement of statements) {
    const [name = ''] = Object.keys(statement)
    const body = statement[name]
    if (name === 'match') {
      ask(isObject(body) ? readMatch(body, lookUp) : [unknown(statement)])
    } else if (isSilent(name, body) && !mayEnd(name, body)) {
      ask(impliedBySet(name, body))
    } else {
      const target = readTarget(name, body, lookUp)
      if (target && 'target' in target) ask(target.matches)
      if (name === 'reject') ask(impliedByReject(body))
      if (target) targets.push('target' in target ? target.target : target)
      else ask([unknown(statement)])
    }
  }
  const [target = null, ...more] = targets
  return { matches, target: more.length > 0 ? { kind: 'sequence', targets } : target }
}

const TRACKED: Match = { kind: 'ct-state', states: ['NEW', 'ESTABLISHED', 'RELATED'], negated: false }

function unknown(statement: Json): Match {
  return { kind: 'unknown', text: JSON.stringify(statement), negated: false }
}

/** What a rewrite of anything else does to the packet (its ports, its kind, its zone) is not followed. */
const HARMLESS_REWRITES = new Set([
  'meta mark',
  'meta priority',
  'meta nftrace',
  'ct mark',
  'ip dscp',
  'ip ecn',
  'ip6 dscp',
  'ip6 ecn',
  'maxseg size',
])

function isSilent(name: string, body: Json | undefined): boolean {
  if (name !== 'mangle') return SILENT.has(name)
  return isObject(body) && HARMLESS_REWRITES.has(rewritten(body.key))
}

function rewritten(key: Json | undefined): string {
  if (!isObject(key)) return ''
  const { meta, ct, payload, 'tcp option': option } = key
  if (isObject(meta)) return `meta ${textOf(meta.key)}`
  if (isObject(ct)) return `ct ${textOf(ct.key)}`
  if (isObject(payload)) return `${textOf(payload.protocol)} ${textOf(payload.field)}`
  return isObject(option) ? `${textOf(option.name)} ${textOf(option.field)}` : ''
}

/**
 * Whether the rule may end here: `add @seen { ip saddr limit rate 5/second }` decides by the limit,
 * `meta mark set ip saddr map @marks` by whether the map has the address.
 */
function mayEnd(name: string, body: Json | undefined): boolean {
  if (!isObject(body)) return false
  if (name === 'mangle') return isObject(body.value)
  return listOf(body.stmt).some((each) => isObject(each) && !('counter' in each))
}

/** `add @seen { ip saddr }` ends the rule for a packet that has none. */
function impliedBySet(name: string, body: Json | undefined): readonly Match[] {
  if (name !== 'set' || !isObject(body)) return []
  const { elem } = body
  return readLoaded(isObject(elem) && isObject(elem.elem) ? elem.elem.val : elem).implied
}

function readTarget(
  name: string,
  body: Json | undefined,
  lookUp: SetLookup,
): Target | { readonly matches: readonly Match[]; readonly target: Target } | null {
  switch (name) {
    case 'accept':
    case 'drop':
    case 'return':
      return { kind: name }
    case 'continue':
      return { kind: 'continue' }
    case 'jump':
    case 'goto':
      return { kind: name, chain: isObject(body) ? textOf(body.target) : '' }
    case 'reject':
      return { kind: 'reject', with: rejectWith(body) }
    case 'notrack':
      return { kind: 'notrack' }
    case 'vmap':
      return isObject(body) ? readMap(body, lookUp) : { kind: 'unknown', name }
    // They end the way through a nat chain; what they rewrite this host's filter has seen already.
    case 'snat':
    case 'masquerade':
      return { kind: 'snat' }
    case 'mangle':
      if (isObject(body) && HARMLESS_REWRITES.has(rewritten(body.key))) return null
      return { kind: 'unknown', name: 'a rewrite of the packet' }
    case 'dnat':
    case 'redirect':
      return readNat(name, body)
    case 'xt':
      return isObject(body) && textOf(body.type) === 'target'
        ? { kind: 'unknown', name: textOf(body.name) }
        : null
    case 'queue':
    case 'tproxy':
    case 'fwd':
    case 'synproxy':
      return { kind: 'unknown', name }
    // limit, quota, connection counts, meters, and statements of versions to come: the rule goes on or ends here.
    default:
      return null
  }
}

function readNat(name: string, body: Json | undefined): Target {
  const { addr, port } = isObject(body) ? body : {}
  const address = addr === undefined ? null : parseAddress(textOf(addr))
  const single = port === undefined || numberOf(port) !== null
  if (!single || (addr !== undefined && !address) || (name === 'dnat' && addr === undefined))
    return { kind: 'unknown', name }
  return { kind: 'dnat', address: address ? textOf(addr) : null, port: numberOf(port) }
}

/** In the words of iptables, which the answers use for every back end; icmpx is one type for both families. */
const REJECTS: ReadonlyMap<string, string> = new Map([
  ['net-unreachable', 'icmp-net-unreachable'],
  ['host-unreachable', 'icmp-host-unreachable'],
  ['prot-unreachable', 'icmp-proto-unreachable'],
  ['port-unreachable', 'icmp-port-unreachable'],
  ['net-prohibited', 'icmp-net-prohibited'],
  ['host-prohibited', 'icmp-host-prohibited'],
  ['admin-prohibited', 'icmp-admin-prohibited'],
])
const REJECTS_6: ReadonlyMap<string, string> = new Map([
  ['no-route', 'icmp6-no-route'],
  ['admin-prohibited', 'icmp6-adm-prohibited'],
  ['addr-unreachable', 'icmp6-addr-unreachable'],
  ['port-unreachable', 'icmp6-port-unreachable'],
  ['policy-fail', 'icmp6-policy-fail'],
  ['reject-route', 'icmp6-reject-route'],
])

/** nft has a reject look at packets that it can answer only, and leaves that out of the listing. */
function impliedByReject(body: Json | undefined): readonly Match[] {
  switch (isObject(body) ? textOf(body.type) : '') {
    case 'icmp':
      return [{ kind: 'family', family: 4, negated: false }]
    case 'icmpv6':
      return [{ kind: 'family', family: 6, negated: false }]
    case 'tcp reset':
      return [{ kind: 'protocol', protocol: 'tcp', negated: false }]
    default:
      return []
  }
}

function rejectWith(body: Json | undefined): string | null {
  if (!isObject(body)) return null
  const type = textOf(body.type)
  const how = textOf(body.expr)
  if (type === 'tcp reset') return 'tcp-reset'
  if (type === 'icmpv6') return REJECTS_6.get(how) ?? null
  return (type === 'icmpx' ? `icmpx-${how}` : REJECTS.get(how)) ?? null
}

function readMap(vmap: Record<string, Json>, lookUp: SetLookup) {
  const loaded = readLoaded(vmap.key)
  const { elements, dynamic } = elementsOf(vmap.data, lookUp)
  const entries = catchAllLast(elements).flatMap((pair) => {
    if (!Array.isArray(pair)) return []
    const [key, verdict] = pair
    const target = isObject(verdict) ? verdictOf(verdict) : null
    return target ? [{ element: readElement(key, loaded.fields), target }] : []
  })
  const { fields } = loaded
  const map: Target = { kind: 'map', fields, entries }
  const vague: Target = { kind: 'unknown', name: 'a map that packets add to' }
  const target: Target = dynamic ? { kind: 'sequence', targets: [map, vague] } : map
  return { matches: loaded.implied, target }
}

/** It holds for what is in no other element. */
function catchAllLast(elements: readonly Json[]): Json[] {
  const isCatchAll = (pair: Json) => Array.isArray(pair) && unwrapped(pair[0]) === '*'
  return [...elements.filter((pair) => !isCatchAll(pair)), ...elements.filter(isCatchAll)]
}

function verdictOf(verdict: Record<string, Json>): Target | null {
  const [name = ''] = Object.keys(verdict)
  const target = readTarget(name, verdict[name], () => undefined)
  return target && 'target' in target ? null : target
}

/** The elements of an anonymous set, or of the set that `@name` names. */
function elementsOf(
  value: Json | undefined,
  lookUp: SetLookup,
): { readonly elements: readonly Json[]; readonly dynamic: boolean } {
  if (isObject(value) && value.set !== undefined) return { elements: listOf(value.set), dynamic: false }
  const named = textOf(value).startsWith('@') ? lookUp(textOf(value).slice(1)) : undefined
  return named ?? { elements: [], dynamic: true }
}

function readMatch(body: Record<string, Json>, lookUp: SetLookup): Match[] {
  const { left, right } = body
  const op = textOf(body.op)
  const negated = op === '!=' || op === '!'
  if (isReversePath(left) && (right === false || right === 0))
    return [{ kind: 'reverse-path', negated: !negated }]
  const masked = isObject(left) && Array.isArray(left['&']) ? left['&'] : null
  if (masked) return readMasked(masked[0], masked[1], right, op) ?? [unknown(body)]
  const loaded = readLoaded(left)
  const [field] = loaded.fields
  if (isPayload(left, 'tcp', 'flags'))
    return [...loaded.implied, flagsMatch(right, op, lookUp) ?? unknown(body)]
  // Without a conntrack entry there is no status, and the rule ends.
  if (isDnatStatus(left, right)) return [TRACKED, { kind: 'ct-state', states: ['DNAT'], negated }]
  if (isMeta(left, 'pkttype') && typeof right === 'string') return [packetType(right, negated)]
  if (loaded.fields.length === 1 && field && (op === '<' || op === '>' || op === '<=' || op === '>=')) {
    const elements = [comparison(op, right, field)]
    return [...loaded.implied, { kind: 'elements', fields: loaded.fields, elements, negated: false }]
  }
  if (field?.kind === 'ct-state' && (op === '==' || op === '!=') && flagsOf(right).length > 1) {
    // Compared as one value (`cmp neq 6`), which no packet's single state ever equals.
    return [{ kind: 'elements', fields: loaded.fields, elements: [], negated }]
  }
  const { elements, vague } = comparedWith(right, loaded.fields, lookUp)
  const all: readonly Element[] = vague
    ? [...elements, loaded.fields.map(() => ({ kind: 'unknown' }) as const)]
    : elements
  return [...loaded.implied, { kind: 'elements', fields: loaded.fields, elements: all, negated }]
}

/** A set, a list of flags of which one must hold, or one value. */
function comparedWith(
  right: Json | undefined,
  fields: readonly Field[],
  lookUp: SetLookup,
): { readonly elements: Element[]; readonly vague: boolean } {
  const isSet = (isObject(right) && right.set !== undefined) || textOf(right).startsWith('@')
  if (!isSet) {
    return { elements: flagsOf(right).map((value) => readElement(value, fields)), vague: false }
  }
  const { elements, dynamic } = elementsOf(right, lookUp)
  return { elements: elements.map((value) => readElement(value, fields)), vague: dynamic }
}

/** `established,related`: a list in one version, joined by `|` in another. */
function flagsOf(right: Json | undefined): (Json | undefined)[] {
  if (Array.isArray(right)) return right
  return isObject(right) && right['|'] !== undefined ? listOf(right['|']) : [right]
}

function comparison(op: string, right: Json | undefined, field: Field): Element {
  const value = isNumeric(field) ? numeric(right, field) : null
  if (value === null) return [{ kind: 'unknown' }]
  const most = (1n << 128n) - 1n
  if (op === '<' && value === 0n) return [{ kind: 'range', from: 1n, to: 0n }]
  if (op === '<') return [{ kind: 'range', from: 0n, to: value - 1n }]
  if (op === '<=') return [{ kind: 'range', from: 0n, to: value }]
  return [{ kind: 'range', from: op === '>' ? value + 1n : value, to: most }]
}

function readMasked(
  inner: Json | undefined,
  mask: Json | undefined,
  right: Json | undefined,
  op: string,
): Match[] | null {
  const negated = op === '!='
  if (isPayload(inner, 'tcp', 'flags')) {
    const [bits, set] = [flagNames(mask), flagNames(right)]
    if (!bits || !set || (op !== '==' && op !== '!=')) return null
    return [...readLoaded(inner).implied, { kind: 'tcp-flags', mask: bits, set, negated }]
  }
  if (isPayload(inner, 'ip', 'frag-off') && numberOf(right) === 0) {
    // `ip frag-off & 0x1fff != 0`: a later fragment.
    return [...readLoaded(inner).implied, { kind: 'fragment', negated: !negated }]
  }
  const loaded = readLoaded(inner)
  const [field] = loaded.fields
  const network = parseAddress(textOf(right))
  const bits = parseAddress(textOf(mask))
  if (field?.kind !== 'address' || !network || bits?.family !== network.family) return null
  const net = { family: network.family, network: network.value, mask: bits.value }
  return [...loaded.implied, { kind: 'address', side: field.side, net, negated }]
}

const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr']

/** Names of flags, or their bits as a number; null for what is neither. */
function flagNames(value: Json | undefined): string[] | null {
  const number = numberOf(value)
  if (number !== null)
    return FLAGS.filter((_, bit) => ((number >> bit) & 1) === 1).map((name) => name.toUpperCase())
  const names = isObject(value) && value['|'] !== undefined ? flatFlags(value) : listOf(value).map(textOf)
  return names.every((name) => FLAGS.includes(name)) ? names.map((name) => name.toUpperCase()) : null
}

/** `fin | syn | rst` is nested in old versions, and a list in new ones. */
function flatFlags(value: Json): string[] {
  if (isObject(value)) return listOf(value['|']).flatMap(flatFlags)
  return [textOf(value)]
}

/** `tcp flags syn` asks for any of the flags; `==` for exactly these; a set for exactly one of its elements. */
function flagsMatch(right: Json | undefined, op: string, lookUp: SetLookup): Match | null {
  const isSet = (isObject(right) && right.set !== undefined) || textOf(right).startsWith('@')
  if (isSet) {
    const { elements, dynamic } = elementsOf(right, lookUp)
    const [only] = elements
    if (dynamic || elements.length !== 1) return null
    return flagsMatch(only, op === '!=' ? '!=' : '==', lookUp)
  }
  const names = flagNames(right)
  if (!names) return null
  const all = FLAGS.map((name) => name.toUpperCase())
  switch (op) {
    case '==':
    case '!=':
      return { kind: 'tcp-flags', mask: all, set: names, negated: op === '!=' }
    case '!':
      return { kind: 'tcp-flags', mask: names, set: [], negated: false }
    case 'in':
      // Any of them: not none of them.
      return { kind: 'tcp-flags', mask: names, set: [], negated: true }
    default:
      return null
  }
}

function packetType(name: string, negated: boolean): Match {
  return { kind: 'packet-type', type: name === 'host' ? 'unicast' : name, negated }
}

function isMeta(expression: Json | undefined, key: string): boolean {
  return isObject(expression) && isObject(expression.meta) && textOf(expression.meta.key) === key
}

function isPayload(expression: Json | undefined, protocol: string, field: string): boolean {
  if (!isObject(expression) || !isObject(expression.payload)) return false
  return textOf(expression.payload.protocol) === protocol && textOf(expression.payload.field) === field
}

function isDnatStatus(left: Json | undefined, right: Json | undefined): boolean {
  return isObject(left) && isObject(left.ct) && textOf(left.ct.key) === 'status' && textOf(right) === 'dnat'
}

/** `fib saddr . iif oif`, compared with `missing`, which nft prints as false or 0, by version. */
function isReversePath(left: Json | undefined): boolean {
  if (!isObject(left) || !isObject(left.fib)) return false
  const flags = listOf(left.fib.flags).map(textOf)
  return textOf(left.fib.result) === 'oif' && flags.includes('saddr') && flags.includes('iif')
}
