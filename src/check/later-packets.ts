import { evaluateHost, type LoadedDump } from '../firewall/host.ts'
import type { Direction } from '../fix/input.ts'
import { hookOf, packetsOf } from '../fix/opening.ts'
import type { BlockedAt } from '../verdict.ts'
import { blockIn } from './blocks.ts'
import type { JudgedFlow } from './judge-flows.ts'

const BLOCKED_AT: Record<Direction, BlockedAt> = {
  in: 'target',
  out: 'source',
  'reply-out': 'reply',
  'reply-in': 'reply',
}

/**
 * A probe that got in and was answered has shown the first packets only. Where nothing showed the later ones (no echo, no
 * acknowledged packet), the rulesets of both hosts must let them pass: a flow whose connection would be set up and then
 * carry nothing is DOWN. Rules that cannot be read or decided change no verdict.
 */
export function judgeLaterPackets(
  judged: JudgedFlow,
  rulesets: ReadonlyMap<string, readonly LoadedDump[] | null>,
): JudgedFlow {
  const { verdict, evidence, signs } = judged
  const open = verdict.status === 'OK' || verdict.status === 'CLOSED'
  if (!open || evidence.flow.protocol !== 'tcp' || verdict.proof === 'echo' || signs.later === 'yes')
    return judged
  for (const direction of Object.keys(BLOCKED_AT) as Direction[]) {
    const block = blockIn(direction, judged)
    const dumps = block === null ? null : (rulesets.get(block.node) ?? null)
    if (block === null || dumps === null) continue
    const [, later] = packetsOf(block.flow)
    const fate = later === undefined ? 'accept' : evaluateHost(dumps, hookOf(block.flow), later).fate
    if (fate !== 'drop' && fate !== 'reject') continue
    const blockedAt = BLOCKED_AT[direction]
    return {
      ...judged,
      block,
      verdict: { status: 'DOWN', reason: 'payload-lost', blockedAt, proof: 'rules' },
    }
  }
  return judged
}
