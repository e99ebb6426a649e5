import { type Index, indexRules, positionsIn } from './chain-index.ts'
import type { Subject } from './match.ts'
import type { Chain, Rule } from './model.ts'

/** Below this a scan is as fast. */
const SHORT = 24

/** After as many changes a new index costs less than to follow them. */
const MANY = 64

/** One rule more or less in a chain; `at` counts from 0. */
export interface ChainChange {
  readonly op: 'insert' | 'delete'
  readonly at: number
}

/** An index of the chain as it was before these changes. */
interface Indexed {
  readonly index: Index
  readonly changes: readonly ChainChange[]
}

const indexes = new WeakMap<Chain, Indexed>()

/**
 * The rules of a chain that a packet may match, in order: a superset, for what stands in none of the indexes is always
 * looked at. Without it the time for a long chain grows with rules × packets.
 */
export function candidates(chain: Chain, subject: Subject): readonly Rule[] {
  if (chain.rules.length < SHORT) return chain.rules
  const { index, changes } = indexOf(chain)
  const found = changes.reduce(moved, positionsIn(index, subject))
  found.sort((a, b) => a - b)
  return found.flatMap((at) => chain.rules[at] ?? [])
}

/** Spares a chain that differs from `before` by one rule an index of its own. */
export function inheritIndex(before: Chain, after: Chain, change: ChainChange): void {
  const known = indexes.get(before)
  if (!known || known.changes.length >= MANY) return
  indexes.set(after, { index: known.index, changes: [...known.changes, change] })
}

/** Where the rules stand after the change; a new one may match. */
function moved(positions: readonly number[], { op, at }: ChainChange): number[] {
  if (op === 'insert') return [...positions.map((each) => (each >= at ? each + 1 : each)), at]
  return positions.filter((each) => each !== at).map((each) => (each > at ? each - 1 : each))
}

function indexOf(chain: Chain): Indexed {
  const before = indexes.get(chain)
  if (before) return before
  const indexed = { index: indexRules(chain.rules), changes: [] }
  indexes.set(chain, indexed)
  return indexed
}
