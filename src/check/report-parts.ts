import type { LoadedDump } from '../firewall/host.ts'
import type { ReportFlow, ReportNode } from '../report/report.ts'
import { describeFailure } from '../session/failure.ts'
import { blockOf, decisionOf } from './blocks.ts'
import type { JudgedFlow } from './judge-flows.ts'
import type { Member } from './members.ts'
import type { Multicast } from './multicast.ts'

export function reportNode(member: Member): ReportNode {
  const { name, given, address, via, hello, inProcess, failure } = member
  return {
    name,
    address: address ?? given,
    via,
    reachable: failure === null && (hello !== null || inProcess),
    privileged: hello?.raw === true,
    ...(failure === null ? {} : { error: { code: failure.code, message: describeFailure(name, failure) } }),
  }
}

export function reportFlow(
  judged: JudgedFlow,
  rulesets: ReadonlyMap<string, LoadedDump[] | null>,
  multicast: Multicast,
): ReportFlow {
  const { evidence, verdict, observations, listening, rttMs } = judged
  const { id, from, to, service, protocol, address, port } = evidence.flow
  const block = blockOf(judged)
  const dumps = block === null ? null : (rulesets.get(block.node) ?? null)
  const rule = block === null || dumps === null ? null : (decisionOf(block, dumps)?.decidedBy ?? null)
  return {
    id,
    from,
    to,
    service: service.name,
    protocol,
    address,
    port,
    status: verdict.status,
    reason: verdict.reason,
    proof: verdict.proof,
    blockedAt: verdict.blockedAt,
    ...(block === null || rule === null
      ? {}
      : { blockedBy: { node: block.node, rule: rule.rule, chain: rule.chain, position: rule.position } }),
    required: service.need === 'required' || multicast === 'set',
    listening,
    rttMs,
    observations,
  }
}
