import { galeraIdentities } from '../findings/galera-identity.ts'
import { hostsBlocked } from '../findings/host-blocked.ts'
import { mtuBlackHoles } from '../findings/mtu-black-hole.ts'
import { udpNotNeeded } from '../findings/udp-not-needed.ts'
import { type Dump, familyOf, type LoadedDump, loadDumps, TOOLS, type Tool } from '../firewall/host.ts'
import { type NodePlan, planNode } from '../fix/plan-fixes.ts'
import { fixScript } from '../fix/script.ts'
import type { Options } from '../options.ts'
import type { BlackHole } from '../probe/path-mtu.ts'
import type { Report, ReportFlow, ReportNode } from '../report/report.ts'
import { overallStatus } from '../report/status.ts'
import { describeFailure } from '../session/failure.ts'
import type { RulesetDump } from '../session/messages.ts'
import { blockOf, decisionOf } from './blocks.ts'
import type { NodeEvidence } from './evidence.ts'
import type { JudgedFlow } from './judge-flows.ts'
import { judgeLargePackets } from './large-packets.ts'
import { judgeLaterPackets } from './later-packets.ts'
import type { Member } from './members.ts'
import { type Multicast, multicastUse } from './multicast.ts'

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

/** null: none could be read. A family of which one back end could not be read is left out whole: the other is no proof. */
function usableDumps(dumps: readonly RulesetDump[] | null): Dump[] | null {
  const known = (dumps ?? []).flatMap(({ tool, code, text }) =>
    isTool(tool) ? [{ tool, text, failed: code !== 0 }] : [],
  )
  const incomplete = new Set(known.filter(({ failed }) => failed).map(({ tool }) => familyOf(tool)))
  const usable = known.filter(({ tool }) => !incomplete.has(familyOf(tool)))
  return usable.length === 0 ? null : usable.map(({ tool, text }) => ({ tool, text }))
}

function isTool(name: string): name is Tool {
  return (TOOLS as readonly string[]).includes(name)
}

function loadOrNull(dumps: readonly Dump[] | null): LoadedDump[] | null {
  if (dumps === null) return null
  try {
    return loadDumps(dumps)
  } catch {
    // The fix of the node says that its ruleset could not be understood.
    return null
  }
}

function planFor(node: NodeEvidence, dumps: Dump[] | null, judged: readonly JudgedFlow[]): NodePlan {
  const flows = judged.flatMap((flow) => {
    const block = blockOf(flow)
    return block?.node === node.name ? [block.flow] : []
  })
  const rules = (dumps ?? []).reduce((sum, { text }) => sum + text.split('\n').length, 0)
  if (flows.length > 0 && rules > MOST_RULES) return tooManyRules(node.name, rules)
  const { osRelease, ...owner } = node.hello?.firewall ?? NO_HINTS
  const nativeNft =
    node.dumps?.some(({ tool, text }) => tool === 'nft-tables' && hasNativeTable(text)) ?? false
  const isRoot = node.hello?.uid === 0
  return planNode({ name: node.name, dumps, isRoot, hints: { osId: osRelease, ...owner, nativeNft }, flows })
}

/** Planning tries its commands on the whole ruleset again and again: past this it takes longer than a user waits. */
const MOST_RULES = 12_000

function tooManyRules(node: string, rules: number): NodePlan {
  const note = `The ruleset has ${rules} lines, too many to prove commands on. The blocking rule is named with each flow: put an ACCEPT before it.`
  const nothing = { commands: [], persist: [], undo: [], opens: [] }
  return { node, edits: [], fixes: [{ node, backend: 'none', ...nothing, proven: false, note }] }
}

const NO_HINTS = {
  osRelease: null,
  sysconfigIptables: false,
  rulesV4: false,
  netfilterPersistent: false,
  firewalldActive: false,
  ufwActive: false,
}

/** `nft list tables`: all but the tables that iptables-nft itself makes. */
function hasNativeTable(text: string): boolean {
  return text
    .split('\n')
    .some(
      (line) =>
        /^table \S+ \S+/.test(line) && !/^table ip6? (filter|nat|mangle|raw|security)$/.test(line.trim()),
    )
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
