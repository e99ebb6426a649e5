import { isObject, type Json, textOf } from './json-value.ts'

/** What a rule or a table of nft is made of, which tells whether iptables-save shows it right. */
export interface Make {
  /** Some of it is in a form that only iptables itself reads (`xt`). */
  readonly xt: boolean
  /** Some of it iptables-nft never writes: sets, maps, and whatever iptables-save cannot print. */
  readonly native: boolean
}

export function makeOf(statements: readonly Record<string, Json>[]): Make {
  const parts = statements.map((statement) => {
    const [name = ''] = Object.keys(statement)
    return name === 'xt' ? 'xt' : isPlain(name, statement[name]) ? 'plain' : 'native'
  })
  return { xt: parts.includes('xt'), native: parts.includes('native') || comparesTwice(statements) }
}

/**
 * As iptables-nft writes it. For anything else iptables-save prints less than there is, or something else: a range of
 * addresses as its last one, `<` as equal, a field that it does not know not at all.
 */
function isPlain(name: string, body: Json | undefined): boolean {
  switch (name) {
    case 'counter':
    case 'accept':
    case 'drop':
    case 'return':
    case 'jump':
    case 'goto':
    case 'limit':
      return true
    // NFLOG; LOG is written in iptables' own form.
    case 'log':
      return isObject(body) && body.group !== undefined
    // TRACE.
    case 'mangle':
      return isObject(body) && fieldName(body.key) === 'meta nftrace'
    case 'match':
      return isObject(body) && isPlainMatch(body)
    default:
      return false
  }
}

function isPlainMatch({ op, left, right }: Record<string, Json>): boolean {
  const inner = unmasked(left)
  const field = fieldName(inner)
  const isEqual = op === '==' || op === '!='
  const single = !isObject(right) || isObject(right.prefix)
  const noSet = !textOf(right).startsWith('@') && !Array.isArray(right)
  if (field === 'tcp flags') return (inner !== left && isEqual) || op === '!' || op === 'in'
  if (/^(tcp|udp) [sd]port$/.test(field))
    return inner === left && noSet && (single || (isObject(right) && Array.isArray(right.range)))
  if (inner !== left && !isPlainMask(field, right)) return false
  return PLAIN_FIELDS.has(field) && isEqual && single && noSet
}

/** Masks that iptables writes: of an address, of a mark, and `-f`. */
function isPlainMask(field: string, right: Json | undefined): boolean {
  if (field === 'ip frag-off') return right === 0
  return /^ip6? [sd]addr$/.test(field) || field === 'meta mark'
}

/** `FIELD & MASK` without the mask. */
function unmasked(left: Json | undefined): Json | undefined {
  return isObject(left) && Array.isArray(left['&']) ? left['&'][0] : left
}

const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'ip saddr',
  'ip daddr',
  'ip protocol',
  'ip frag-off',
  'ip6 saddr',
  'ip6 daddr',
  'ip6 nexthdr',
  'meta l4proto',
  'meta iifname',
  'meta oifname',
  'meta iif',
  'meta oif',
  'meta mark',
])

/** `ip saddr`, `meta mark`; empty for other expressions. */
function fieldName(expression: Json | undefined): string {
  if (!isObject(expression)) return ''
  const { payload, meta } = expression
  if (isObject(payload)) return `${textOf(payload.protocol)} ${textOf(payload.field)}`
  return isObject(meta) ? `meta ${textOf(meta.key)}` : ''
}

/** Of two comparisons of one field iptables-save prints the last. */
function comparesTwice(statements: readonly Record<string, Json>[]): boolean {
  const fields = statements.flatMap(({ match }) => {
    if (!isObject(match)) return []
    return fieldName(unmasked(match.left))
  })
  return new Set(fields).size < fields.length
}
