import pLimit from 'p-limit'
import type { CheckResult } from '../check/assemble.ts'
import type { NodeEvidence } from '../check/evidence.ts'
import { usableDumps } from '../check/plan-node.ts'
import type { NodePlan } from '../fix/plan-fixes.ts'
import type { Backend, Fix } from '../report/report.ts'
import { type KernelProof, proveWithKernel } from './kernel-proof.ts'

/** Each is a host of its own on this machine. */
const AT_A_TIME = 4

/** What the kernel of this machine says to the commands of each node, in the notes of its fixes; exit codes stay. */
export async function proveFixes(
  result: CheckResult,
  nodes: ReadonlyMap<string, NodeEvidence>,
): Promise<CheckResult> {
  const limit = pLimit(AT_A_TIME)
  const proofs = new Map(
    await Promise.all(
      result.plans.map((plan) => limit(async () => [plan.node, await proofOf(plan, result, nodes)] as const)),
    ),
  )
  const told = (fix: Fix) => withProof(fix, proofs.get(fix.node) ?? null)
  return {
    ...result,
    report: { ...result.report, fixes: result.report.fixes.map(told) },
    plans: result.plans.map((plan) => ({ ...plan, fixes: plan.fixes.map(told) })),
  }
}

const RUN_HERE: ReadonlySet<Backend> = new Set(['iptables', 'nft'])
/** The rules of a cloud and what could not be given as a command have their own words for why nothing is proven. */
const OF_NODES: ReadonlySet<Backend> = new Set([...RUN_HERE, 'firewalld', 'ufw'])

/** Null where there is nothing to prove. All commands of a node are proven together: often only all of them open a flow. */
async function proofOf(
  plan: NodePlan,
  { blocked }: CheckResult,
  nodes: ReadonlyMap<string, NodeEvidence>,
): Promise<KernelProof | null> {
  const acting = plan.fixes.filter(({ commands }) => commands.length > 0)
  if (acting.length === 0) return null
  const stranger = acting.find(({ backend }) => !RUN_HERE.has(backend))
  if (stranger) return { kind: 'unavailable', why: `${stranger.backend} does not run here` }
  if (plan.edits.some(({ opening }) => opening.beforeDnat)) {
    return { kind: 'unavailable', why: 'the containers behind a published port are not here' }
  }
  const node = nodes.get(plan.node)
  const opens = new Set(acting.flatMap((fix) => fix.opens))
  return proveWithKernel({
    dumps: usableDumps(node?.dumps ?? null) ?? [],
    addresses: node?.hello?.addresses ?? [],
    commands: acting.flatMap(({ commands }) => commands),
    openings: plan.edits.map(({ hook, opening }) => ({ hook, ...opening })),
    flows: (blocked.get(plan.node) ?? []).filter(({ id }) => opens.has(id)),
  })
}

function withProof(fix: Fix, proof: KernelProof | null): Fix {
  if (proof === null || fix.commands.length === 0 || !OF_NODES.has(fix.backend)) return fix
  const note = [fix.note ?? '', sentence(proof)].filter((text) => text !== '').join(' ')
  return { ...fix, note, proven: fix.proven && proof.kind !== 'refuted' }
}

function sentence(proof: KernelProof): string {
  switch (proof.kind) {
    case 'proven':
      return `Proven in the kernel here: ${proof.packets} packets.`
    case 'refuted':
      return `Refuted by the kernel here: ${proof.failures.join('; ')}.`
    case 'unavailable':
      return `Not proven in the kernel here: ${proof.why}.`
  }
}
