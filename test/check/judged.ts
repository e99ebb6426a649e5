import type { JudgedFlow } from '../../src/check/judge-flows.ts'
import { planFlows } from '../../src/plan.ts'
import type { Observation } from '../../src/probe/observation.ts'
import { GALERA_SERVICES } from '../../src/services.ts'
import type { Signs } from '../../src/signs.ts'
import type { Verdict } from '../../src/verdict.ts'

/** A judged flow from n1 (10.99.0.11) to n2 (10.99.0.12) on 4567/tcp. */
export function judgedFlow(
  verdict: Verdict,
  more: { signs?: Partial<Signs>; observations?: readonly Observation[]; sourceAddress?: string | null } = {},
): JudgedFlow {
  const [flow] = planFlows(
    [{ name: 'n1', address: '10.99.0.11', role: 'member' }],
    [{ name: 'n2', address: '10.99.0.12', role: 'member' }],
    GALERA_SERVICES.filter(({ name }) => name === 'galera'),
  )
  if (flow === undefined) throw new Error('no flow')
  return {
    evidence: { flow, skipped: null, result: null, listen: null },
    verdict,
    signs: { later: 'unknown', ...more.signs } as Signs,
    block: null,
    observations: more.observations ?? [],
    listening: false,
    rttMs: null,
    sourceAddress: more.sourceAddress === undefined ? '10.99.0.11' : more.sourceAddress,
    ownAddress: '10.99.0.11',
  }
}

export const OPEN: Verdict = { status: 'CLOSED', reason: 'refused', blockedAt: null, proof: 'witness' }
