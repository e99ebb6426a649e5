import { isObject, type Json, listOf, textOf } from './json-value.ts'

/** Statements that let a packet pass, or go on. Of any other it may be that it drops. */
const PASSES: ReadonlySet<string> = new Set([
  'match',
  'counter',
  'log',
  'mangle',
  'limit',
  'set',
  'accept',
  'return',
  'continue',
  'jump',
  'goto',
])

/**
 * The tables of families bridge and arp that may drop what this host sends or receives (nft(8), "ADDRESS FAMILIES"): frames
 * where its address is on a bridge, and what its neighbours are found by. Which these are, the rules of IP do not see.
 * `dormant`: keys `FAMILY TABLE` that the kernel skips.
 */
export function tablesBelow(
  objects: readonly Record<string, Json>[],
  dormant: (key: string) => boolean,
): string[] {
  const chains = objects.flatMap(({ chain }) => (isObject(chain) && isBelow(chain) ? [chain] : []))
  const own = chains.filter(({ hook }) => hook !== undefined && textOf(hook) !== 'forward')
  const forwarding = new Set(
    chains
      .filter(({ hook }) => textOf(hook) === 'forward')
      .map((chain) => `${keyOf(chain)} ${textOf(chain.name)}`),
  )
  const dropping = new Set(
    objects.flatMap(({ rule }) => {
      if (!isObject(rule) || forwarding.has(`${keyOf(rule)} ${textOf(rule.chain)}`)) return []
      const statements = listOf(rule.expr).filter(isObject)
      const passes = statements.every((statement) => PASSES.has(Object.keys(statement)[0] ?? ''))
      return passes ? [] : [keyOf(rule)]
    }),
  )
  const shut = own.filter((chain) => textOf(chain.policy) === 'drop' || dropping.has(keyOf(chain)))
  return [...new Set(shut.map(keyOf))]
    .filter((key) => !dormant(key))
    .map((key) => `table ${key} may drop frames before the rules of IP see their packets`)
}

function isBelow({ family }: Record<string, Json>): boolean {
  return textOf(family) === 'bridge' || textOf(family) === 'arp'
}

function keyOf({ family, table }: Record<string, Json>): string {
  return `${textOf(family)} ${textOf(table)}`
}
