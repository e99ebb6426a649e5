import { type LoadedDump, loadDumps, TOOLS, type Tool } from '../firewall/host.ts'
import type { Options } from '../options.ts'
import type { Fix, Report, ReportFlow, ReportNode } from '../report/report.ts'
import { overallStatus } from '../report/status.ts'
import { describeFailure } from '../session/failure.ts'
import { blockOf, evaluateBlock } from './blocks.ts'
import type { NodeEvidence } from './evidence.ts'
import type { JudgedFlow } from './judge-flows.ts'
import type { Member } from './members.ts'
import { type Multicast, multicastUse } from './multicast.ts'

export interface Findings {
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly options: Options
  readonly members: readonly Member[]
  readonly nodes: ReadonlyMap<string, NodeEvidence>
  readonly judged: readonly JudgedFlow[]
}

/** Everything a run found out, as the report: pure. */
export function assembleReport(found: Findings): Report {
  const { options, members, judged } = found
  const hellos = members.flatMap(({ hello }) => hello ?? [])
  const udp = options.services.find(({ need }) => need === 'if-multicast')
  const multicast = multicastUse(hellos, udp?.port)
  const rulesets = new Map([...found.nodes].map(([name, { dumps }]) => [name, readDumps(dumps)]))
  const flows = judged.map((flow) => reportFlow(flow, rulesets, multicast))
  const nodes = members.map(reportNode)
  const fixes: Fix[] = []
  const ignored = new Set(
    judged
      .filter(({ evidence: { flow } }) => flow.service.need === 'if-multicast' && multicast === 'unset')
      .map(({ evidence: { flow } }) => flow.id),
  )
  const parts = { nodes, flows, findings: [], fixes }
  return {
    schemaVersion: 1,
    tool: { name: 'pxc-netcheck', version: found.version },
    startedAt: new Date(found.startedAt).toISOString(),
    finishedAt: new Date(found.finishedAt).toISOString(),
    durationMs: found.finishedAt - found.startedAt,
    ...overallStatus(parts, { requireListening: options.requireListening, ignored }),
    ...parts,
  }
}

/** null: not read, or not readable as a ruleset. */
function readDumps(dumps: NodeEvidence['dumps']): LoadedDump[] | null {
  if (dumps === null || dumps.some(({ code }) => code !== 0)) return null
  const known = dumps.filter((dump): dump is typeof dump & { tool: Tool } =>
    TOOLS.includes(dump.tool as Tool),
  )
  try {
    return loadDumps(known)
  } catch {
    return null
  }
}

function reportNode(member: Member): ReportNode {
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

function reportFlow(
  judged: JudgedFlow,
  rulesets: ReadonlyMap<string, LoadedDump[] | null>,
  multicast: Multicast,
): ReportFlow {
  const { evidence, verdict, observations, listening, rttMs } = judged
  const { id, from, to, service, protocol, address, port } = evidence.flow
  const block = blockOf(judged)
  const dumps = block === null ? null : (rulesets.get(block.node) ?? null)
  const decision = block === null || dumps === null ? null : evaluateBlock(judged, block, dumps)
  const blocks = decision?.fate === 'drop' || decision?.fate === 'reject' || decision?.fate === 'unknown'
  const rule = blocks ? decision.decidedBy : null
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
