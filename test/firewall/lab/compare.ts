import type { HostDecision } from '../../../src/firewall/host.ts'
import type { Packet } from '../../../src/firewall/model.ts'
import type { DumpedRules } from './dumped.ts'
import { answerOf } from './icmp-errors.ts'
import type { KernelVerdict } from './kernel-verdict.ts'

export type Comparison =
  | { readonly kind: 'same' }
  /** The evaluator says that the dumps do not tell, and is not wrong. */
  | { readonly kind: 'open' }
  /** Two base chains of one hook and priority both block; which is asked first no dump says. */
  | { readonly kind: 'tie' }
  | { readonly kind: 'different'; readonly ours: string; readonly kernels: string }

/** Fate, the answer of a REJECT, and the deciding rule. */
export function compare(
  decision: HostDecision,
  kernel: KernelVerdict,
  { family }: Packet,
  rules: DumpedRules,
): Comparison {
  const decider = deciderOf(decision)
  const answer = decision.rejectWith === undefined ? null : answerOf(decision.rejectWith, family)
  const ours = `${decision.fate} ${answer ?? ''} by ${decider}`
  const kernels = `${kernel.fate} ${kernel.answer ?? ''} by ${kernel.deciders.join(' or ')}`
  const different = { kind: 'different', ours, kernels } as const
  if (decision.doubts.length > 0) return mayBe(decision, kernel, rules) ? { kind: 'open' } : different
  if (isTie(decision, kernel, rules)) return { kind: 'tie' }
  const decided = kernel.deciders.includes(decider) || (kernel.deciders.length === 0 && decider === 'nothing')
  return decision.fate === kernel.fate && answer === kernel.answer && decided ? { kind: 'same' } : different
}

/** Nothing else is claimed than what the kernel did, whatever is left open. */
export function mayBe(decision: HostDecision, kernel: KernelVerdict, rules: DumpedRules): boolean {
  return ['unknown', kernel.fate].includes(decision.fate) || isTie(decision, kernel, rules)
}

function isTie(decision: HostDecision, kernel: KernelVerdict, rules: DumpedRules): boolean {
  const blocks = decision.fate === 'drop' || decision.fate === 'reject'
  return blocks && kernel.base !== null && areTied(baseOf(decision), kernel.base, rules)
}

function deciderOf({ tool, decidedBy }: HostDecision): string {
  if (decidedBy === null) return 'nothing'
  return `${tool} ${decidedBy.table} ${decidedBy.chain} ${decidedBy.position ?? 'policy'}`
}

function baseOf({ tool, decidedBy, path }: HostDecision): string {
  return `${tool} ${decidedBy?.table} ${path[0]?.chain}`
}

/** Two base chains of the same hook and priority. */
function areTied(one: string, other: string, rules: DumpedRules): boolean {
  const [first, second] = [rules.get(one)?.base, rules.get(other)?.base]
  if (!first || !second || one === other) return false
  return first.hook === second.hook && first.priority === second.priority
}
