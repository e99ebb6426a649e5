import { isObject, type Json, listOf, numberOf, textOf } from './json-value.ts'
import { expression, hintOf, quoted, verdict } from './nft-expression.ts'

/**
 * A rule of `nft -j list ruleset` in the words that `nft -s list ruleset` has for it (nft(8)), as near as its JSON tells:
 * for people where nft's own listing is not at hand, never for a comparison with it. What is not known stays JSON. Text of
 * a remote host.
 */
export function nftWords(statements: readonly Record<string, Json>[], comment: string): string {
  const words = statements.map(statementWords)
  // One line, whatever a name holds.
  return [...words, ...(comment === '' ? [] : [`comment ${quoted(comment)}`])]
    .join(' ')
    .replace(/\p{Cc}/gu, '?')
}

function statementWords(statement: Record<string, Json>): string {
  const [name = '', ...more] = Object.keys(statement)
  const words = more.length > 0 ? null : known(name, statement[name])
  return words ?? JSON.stringify(statement)
}

/** Null: not known. */
function known(name: string, body: Json | undefined): string | null {
  switch (name) {
    case 'notrack':
      return name
    case 'counter':
      return typeof body === 'string' ? `counter name ${quoted(body)}` : 'counter'
    case 'ct helper':
      return typeof body === 'string' ? `ct helper set ${quoted(body)}` : null
    case 'xt':
      return isObject(body) ? `xt ${textOf(body.type)} ${quoted(textOf(body.name))}` : null
    default:
      if (typeof body === 'string' && name === 'limit') return `limit name ${quoted(body)}`
      return verdict(name, body) ?? detailed(name, body)
  }
}

function detailed(name: string, body: Json | undefined): string | null {
  const parts = isObject(body) ? body : {}
  switch (name) {
    case 'match':
      return matchWords(parts)
    case 'vmap':
      return `${expression(parts.key)} vmap ${expression(parts.data, hintOf(parts.key))}`
    case 'reject':
      return rejectWords(parts)
    case 'log':
      return logWords(parts)
    case 'limit':
      return limitWords(parts)
    case 'mangle':
      return `${expression(parts.key)} set ${expression(parts.value, hintOf(parts.key))}`
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return natWords(name, parts)
    case 'set':
      return `${textOf(parts.op)} ${textOf(parts.set)} { ${[
        expression(parts.elem),
        ...listOf(parts.stmt).filter(isObject).map(statementWords),
      ].join(' ')} }`
    case 'ct count':
      return `ct count ${over(parts)}${textOf(parts.val)}`
    case 'quota':
      return `quota ${over(parts)}${textOf(parts.val)} ${textOf(parts.val_unit)}`
    case 'flow':
      return `flow ${textOf(parts.op)} ${textOf(parts.flowtable)}`
    default:
      return null
  }
}

function over({ inv }: Record<string, Json>): string {
  return inv === true ? 'over ' : ''
}

function matchWords({ op, left, right }: Record<string, Json>): string {
  const sign = textOf(op)
  const hint = hintOf(left)
  const masked = isObject(left) && Array.isArray(left['&']) ? left['&'] : null
  const [field, mask] = masked ?? []
  if (masked && expression(field) === 'tcp flags' && (sign === '==' || sign === '!=')) {
    return `tcp flags ${sign === '==' ? '' : '!= '}${expression(right)} / ${expression(mask)}`
  }
  // A masked field is compared in so many words.
  const isBare = (sign === '==' && !masked) || sign === 'in'
  return `${expression(left, hint)} ${isBare ? '' : `${sign} `}${expression(right, hint)}`
}

function rejectWords({ type, expr }: Record<string, Json>): string {
  if (type === undefined) return 'reject'
  const how = textOf(expr)
  // What nft sends of itself in an inet table, and leaves out.
  if (type === 'icmpx' && how === 'port-unreachable') return 'reject'
  return `reject with ${textOf(type)}${how === '' ? '' : ` ${how}`}`
}

function logWords(log: Record<string, Json>): string {
  const [flags, level] = [listOf(log.flags).map(textOf).join(','), textOf(log.level)]
  return [
    'log',
    ...(log.prefix === undefined ? [] : [`prefix ${quoted(textOf(log.prefix))}`]),
    ...(['group', 'snaplen', 'queue-threshold'] as const).flatMap((key) =>
      log[key] === undefined ? [] : [`${key} ${textOf(log[key])}`],
    ),
    ...(level === '' || level === 'warn' ? [] : [`level ${level}`]),
    ...(flags === '' ? [] : [`flags ${flags}`]),
  ].join(' ')
}

const DEFAULT_BURST = 5

function limitWords(limit: Record<string, Json>): string {
  const unit = textOf(limit.rate_unit)
  const burst = numberOf(limit.burst)
  return [
    `limit rate ${over(limit)}${textOf(limit.rate)}${unit === '' || unit === 'packets' ? '' : ` ${unit}`}/${textOf(limit.per)}`,
    ...(burst === null || burst === 0 || burst === DEFAULT_BURST
      ? []
      : [`burst ${burst} ${textOf(limit.burst_unit) || 'packets'}`]),
  ].join(' ')
}

function natWords(name: string, nat: Record<string, Json>): string {
  const { addr, port, family } = nat
  const flags = listOf(nat.flags).map(textOf).join(',')
  const to = `${addr === undefined ? '' : expression(addr)}${port === undefined ? '' : `:${expression(port)}`}`
  return [
    name,
    ...(family === undefined ? [] : [textOf(family)]),
    ...(to === '' ? [] : [`to ${to}`]),
    ...(flags === '' ? [] : [flags]),
  ].join(' ')
}
