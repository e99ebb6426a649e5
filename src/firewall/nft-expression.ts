import { isObject, type Json, listOf, textOf } from './json-value.ts'

/** How values are written that are compared with a field. */
type Hint = 'plain' | 'quoted' | 'hex' | 'exists'

export function hintOf(left: Json | undefined): Hint {
  if (!isObject(left)) return 'plain'
  if (Array.isArray(left['&'])) return hintOf(left['&'][0])
  if (left.fib !== undefined || left.exthdr !== undefined || left['tcp option'] !== undefined) return 'exists'
  const key = isObject(left.meta) ? textOf(left.meta.key) : isObject(left.ct) ? textOf(left.ct.key) : ''
  if (/^([io]if(name)?|time|hour|day)$/.test(key)) return 'quoted'
  return key === 'mark' ? 'hex' : 'plain'
}

/** An expression of libnftables-json(5) as nft writes it; what is not known stays JSON. */
export function expression(value: Json | undefined, hint: Hint = 'plain'): string {
  if (typeof value === 'string') return hint === 'quoted' && !value.startsWith('@') ? quoted(value) : value
  if (typeof value === 'number') {
    return hint === 'hex' ? `0x${(value >>> 0).toString(16).padStart(8, '0')}` : String(value)
  }
  if (typeof value === 'boolean' && hint === 'exists') return value ? 'exists' : 'missing'
  if (Array.isArray(value)) return value.map((each) => expression(each, hint)).join(',')
  if (!isObject(value)) return JSON.stringify(value) ?? ''
  const [name = ''] = Object.keys(value)
  return compound(name, value[name], hint) ?? JSON.stringify(value)
}

/** Null: not known. */
function compound(name: string, body: Json | undefined, hint: Hint): string | null {
  const parts = isObject(body) ? body : {}
  switch (name) {
    case 'set':
      return `{ ${listOf(body)
        .map((each) => element(each, hint))
        .join(', ')} }`
    case 'concat':
      return listOf(body)
        .map((each) => expression(each))
        .join(' . ')
    case 'range':
      return listOf(body)
        .map((each) => expression(each, hint))
        .join('-')
    case 'prefix':
      return `${expression(parts.addr)}/${textOf(parts.len)}`
    case 'elem':
      return expression(parts.val, hint)
    case '|':
    case '&':
    case '^':
    case '<<':
    case '>>':
      return listOf(body)
        .map((each) => operand(each, hint))
        .join(` ${name} `)
    case 'map':
      return `${expression(parts.key)} map ${expression(parts.data, hintOf(parts.key))}`
    default:
      return verdict(name, body) ?? fieldWords(name, parts)
  }
}

function operand(value: Json, hint: Hint): string {
  const words = expression(value, hint)
  return isObject(value) && value['|'] !== undefined ? `(${words})` : words
}

/** Of a set, or of a map: a key and what it stands for. */
function element(value: Json, hint: Hint): string {
  if (!Array.isArray(value)) return expression(value, hint)
  const [key, meant] = value
  return `${expression(key, hint)} : ${expression(meant)}`
}

/** Null: it is none. */
export function verdict(name: string, body: Json | undefined): string | null {
  if (['accept', 'drop', 'return', 'continue'].includes(name)) return name
  return (name === 'jump' || name === 'goto') && isObject(body) ? `${name} ${textOf(body.target)}` : null
}

const UNQUALIFIED = /^[io]if(name|type|group)?$/

/** Null: not known. */
function fieldWords(name: string, parts: Record<string, Json>): string | null {
  const key = textOf(parts.key)
  switch (name) {
    case 'payload':
      return parts.base === undefined
        ? `${textOf(parts.protocol)} ${textOf(parts.field)}`
        : `@${textOf(parts.base)},${textOf(parts.offset)},${textOf(parts.len)}`
    case 'meta':
      return UNQUALIFIED.test(key) ? key : `meta ${key}`
    case 'ct':
      return ['ct', textOf(parts.dir), key].filter(Boolean).join(' ')
    case 'rt':
      return ['rt', textOf(parts.family), key].filter(Boolean).join(' ')
    case 'fib':
      return `fib ${listOf(parts.flags).map(textOf).join(' . ')} ${textOf(parts.result)}`
    case 'tcp option':
    case 'exthdr':
      return [name, textOf(parts.name), textOf(parts.field)].filter(Boolean).join(' ')
    case 'numgen':
      return `numgen ${textOf(parts.mode)} mod ${textOf(parts.mod)}${parts.offset ? ` offset ${textOf(parts.offset)}` : ''}`
    default:
      return null
  }
}

/** nft has no way to write a quotation mark in a string. */
export function quoted(text: string): string {
  return `"${text}"`
}
