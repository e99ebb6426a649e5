import { evaluateHost, type LoadedDump } from '../../../src/firewall/host.ts'
import type { Chain, Match, Rule, Target } from '../../../src/firewall/model.ts'
import type { Evaluator } from './duel.ts'

/** Evaluators that are wrong in one way each, as a slip in the real one would make it. */
export const PLANTED: Readonly<Record<string, Evaluator>> = {
  'takes later packets for new ones': (dumps, hook, packet) =>
    evaluateHost(dumps, hook, packet.ctState === 'ESTABLISHED' ? { ...packet, ctState: 'NEW' } : packet),
  'forgets that INVALID is a state': (dumps, hook, packet) =>
    evaluateHost(dumps, hook, packet.ctState === 'INVALID' ? { ...packet, ctState: 'NEW' } : packet),
  'counts rules from 0': (dumps, hook, packet) => {
    const decision = evaluateHost(dumps, hook, packet)
    const { decidedBy } = decision
    if (decidedBy?.position == null) return decision
    return { ...decision, decidedBy: { ...decidedBy, position: decidedBy.position - 1 } }
  },
  'knows one answer to all that is rejected': (dumps, hook, packet) => {
    const decision = evaluateHost(dumps, hook, packet)
    return decision.rejectWith === undefined ? decision : { ...decision, rejectWith: 'icmp-port-unreachable' }
  },
  'asks one back end only': onDumps((dumps) => dumps.slice(0, 1)),
  'misses the first element of a set': onMatches((match) =>
    match.kind === 'elements' ? { ...match, elements: match.elements.slice(1) } : match,
  ),
  'reads != as ==': onMatches((match) => (match.kind === 'elements' ? { ...match, negated: false } : match)),
  'reads ! -p as -p': onMatches((match) =>
    match.kind === 'protocol' ? { ...match, negated: false } : match,
  ),
  'ends a range of ports too early': onMatches((match) =>
    match.kind === 'ports'
      ? { ...match, ranges: match.ranges.map(({ from, to }) => ({ from, to: Math.max(from, to - 1) })) }
      : match,
  ),
  'takes goto for jump': onTargets((target) =>
    target.kind === 'goto' ? { ...target, kind: 'jump' } : target,
  ),
  'takes RETURN for nothing': onTargets((target) =>
    target.kind === 'return' ? { kind: 'continue' } : target,
  ),
  'misses the last entry of a verdict map': onTargets((target) =>
    target.kind === 'map' ? { ...target, entries: target.entries.slice(0, -1) } : target,
  ),
  'takes every policy for ACCEPT': onChains((chain) =>
    chain.policy ? { ...chain, policy: 'ACCEPT' } : chain,
  ),
  'asks base chains in another order': onChains(({ base, ...chain }) => ({
    ...chain,
    base: base && { ...base, priority: -base.priority },
  })),
}

type Change<T> = (thing: T) => T

function onDumps(change: Change<readonly LoadedDump[]>): Evaluator {
  const changed = new WeakMap<readonly LoadedDump[], readonly LoadedDump[]>()
  return (dumps, hook, packet) => {
    const known = changed.get(dumps) ?? change(dumps)
    changed.set(dumps, known)
    return evaluateHost(known, hook, packet)
  }
}

function onChains(change: Change<Chain>): Evaluator {
  return onDumps((dumps) =>
    dumps.map(({ tool, ruleset }) => {
      const tables = [...ruleset.tables].map(([key, table]) => {
        const chains = new Map([...table.chains].map(([name, chain]) => [name, change(chain)]))
        return [key, { ...table, chains }] as const
      })
      return { tool, ruleset: { ...ruleset, tables: new Map(tables) } }
    }),
  )
}

function onRules(change: Change<Rule>): Evaluator {
  return onChains((chain) => ({ ...chain, rules: chain.rules.map(change) }))
}

function onMatches(change: Change<Match>): Evaluator {
  return onRules((rule) => ({ ...rule, matches: rule.matches.map(change) }))
}

function onTargets(change: Change<Target>): Evaluator {
  return onRules((rule) => ({ ...rule, target: rule.target && change(rule.target) }))
}
