import type { Family } from './address.ts'
import { HOOKS } from './base-chains.ts'
import { isObject, type Json, listOf, numberOf, textOf } from './json-value.ts'
import type { Base, Chain, Match, NetfilterHook, Rule, Ruleset, Table } from './model.ts'
import { tablesBelow } from './nft-below.ts'
import { type Make, makeOf } from './nft-plain.ts'
import { type NamedSets, readSets } from './nft-sets.ts'
import { readStatements } from './nft-statements.ts'
import { type NftText, readNftText } from './nft-text.ts'
import { nftWords } from './nft-words.ts'
import { RulesetSyntaxError } from './tokens.ts'

export interface NftRuleset {
  readonly ruleset: Ruleset
  readonly makes: ReadonlyMap<string, Make>
}

/**
 * Reads `nft -j list ruleset` (libnftables-json(5)). Throws `RulesetSyntaxError` where it is no such document; an
 * expression that is not understood becomes a match that may hold or not. `text` is `nft -s -a list ruleset` of the same
 * moment, for the rules in nft's own words; without it they are paraphrased.
 */
export function parseNftJson(json: string, text: string | null): NftRuleset {
  const objects = documentOf(json)
  const sets = readSets(objects)
  const words = text === null ? NO_TEXT : readNftText(text)
  const drafts = new Map<string, Draft>()
  const makes = new Map<string, Make>()
  for (const object of objects) {
    const { table, chain, rule } = object
    if (isObject(table)) openTable(drafts, table, words.dormant)
    else if (isObject(chain)) openChain(drafts, chain, words.devices)
    else if (isObject(rule)) addRule(drafts, makes, rule, sets, words.rules)
  }
  const tables = new Map<string, Table>()
  for (const [key, { name, families, chains }] of drafts) {
    tables.set(key, { name, families, chains: new Map(chains) })
  }
  const incomplete = tablesBelow(objects, (key) => words.dormant.has(key))
  return { ruleset: { tables, incomplete }, makes }
}

interface DraftChain extends Chain {
  readonly rules: Rule[]
}

interface Draft {
  readonly name: string
  readonly families: readonly Family[]
  readonly chains: Map<string, DraftChain>
}

const FAMILIES: ReadonlyMap<string, readonly Family[]> = new Map([
  ['ip', [4]],
  ['ip6', [6]],
  ['inet', [4, 6]],
  ['netdev', [4, 6]],
])

function documentOf(json: string): Record<string, Json>[] {
  let value: unknown
  if (/\0|\\u0000/.test(json)) throw new RulesetSyntaxError(1, 'a name with a NUL')
  try {
    value = JSON.parse(json)
  } catch {
    throw new RulesetSyntaxError(1, 'expected the JSON of nft -j list ruleset')
  }
  const objects = isObject(value as Json) ? (value as Record<string, Json>).nftables : null
  if (!Array.isArray(objects)) throw new RulesetSyntaxError(1, 'expected {"nftables": […]}')
  return objects.filter(isObject)
}

function keyOf(object: Record<string, Json>, name: Json | undefined): string {
  return `${textOf(object.family)} ${textOf(name)}`
}

const NO_TEXT: NftText = { rules: new Map(), dormant: new Set(), devices: new Map() }

function openTable(
  drafts: Map<string, Draft>,
  table: Record<string, Json>,
  dormant: ReadonlySet<string>,
): void {
  const families = FAMILIES.get(textOf(table.family))
  // bridge and arp tables are judged apart (tablesBelow); a dormant table sees no packet at all.
  const key = keyOf(table, table.name)
  if (!families || dormant.has(key) || listOf(table.flags).map(textOf).includes('dormant')) return
  drafts.set(key, { name: textOf(table.name), families, chains: new Map() })
}

function openChain(
  drafts: Map<string, Draft>,
  chain: Record<string, Json>,
  devices: NftText['devices'],
): void {
  const draft = drafts.get(keyOf(chain, chain.table))
  if (!draft) return
  const name = textOf(chain.name)
  const base = baseOf(chain, devices.get(`${keyOf(chain, chain.table)} ${name}`) ?? [])
  const policy = base === null ? null : textOf(chain.policy) === 'drop' ? 'DROP' : 'ACCEPT'
  draft.chains.set(name, { name, base, policy, rules: [] })
}

function baseOf(chain: Record<string, Json>, told: readonly string[]): Base | null {
  const hook = textOf(chain.hook)
  if (!isHook(hook)) return null
  const type = textOf(chain.type)
  const shown = listOf(chain.dev).map(textOf)
  const devices = shown.length > 0 ? shown : told
  return {
    hook,
    priority: numberOf(chain.prio) ?? 0,
    type: type === 'nat' || type === 'route' ? type : 'filter',
    devices: hook === 'ingress' || hook === 'egress' ? devices : null,
  }
}

function isHook(hook: string): hook is NetfilterHook {
  return (HOOKS as readonly string[]).includes(hook)
}

const HIDDEN_FAMILY: Match = { kind: 'unknown', text: 'meta nfproto, which nft may not list', negated: false }

/**
 * nft 1.0.6 takes `meta nfproto ipv6` before `reject with tcp reset` for something that the reject implies, and leaves it
 * out of its listing: such a rule may be for one family only.
 */
function hidesFamily(statements: readonly Record<string, Json>[], matches: readonly Match[]): boolean {
  const resets = statements.some(({ reject }) => isObject(reject) && textOf(reject.type) === 'tcp reset')
  const tellsFamily = (match: Match) =>
    match.kind === 'family' ||
    (match.kind === 'elements' && match.fields.some(({ kind }) => kind === 'family'))
  return resets && !matches.some(tellsFamily)
}

function addRule(
  drafts: Map<string, Draft>,
  makes: Map<string, Make>,
  rule: Record<string, Json>,
  sets: NamedSets,
  texts: ReadonlyMap<string, string>,
): void {
  const key = keyOf(rule, rule.table)
  const draft = drafts.get(key)
  const chain = draft?.chains.get(textOf(rule.chain))
  if (!draft || !chain) return
  const statements = listOf(rule.expr).filter(isObject)
  const read = readStatements(statements, (name) => sets.get(`${key} ${name}`))
  const { target } = read
  const matches =
    draft.families.length > 1 && hidesFamily(statements, read.matches)
      ? [...read.matches, HIDDEN_FAMILY]
      : read.matches
  const [before, own] = [makes.get(key), makeOf(statements)]
  makes.set(key, { xt: own.xt || before?.xt === true, native: own.native || before?.native === true })
  const handle = numberOf(rule.handle) ?? undefined
  const words = texts.get(`${key} ${chain.name} ${handle}`)
  chain.rules.push({
    position: chain.rules.length + 1,
    text: words ?? nftWords(statements, textOf(rule.comment)),
    ...(words === undefined ? { paraphrased: true as const } : {}),
    ...(handle === undefined ? {} : { handle }),
    matches,
    target,
  })
}
