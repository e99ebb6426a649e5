import { candidates } from './candidates.ts'
import { near } from './element-index.ts'
import { matchElement, readFields } from './elements.ts'
import { matchRule, type Subject } from './match.ts'
import type { Chain, Element, Fate, Rule, Step, Table, Target } from './model.ts'
import { type Outcome, Outcomes } from './outcome.ts'
import { and, not, or, type Tri } from './tri.ts'

export interface TableResult {
  /** What may happen, in the order of traversal, the first of each kind. More than one: the dump does not tell. */
  readonly outcomes: readonly Outcome[]
  /** Whether the packet leaves the table untracked (raw). */
  readonly notrack: Tri
  readonly doubts: readonly Rule[]
}

interface ChainResult {
  readonly outcomes: readonly Outcome[]
  readonly notrack: Tri
  /** Whether the packet leaves the chain at its end, by RETURN, or by a goto that comes back. */
  readonly falls: Tri
  /** The first RETURN or goto by which it may leave; null for the end of the chain. */
  readonly fallsAt: Step | null
}

/** Where the packet may be in a chain, and what may have become of it. */
interface Way {
  readonly outcomes: Outcomes
  /** Whether it gets to the next rule. */
  reach: Tri
  falls: Tri
  notrack: Tri
  fallsAt: Step | null
}

/** Deeper than any loadable ruleset nests (the kernel's jump stack is 16 in nf_tables), and safe for ours. */
const MAX_DEPTH = 400

/** Sends a packet through one base chain; `tableKey` is how the answer names the table. */
export function traverse(table: Table, tableKey: string, base: Chain, subject: Subject): TableResult {
  const walk = new Walk(table, tableKey, subject)
  const { outcomes, falls, fallsAt, notrack } = walk.chain(base)
  const all = new Outcomes()
  outcomes.forEach((outcome) => {
    all.add(outcome)
  })
  if (falls !== 'no') {
    const policy = base.policy ?? 'ACCEPT'
    all.add({
      fate: policy === 'ACCEPT' ? 'accept' : 'drop',
      decidedBy: { table: tableKey, chain: base.name, position: null, rule: `:${base.name} ${policy}` },
      path: [fallsAt ?? { chain: base.name, position: null }],
    })
  }
  return { outcomes: all.list(), notrack, doubts: [...walk.doubts] }
}

/**
 * Three-valued traversal. A rule that may match opens two readings; both go on from the same next rule, so one pass with
 * a "may the packet get here" per rule explores them all. What a chain does to one packet does not depend on its caller,
 * so every chain is walked once: linear in the ruleset, however its chains call one another.
 */
class Walk {
  readonly doubts = new Set<Rule>()
  private readonly table: Table
  private readonly tableKey: string
  private readonly subject: Subject
  private readonly done = new Map<string, ChainResult>()
  private readonly active = new Set<string>()

  constructor(table: Table, tableKey: string, subject: Subject) {
    this.table = table
    this.tableKey = tableKey
    this.subject = subject
  }

  chain(chain: Chain): ChainResult {
    const before = this.done.get(chain.name)
    if (before) return before
    this.active.add(chain.name)
    const result = this.rules(chain)
    this.active.delete(chain.name)
    this.done.set(chain.name, result)
    return result
  }

  private rules(chain: Chain): ChainResult {
    const way: Way = { outcomes: new Outcomes(), reach: 'yes', falls: 'no', notrack: 'no', fallsAt: null }
    for (const rule of candidates(chain, this.subject)) {
      if (way.reach === 'no') break
      if (!rule.target || rule.target.kind === 'continue') continue
      const matched = matchRule(rule, this.subject)
      if (matched === 'no') continue
      if (matched === 'maybe') this.doubts.add(rule)
      const step = { chain: chain.name, position: rule.position }
      this.take(way, rule, rule.target, matched, step)
    }
    const { outcomes, notrack, falls, reach, fallsAt } = way
    return { outcomes: outcomes.list(), notrack, falls: or(falls, reach), fallsAt }
  }

  /** No two elements of a map hold the same value, so its entries are like rules that follow one another. */
  private lookUp(way: Way, rule: Rule, map: Target & { kind: 'map' }, matched: Tri, step: Step): void {
    const values = readFields(map.fields, this.subject)
    if (values === null) return
    for (const { element, target } of near(map.entries, elementOf, values)) {
      const found = and(matched, matchElement(element, map.fields, values))
      if (found === 'no' || way.reach === 'no') continue
      if (found === 'maybe') this.doubts.add(rule)
      this.take(way, rule, target, found, step)
    }
  }

  /** Goes on with what a rule does that matches, or may match. */
  private take(way: Way, rule: Rule, target: Target, matched: Tri, step: Step): void {
    const here = and(way.reach, matched)
    switch (target.kind) {
      case 'continue':
        return
      case 'map':
        this.lookUp(way, rule, target, matched, step)
        return
      case 'sequence':
        for (const each of target.targets) if (way.reach !== 'no') this.take(way, rule, each, matched, step)
        return
      case 'notrack':
        way.notrack = or(way.notrack, here)
        return
      case 'return':
        way.falls = or(way.falls, here)
        way.fallsAt ??= step
        way.reach = and(way.reach, not(matched))
        return
      case 'jump':
      case 'goto':
        this.enter(way, rule, target, matched, step)
        return
      case 'unknown':
        this.doubts.add(rule)
        way.outcomes.add(this.outcome('unknown', rule, step))
        way.reach = and(way.reach, 'maybe')
        return
      case 'reject': {
        const rejectWith = target.with ?? DEFAULT_REJECT[this.subject.packet.family]
        way.outcomes.add({ ...this.outcome('reject', rule, step), rejectWith })
        break
      }
      case 'dnat': {
        const { address, port } = target
        const redirection = { address, port, behind: behindOf(rule) }
        way.outcomes.add({ ...this.outcome('accept', rule, step), redirection })
        break
      }
      case 'snat':
        way.outcomes.add({ ...this.outcome('accept', rule, step), sourceNat: true })
        break
      case 'accept':
      case 'drop':
        way.outcomes.add(this.outcome(target.kind, rule, step))
        break
    }
    way.reach = and(way.reach, not(matched))
  }

  private enter(
    way: Way,
    rule: Rule,
    { kind, chain }: { readonly kind: 'jump' | 'goto'; readonly chain: string },
    matched: Tri,
    step: Step,
  ): void {
    const here = and(way.reach, matched)
    const inner = this.call(chain)
    if (!inner) {
      this.doubts.add(rule)
      way.outcomes.add(this.outcome('unknown', rule, step))
      return
    }
    for (const outcome of inner.outcomes) way.outcomes.add({ ...outcome, path: [step, ...outcome.path] })
    way.notrack = or(way.notrack, and(here, inner.notrack))
    if (kind === 'jump') {
      // Unless the packet certainly stays in the called chain it may come to the next rule.
      way.reach = and(way.reach, or(not(matched), inner.falls))
      return
    }
    // Who falls off a chain entered by goto goes on where this chain's caller goes on.
    way.falls = or(way.falls, and(here, inner.falls))
    if (inner.falls !== 'no') way.fallsAt ??= step
    way.reach = and(way.reach, not(matched))
  }

  /** Null where the call cannot be followed: a loop, or garbage nested without end. The kernel loads neither. */
  private call(name: string): ChainResult | null {
    const chain = this.table.chains.get(name)
    if (!chain || this.active.has(name) || this.active.size >= MAX_DEPTH) return null
    return this.chain(chain)
  }

  private outcome(fate: Fate, rule: Rule, step: Step): Outcome {
    const decidedBy = { table: this.tableKey, ...step, rule: rule.text }
    return { fate, decidedBy, path: [step] }
  }
}

function elementOf({ element }: { readonly element: Element }): Element {
  return element
}

const DEFAULT_REJECT = { 4: 'icmp-port-unreachable', 6: 'icmp6-port-unreachable' }

/** Docker's DNAT rules say whom they are not for: the containers behind the bridge that they lead to. */
function behindOf({ matches }: Rule): string | null {
  for (const match of matches) {
    if (match.kind === 'interface' && match.side === 'in' && match.negated) return match.name
  }
  return null
}
