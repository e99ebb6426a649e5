import { evaluateHost, type LoadedDump } from '../firewall/host.ts'
import { hookOf } from '../fix/opening.ts'
import { rejectReason } from '../reasons.ts'
import { blockIn, packetsOfBlock } from './blocks.ts'
import type { JudgedFlow } from './judge-flows.ts'

/**
 * A flow of a PMM server that nobody may log in to was not sent; the rules of its target still tell when they would block
 * it under every reading. That they accept it proves nothing of the network between, so no such flow becomes OK.
 */
export function judgeUnsent(
  judged: JudgedFlow,
  rulesets: ReadonlyMap<string, readonly LoadedDump[] | null>,
): JudgedFlow {
  const { verdict, evidence } = judged
  const { route } = evidence.flow.service
  if (route !== 'pmm-to-member' || verdict.reason !== 'source-unreachable') return judged
  const block = blockIn('in', judged)
  const dumps = block === null ? null : (rulesets.get(block.node) ?? null)
  const [first] = block === null ? [] : packetsOfBlock(block)
  if (block === null || dumps === null || first === undefined) return judged
  const { fate, rejectWith } = evaluateHost(dumps, hookOf(block.flow), first)
  if (fate !== 'drop' && fate !== 'reject') return judged
  const reason = fate === 'drop' ? 'dropped' : rejectReason(rejectWith, block.flow.family)
  return {
    ...judged,
    // Nothing has shown the block but the rules: where they accept there is nothing to look for.
    block: { ...block, flow: { ...block.flow, measured: false } },
    verdict: { status: 'DOWN', reason, blockedAt: 'target', proof: 'rules' },
  }
}
