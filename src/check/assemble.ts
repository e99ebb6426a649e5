import { clockDrift, type NodeClock } from '../findings/clock-drift.ts'
import { cloudNotNeeded } from '../findings/cloud-not-needed.ts'
import { clusterFindings } from '../findings/cluster-findings.ts'
import type { ClusterView } from '../findings/cluster-view.ts'
import { galeraIdentities } from '../findings/galera-identity.ts'
import { hostsBlocked } from '../findings/host-blocked.ts'
import { measuredLink } from '../findings/links.ts'
import { mtuBlackHoles } from '../findings/mtu-black-hole.ts'
import { type PmmContext, pmmFindings } from '../findings/pmm.ts'
import { pmmNotAsked } from '../findings/pmm-not-asked.ts'
import { udpNotNeeded } from '../findings/udp-not-needed.ts'
import { countersOf } from '../firewall/counters.ts'
import type { Dump } from '../firewall/host.ts'
import { cloudFixes } from '../fix/cloud/plan.ts'
import type { BlockedFlow } from '../fix/input.ts'
import type { NodePlan } from '../fix/plan-fixes.ts'
import { fixScript } from '../fix/script.ts'
import type { NodeSettings } from '../galera/node-settings.ts'
import type { FlowChoice } from '../inventory/flow-choice.ts'
import type { Node } from '../inventory/nodes.ts'
import type { Options } from '../options.ts'
import type { PmmAnswers } from '../pmm/answers.ts'
import type { BlackHole } from '../probe/path-mtu.ts'
import { makeReport } from '../report/make-report.ts'
import type { Report, ReportFlow, ReportPath } from '../report/report.ts'
import type { Inspection } from '../session/survey-messages.ts'
import type { NodeEvidence } from './evidence.ts'
import type { Gathered } from './gather.ts'
import type { JudgedFlow } from './judge-flows.ts'
import { judgeLargePackets } from './large-packets.ts'
import { judgeLaterPackets } from './later-packets.ts'
import { lostFlows } from './lost-flows.ts'
import type { Member } from './members.ts'
import { type Multicast, multicastUse } from './multicast.ts'
import { blockedFlows, judgingRules, loadOrNull, planFor, usableDumps } from './plan-node.ts'
import { judgeScraped, type PmmFacts, type PmmPlan, readPmm } from './pmm-facts.ts'
import { type CounterPair, reportFlow, reportNode } from './report-parts.ts'
import { judgeUnsent } from './unsent.ts'

export interface Found {
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly options: Options
  readonly members: readonly Member[]
  readonly nodes: ReadonlyMap<string, NodeEvidence>
  readonly judged: readonly JudgedFlow[]
  /** What the nodes' own settings say. */
  readonly gathered: Gathered
  readonly inspections: ReadonlyMap<string, Inspection>
  readonly blackHoles: readonly BlackHole[]
  /** null without `--rtt`. */
  readonly roundTrips: readonly ReportPath[] | null
  readonly clocks: readonly NodeClock[]
  /** What was asked about PMM, and answered; null without `--pmm-server`. */
  readonly pmm: { readonly plan: PmmPlan; readonly answers: PmmAnswers } | null
}

export interface CheckResult {
  readonly report: Report
  /** The guarded shell script of each node that has something to run. */
  readonly scripts: ReadonlyMap<string, string>
  readonly plans: readonly NodePlan[]
  /** By node, what its own firewall stops. */
  readonly blocked: ReadonlyMap<string, readonly BlockedFlow[]>
  /** The nodes of the run: those given, or what one of them told. */
  readonly nodes: readonly Node[]
}

/** Everything a run found out, as the report and the scripts of its fixes: pure. */
export function assemble(found: Found): CheckResult {
  const { options, members } = found
  const udp = options.services.find(({ need }) => need === 'if-multicast')
  const multicast = multicastUse(
    members.flatMap(({ hello }) => hello ?? []),
    found.gathered.surveyed.flatMap((node) => node.settings ?? []),
    udp?.port,
  )
  const dumps = new Map([...found.nodes].map(([name, node]) => [name, usableDumps(node.dumps)]))
  const loaded = new Map([...dumps].map(([name, texts]) => [name, loadOrNull(texts)]))
  const rulesets = new Map(
    [...found.nodes].map(([name, node]) => [name, judgingRules(node.dumps, loaded.get(name) ?? null)]),
  )
  const pmm = found.pmm && readPmm(found.pmm.plan, found.pmm.answers, members)
  const judged = found.judged
    .map((flow) => judgeLaterPackets(flow, rulesets))
    .map((flow) => judgeUnsent(flow, rulesets))
    .map((flow) => (pmm === null ? flow : judgeScraped(flow, pmm)))
    .map((flow) => judgeLargePackets(flow, found.blackHoles))
  const ignored = new Set(
    judged.filter((flow) => isIgnored(flow, multicast, pmm)).map(({ evidence }) => evidence.flow.id),
  )
  const needed = judged.filter(({ evidence }) => !ignored.has(evidence.flow.id))
  // A host that only probes (--via none) is no member: nothing is opened to it.
  const probers = new Set(members.filter(({ isTarget }) => !isTarget).map(({ name }) => name))
  const ours = needed.filter(({ evidence }) => !probers.has(evidence.flow.from))
  // One flow is explained with what opens it, and the numbers of those rules count on no others.
  const toOpen = options.explain === null ? ours : ours.filter(isFlow(options.explain))
  const blocked = new Map([...found.nodes.keys()].map((name) => [name, blockedFlows(name, toOpen, rulesets)]))
  const plans = [...found.nodes.values()].map((node) =>
    planFor(node, dumps.get(node.name) ?? null, blocked.get(node.name) ?? [], options.sourceNetworks),
  )
  const lost = lostFlows(
    ours,
    members.map(({ name }) => name),
  )
  const counters = new Map(
    [...found.nodes].flatMap(([name, node]) => counterPair(name, dumps.get(name) ?? null, node.dumpsAfter)),
  )
  const flows = judged.map((flow) => reportFlow(flow, loaded, counters, multicast, pmm?.pulled ?? new Set()))
  const pmmReport = pmm?.report(flows)
  const settings = settingsByNode(found.gathered)
  const nodes = members.map((member) => reportNode(member, settings.get(member.name) ?? null))
  const parts = {
    nodes,
    flows,
    findings: [
      ...galeraIdentities(flows),
      ...hostsBlocked(flows),
      ...mtuBlackHoles(found.blackHoles),
      ...udpNotNeeded(flows, ignored),
      ...clockDrift(found.clocks),
      ...pmmNotAsked(nodes),
      ...(options.quiet === 0 ? cloudNotNeeded(options.clouds.length, lost.length) : []),
      ...clusterFindings(clusterView(found, flows)),
      ...(pmmReport ? pmmFindings(pmmReport, pmmContext(found, flows)) : []),
    ],
    fixes: [...plans.flatMap(({ fixes }) => fixes), ...cloudFixes(lost, options.clouds)],
    ...(pmmReport && { pmm: pmmReport }),
    ...(found.roundTrips && { paths: found.roundTrips }),
  }
  const report = makeReport(found, parts, { requireListening: options.requireListening, ignored })
  const scripts = plans.flatMap((plan) => {
    const script = fixScript(plan)
    return script === null ? [] : [[plan.node, script] as const]
  })
  return { report, scripts: new Map(scripts), plans, blocked, nodes: found.gathered.nodes }
}

function settingsByNode({ surveyed }: Gathered): Map<string, NodeSettings | null> {
  return new Map(surveyed.map((node) => [node.name, node.settings]))
}

function clusterView(
  { members, gathered, inspections, blackHoles, roundTrips, startedAt }: Found,
  flows: readonly ReportFlow[],
): ClusterView {
  const settings = settingsByNode(gathered)
  const nodes = members
    .filter(({ isTarget }) => isTarget)
    .map(({ name, role, given, address, hello }) => ({
      name,
      role,
      given,
      address,
      hello,
      survey: gathered.surveys.get(name) ?? null,
      settings: settings.get(name) ?? null,
      inspection: inspections.get(name) ?? null,
    }))
  return {
    nodes,
    flows,
    blackHoles,
    ...(roundTrips && { links: roundTrips.map(measuredLink) }),
    nowMs: startedAt,
  }
}

function isFlow({ from, to, service }: FlowChoice): (judged: JudgedFlow) => boolean {
  return ({ evidence: { flow } }) => flow.from === from && flow.to === to && flow.service.name === service
}

function counterPair(
  name: string,
  before: readonly Dump[] | null,
  dumpsAfter: NodeEvidence['dumpsAfter'],
): [string, CounterPair][] {
  const after = usableDumps(dumpsAfter)
  return before && after ? [[name, { before: countersOf(before), after: countersOf(after) }]] : []
}

function pmmContext({ options, clocks }: Found, flows: readonly ReportFlow[]): PmmContext {
  const serverClockKnown = clocks.some(({ node }) => node === options.pmm?.name)
  return { kind: options.pmmKind, flows, serverClockKnown }
}

/** A port that is known not to be needed is not opened either. */
function isIgnored({ evidence: { flow } }: JudgedFlow, multicast: Multicast, pmm: PmmFacts | null): boolean {
  const { need } = flow.service
  return (
    (need === 'if-multicast' && multicast === 'unset') ||
    (need === 'if-pulled' && pmm?.pushes(flow.to) === true)
  )
}
