import { type Counters, counterKey } from '../firewall/counters.ts'
import type { HostDecision, LoadedDump } from '../firewall/host.ts'
import type { RuleRef } from '../firewall/model.ts'
import type { NodeSettings } from '../galera/node-settings.ts'
import type { BlockedBy, ReportFlow, ReportGalera, ReportNode } from '../report/report.ts'
import { describeFailure } from '../session/failure.ts'
import { blockOf, decisionOf } from './blocks.ts'
import type { JudgedFlow } from './judge-flows.ts'
import type { Member } from './members.ts'
import type { Multicast } from './multicast.ts'

export function reportNode(member: Member, settings: NodeSettings | null): ReportNode {
  const { name, role, isTarget, given, address, via, hello, inProcess, failure } = member
  return {
    name,
    ...(role === 'pmm' ? { role } : isTarget ? {} : { role: 'prober' as const }),
    address: address ?? given,
    via,
    reachable: failure === null && (hello !== null || inProcess),
    privileged: hello?.raw === true,
    ...(settings?.wsrep ? { galera: reportGalera(settings) } : {}),
    ...(failure === null
      ? {}
      : {
          error: {
            code: failure.code,
            message: describeFailure(name, failure, role === 'pmm' ? '--pmm-server' : '--nodes'),
          },
        }),
  }
}

function reportGalera(settings: NodeSettings): ReportGalera {
  const { flavour, version, galeraVersion, running, known, state, encryption, segment } = settings
  return {
    flavour,
    version,
    galeraVersion,
    running,
    known,
    state: state?.state ?? null,
    status: state?.status ?? null,
    encryption: encryption.value,
    segment: segment.value,
  }
}

/** The counters of a node before and after the probes. */
export interface CounterPair {
  readonly before: Counters
  readonly after: Counters
}

type Described = Pick<JudgedFlow, 'verdict' | 'observations' | 'listening' | 'rttMs'> & {
  readonly evidence: Pick<JudgedFlow['evidence'], 'flow'>
}

export function reportFlow(
  judged: JudgedFlow,
  rulesets: ReadonlyMap<string, LoadedDump[] | null>,
  rose: ReadonlyMap<string, CounterPair>,
  multicast: Multicast,
  pulled: ReadonlySet<string>,
): ReportFlow {
  const block = blockOf(judged)
  const dumps = block === null ? null : (rulesets.get(block.node) ?? null)
  const decision = block === null || dumps === null ? null : decisionOf(block, dumps)
  const counters = block === null ? null : (rose.get(block.node) ?? null)
  const blocker =
    block === null || !decision?.decidedBy ? null : { node: block.node, rule: decision.decidedBy }
  return describeFlow(
    judged,
    blocker && { ...blocker, counted: countedBy(decision, counters) },
    multicast,
    pulled,
  )
}

/** How far the counter of the deciding rule rose; null where it did not, or is not known. */
function countedBy(decision: HostDecision | null, counters: CounterPair | null): number | null {
  if (!decision?.tool || !decision.decidedBy || counters === null) return null
  const key = counterKey(decision.tool, decision.decidedBy)
  const [before, after] = [counters.before.get(key), counters.after.get(key)]
  // Another ruleset, loaded meanwhile, would count from zero.
  return before !== undefined && after !== undefined && after > before ? after - before : null
}

/** `blocker`: the rule that the flow is DOWN by, where it is known; `pulled`: the nodes whose exporters a PMM server is known to fetch from. */
export function describeFlow(
  { evidence, verdict, observations, listening, rttMs }: Described,
  blocker: { readonly node: string; readonly rule: RuleRef; readonly counted?: number | null } | null,
  multicast: Multicast,
  pulled: ReadonlySet<string> = new Set(),
): ReportFlow {
  const { id, from, to, service, protocol, address, port } = evidence.flow
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
    ...(blocker === null
      ? {}
      : { blockedBy: blockedBy(blocker.node, blocker.rule, blocker.counted ?? null) }),
    required:
      service.need === 'required' ||
      (service.need === 'if-multicast' && multicast === 'set') ||
      (service.need === 'if-pulled' && pulled.has(to)),
    listening,
    rttMs,
    observations,
  }
}

function blockedBy(
  node: string,
  { rule, table, chain, position }: RuleRef,
  counted: number | null,
): BlockedBy {
  return { node, rule, table, chain, position, ...(counted === null ? {} : { counted }) }
}
