import { evaluateHost, type HostDecision, type LoadedDump } from '../firewall/host.ts'
import type { Direction } from '../fix/input.ts'
import { hookOf } from '../fix/opening.ts'
import type { BlockedAt } from '../verdict.ts'
import { type Block, blockIn, packetsOfBlock } from './blocks.ts'
import type { JudgedFlow } from './judge-flows.ts'

type Rulesets = ReadonlyMap<string, readonly LoadedDump[] | null>

export const BLOCKED_AT: Readonly<Record<Direction, BlockedAt>> = {
  in: 'target',
  out: 'source',
  'reply-out': 'reply',
  'reply-in': 'reply',
}
const DIRECTIONS = Object.keys(BLOCKED_AT) as Direction[]

/**
 * A probe that got in and was answered has shown the first packets only. Where nothing showed the later ones (no echo, no
 * acknowledged packet), the rulesets of both hosts must let them pass: a flow whose connection would be set up and then
 * carry nothing is DOWN. A connection that stood before the run is the other way round: it shows the later packets, and the
 * rules must let a new one in. Rules that cannot be read or decided change no verdict.
 */
export function judgeLaterPackets(judged: JudgedFlow, rulesets: Rulesets): JudgedFlow {
  const { verdict, evidence, signs } = judged
  const doubtful = verdict.status === 'UNKNOWN' && verdict.reason === 'payload-lost'
  const open = verdict.status === 'OK' || verdict.status === 'CLOSED'
  if (evidence.flow.protocol !== 'tcp' || !(open || doubtful)) return judged
  if (verdict.proof === 'echo' || (signs.later === 'yes' && verdict.reason !== 'established')) return judged
  const which = verdict.reason === 'established' ? 0 : 1
  const block = DIRECTIONS.map((direction) => blockIn(direction, judged)).find(
    (each) => each !== null && stops(each, which, rulesets),
  )
  if (block) {
    const blockedAt = BLOCKED_AT[block.flow.direction]
    const reason = which === 0 ? 'new-connections-blocked' : 'payload-lost'
    return {
      ...judged,
      block,
      verdict: { status: 'DOWN', reason, blockedAt, proof: doubtful ? 'witness' : 'rules' },
    }
  }
  const target = doubtful ? blockIn('in', judged) : null
  // The target stops RSTs, and lets what matters pass.
  if (target !== null && decide(target, 1, rulesets)?.fate === 'accept') {
    return { ...judged, verdict: { status: 'OK', reason: 'answered', blockedAt: null, proof: 'rules' } }
  }
  return judged
}

function stops(block: Block, which: 0 | 1, rulesets: Rulesets): boolean {
  const fate = decide(block, which, rulesets)?.fate
  if (fate !== 'drop' && fate !== 'reject') return false
  // The kernel has let the first packet in: rules that would not (NAT, another namespace's rules) are not its rules.
  return which === 0 || decide(block, 0, rulesets)?.fate === 'accept'
}

function decide(block: Block, which: 0 | 1, rulesets: Rulesets): HostDecision | null {
  const dumps = rulesets.get(block.node) ?? null
  const packet = packetsOfBlock(block)[which]
  return dumps === null || packet === undefined ? null : evaluateHost(dumps, hookOf(block.flow), packet)
}
