import { type Subject, subjectOf } from './match.ts'
import type { CtState, Decision, Packet, Ruleset } from './model.ts'
import type { Outcome } from './outcome.ts'
import { traverse } from './traverse.ts'

export type Hook = 'INPUT' | 'OUTPUT'

interface Stage {
  readonly table: string
  readonly chain: string
}

/**
 * Chains in the order of their priorities (include/uapi/linux/netfilter_ipv4.h: raw -300, conntrack -200, mangle -150,
 * nat -100, filter 0, security 50). A drop in any of them is final; an accept only ends its own chain.
 */
const STAGES: Record<Hook, readonly Stage[]> = {
  INPUT: [
    { table: 'raw', chain: 'PREROUTING' },
    { table: 'mangle', chain: 'PREROUTING' },
    { table: 'nat', chain: 'PREROUTING' },
    { table: 'mangle', chain: 'INPUT' },
    { table: 'filter', chain: 'INPUT' },
    { table: 'security', chain: 'INPUT' },
  ],
  OUTPUT: [
    { table: 'raw', chain: 'OUTPUT' },
    { table: 'mangle', chain: 'OUTPUT' },
    { table: 'nat', chain: 'OUTPUT' },
    { table: 'filter', chain: 'OUTPUT' },
    { table: 'security', chain: 'OUTPUT' },
    { table: 'mangle', chain: 'POSTROUTING' },
  ],
}

/**
 * What the ruleset does to a packet that arrives for this host (`INPUT`) or leaves it (`OUTPUT`). `unknown` when the
 * readings of what the dump leaves open differ in their fate, never when they agree.
 */
export function evaluate(ruleset: Ruleset, hook: Hook, packet: Packet): Decision {
  const blocks: Outcome[] = []
  const doubts = new Set<string>()
  let states: CtState[] = [packet.ctState]
  let accepted: Outcome | null = null
  let open = true
  for (const { table: name, chain: chainName } of STAGES[hook]) {
    const table = ruleset.tables.get(name)
    const chain = table?.chains.get(chainName)
    if (!table || !chain) continue
    const results = statesSeen(name, states).map((state) =>
      traverse(table, chain, subject(packet, hook, state)),
    )
    const outcomes = results.flatMap((result) => result.outcomes)
    for (const rule of results.flatMap((result) => result.doubts)) doubts.add(rule.text)
    blocks.push(...outcomes.filter((outcome) => outcome.fate !== 'accept'))
    const passes = outcomes.find((outcome) => outcome.fate === 'accept')
    if (name === 'raw') states = untracked(states, results[0]?.notrack ?? 'no')
    // Every packet passes nat by default; what the filter table says is the better account.
    if (passes && (name === 'filter' || accepted?.decidedBy.table !== 'filter')) accepted = passes
    open = passes !== undefined || outcomes.length === 0
    if (!open) break
  }
  if (open && ruleset.incomplete.length > 0) {
    for (const text of ruleset.incomplete) doubts.add(text)
    const { decidedBy = null, path = [] } = blocks[0] ?? {}
    return { fate: 'unknown', decidedBy, path, doubts: [...doubts] }
  }
  return decision(blocks, accepted, open, [...doubts])
}

function decision(
  blocks: readonly Outcome[],
  accepted: Outcome | null,
  open: boolean,
  doubts: readonly string[],
): Decision {
  const first = blocks[0]
  if (!first)
    return { fate: 'accept', decidedBy: accepted?.decidedBy ?? null, path: accepted?.path ?? [], doubts }
  const { decidedBy, path } = first
  const sameFate = !open && blocks.every((block) => block.fate === first.fate)
  if (!sameFate) return { fate: 'unknown', decidedBy, path, doubts }
  const sameReject = blocks.every((block) => block.rejectWith === first.rejectWith)
  const { fate, rejectWith } = first
  return { fate, ...(sameReject && rejectWith !== undefined ? { rejectWith } : {}), decidedBy, path, doubts }
}

function subject(packet: Packet, hook: Hook, state: CtState): Subject {
  return subjectOf(packet, hook === 'INPUT' ? 'in' : 'out', state)
}

/** Conntrack runs after raw, and nat sees only the first packet of a tracked connection. */
function statesSeen(table: string, states: readonly CtState[]): readonly CtState[] {
  if (table === 'raw') return ['INVALID']
  return table === 'nat' ? states.filter((state) => state === 'NEW') : states
}

function untracked(states: readonly CtState[], notrack: 'yes' | 'no' | 'maybe'): CtState[] {
  if (notrack === 'no') return [...states]
  return notrack === 'yes' ? ['UNTRACKED'] : [...new Set<CtState>([...states, 'UNTRACKED'])]
}
