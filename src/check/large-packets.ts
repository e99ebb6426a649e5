import type { BlackHole } from '../probe/path-mtu.ts'
import type { JudgedFlow } from './judge-flows.ts'

/** An open handshake is no open path where every full-sized packet dies: what the flow is for would hang. */
export function judgeLargePackets(judged: JudgedFlow, holes: readonly BlackHole[]): JudgedFlow {
  const { verdict, evidence } = judged
  const { from, to, protocol } = evidence.flow
  const open = verdict.status === 'OK' || verdict.status === 'CLOSED'
  const hole = holes.find((each) => each.from === from && each.to === to && !each.clamped)
  if (!open || protocol !== 'tcp' || hole === undefined) return judged
  return {
    ...judged,
    verdict: { status: 'DOWN', reason: 'payload-lost', blockedAt: 'network', proof: 'witness' },
  }
}
