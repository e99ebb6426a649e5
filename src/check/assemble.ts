import { galeraIdentities } from '../findings/galera-identity.ts'
import { hostsBlocked } from '../findings/host-blocked.ts'
import { mtuBlackHoles } from '../findings/mtu-black-hole.ts'
import { udpNotNeeded } from '../findings/udp-not-needed.ts'
import { fixScript } from '../fix/script.ts'
import type { Options } from '../options.ts'
import type { BlackHole } from '../probe/path-mtu.ts'
import type { Report } from '../report/report.ts'
import { overallStatus } from '../report/status.ts'
import type { NodeEvidence } from './evidence.ts'
import type { JudgedFlow } from './judge-flows.ts'
import { judgeLargePackets } from './large-packets.ts'
import { judgeLaterPackets } from './later-packets.ts'
import type { Member } from './members.ts'
import { type Multicast, multicastUse } from './multicast.ts'
import { loadOrNull, planFor, usableDumps } from './plan-node.ts'
import { reportFlow, reportNode } from './report-parts.ts'

export interface Found {
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly options: Options
  readonly members: readonly Member[]
  readonly nodes: ReadonlyMap<string, NodeEvidence>
  readonly judged: readonly JudgedFlow[]
  readonly blackHoles: readonly BlackHole[]
}

export interface CheckResult {
  readonly report: Report
  /** The guarded shell script of each node that has something to run. */
  readonly scripts: ReadonlyMap<string, string>
}

/** Everything a run found out, as the report and the scripts of its fixes: pure. */
export function assemble(found: Found): CheckResult {
  const { options, members } = found
  const udp = options.services.find(({ need }) => need === 'if-multicast')
  const multicast = multicastUse(
    members.flatMap(({ hello }) => hello ?? []),
    udp?.port,
  )
  const dumps = new Map([...found.nodes].map(([name, node]) => [name, usableDumps(node.dumps)]))
  const rulesets = new Map([...dumps].map(([name, texts]) => [name, loadOrNull(texts)]))
  const judged = found.judged
    .map((flow) => judgeLaterPackets(flow, rulesets))
    .map((flow) => judgeLargePackets(flow, found.blackHoles))
  const ignored = new Set(
    judged.filter((flow) => isIgnored(flow, multicast)).map(({ evidence }) => evidence.flow.id),
  )
  const plans = [...found.nodes.values()].map((node) =>
    planFor(
      node,
      dumps.get(node.name) ?? null,
      judged.filter(({ evidence }) => !ignored.has(evidence.flow.id)),
    ),
  )
  const flows = judged.map((flow) => reportFlow(flow, rulesets, multicast))
  const parts = {
    nodes: members.map(reportNode),
    flows,
    findings: [
      ...galeraIdentities(flows),
      ...hostsBlocked(flows),
      ...mtuBlackHoles(found.blackHoles),
      ...udpNotNeeded(flows, ignored),
    ],
    fixes: plans.flatMap(({ fixes }) => fixes),
  }
  const report: Report = {
    schemaVersion: 1,
    tool: { name: 'pxc-netcheck', version: found.version },
    startedAt: new Date(found.startedAt).toISOString(),
    finishedAt: new Date(found.finishedAt).toISOString(),
    durationMs: found.finishedAt - found.startedAt,
    ...overallStatus(parts, { requireListening: options.requireListening, ignored }),
    ...parts,
  }
  const scripts = plans.flatMap((plan) => {
    const script = fixScript(plan)
    return script === null ? [] : [[plan.node, script] as const]
  })
  return { report, scripts: new Map(scripts) }
}

/** A port that is known not to be needed is not opened either. */
function isIgnored({ evidence: { flow } }: JudgedFlow, multicast: Multicast): boolean {
  return flow.service.need === 'if-multicast' && multicast === 'unset'
}
