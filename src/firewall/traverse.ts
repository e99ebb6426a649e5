import { matchRule, type Subject } from './match.ts'
import type { Chain, Fate, Rule, Step, Table } from './model.ts'
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

/** Deeper than any loadable ruleset nests (the kernel's jump stack is 16 in nf_tables), and safe for ours. */
const MAX_DEPTH = 400

/** Sends a packet through one base chain. */
export function traverse(table: Table, base: Chain, subject: Subject): TableResult {
  const walk = new Walk(table, subject)
  const { outcomes, falls, fallsAt, notrack } = walk.chain(base)
  const all = new Outcomes()
  outcomes.forEach((outcome) => {
    all.add(outcome)
  })
  if (falls !== 'no') {
    const policy = base.policy ?? 'ACCEPT'
    all.add({
      fate: policy === 'ACCEPT' ? 'accept' : 'drop',
      decidedBy: { table: table.name, chain: base.name, position: null, rule: `:${base.name} ${policy}` },
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
  private readonly subject: Subject
  private readonly done = new Map<string, ChainResult>()
  private readonly active = new Set<string>()

  constructor(table: Table, subject: Subject) {
    this.table = table
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
    const outcomes = new Outcomes()
    let reach: Tri = 'yes'
    let falls: Tri = 'no'
    let notrack: Tri = 'no'
    let fallsAt: Step | null = null
    for (const rule of chain.rules) {
      if (reach === 'no') break
      const matched = matchRule(rule, this.subject)
      const { target } = rule
      if (matched === 'no' || !target || target.kind === 'continue') continue
      if (matched === 'maybe') this.doubts.add(rule)
      const here = and(reach, matched)
      const step = { chain: chain.name, position: rule.position }
      switch (target.kind) {
        case 'notrack':
          notrack = or(notrack, here)
          break
        case 'return':
          falls = or(falls, here)
          fallsAt ??= step
          reach = and(reach, not(matched))
          break
        case 'jump':
        case 'goto': {
          const inner = this.call(target.chain)
          if (!inner) {
            this.doubts.add(rule)
            outcomes.add(this.outcome('unknown', rule, step))
            break
          }
          for (const outcome of inner.outcomes) outcomes.add({ ...outcome, path: [step, ...outcome.path] })
          notrack = or(notrack, and(here, inner.notrack))
          if (target.kind === 'jump') {
            // Unless the packet certainly stays in the called chain it may come to the next rule.
            reach = and(reach, or(not(matched), inner.falls))
          } else {
            // Who falls off a chain entered by goto goes on where this chain's caller goes on.
            falls = or(falls, and(here, inner.falls))
            if (inner.falls !== 'no') fallsAt ??= step
            reach = and(reach, not(matched))
          }
          break
        }
        case 'unknown':
          this.doubts.add(rule)
          outcomes.add(this.outcome('unknown', rule, step))
          reach = and(reach, 'maybe')
          break
        case 'reject': {
          const family = this.subject.packet.family
          const outcome = this.outcome('reject', rule, step)
          outcomes.add({ ...outcome, rejectWith: target.with ?? DEFAULT_REJECT[family] })
          reach = and(reach, not(matched))
          break
        }
        case 'accept':
        case 'drop':
          outcomes.add(this.outcome(target.kind, rule, step))
          reach = and(reach, not(matched))
          break
      }
    }
    return { outcomes: outcomes.list(), notrack, falls: or(falls, reach), fallsAt }
  }

  /** Null where the call cannot be followed: a loop, or garbage nested without end. The kernel loads neither. */
  private call(name: string): ChainResult | null {
    const chain = this.table.chains.get(name)
    if (!chain || this.active.has(name) || this.active.size >= MAX_DEPTH) return null
    return this.chain(chain)
  }

  private outcome(fate: Fate, rule: Rule, step: Step): Outcome {
    const decidedBy = { table: this.table.name, ...step, rule: rule.text }
    return { fate, decidedBy, path: [step] }
  }
}

const DEFAULT_REJECT = { 4: 'icmp-port-unreachable', 6: 'icmp6-port-unreachable' }
