import { describeFlow } from '../check/report-parts.ts'
import { noPacketSent } from '../findings/no-packet-sent.ts'
import { partialRules } from '../findings/rules-partial.ts'
import type { BlockedFlow, OsHints } from '../fix/input.ts'
import { type NodePlan, planNode } from '../fix/plan-fixes.ts'
import { fixScript } from '../fix/script.ts'
import { canonicalAddress } from '../inventory/host-address.ts'
import { hostsOf } from '../inventory/hosts.ts'
import type { Options } from '../options.ts'
import { planFlows, type Role } from '../plan.ts'
import { makeReport, type Run } from '../report/make-report.ts'
import type { Report, ReportNode } from '../report/report.ts'
import { withoutBlanks } from './blank.ts'
import { judgeByRules, type RuledFlow } from './judge-rules.ts'
import { type NodeRules, nodeRules } from './node-rules.ts'
import { type RulesText, readRules } from './read-rules.ts'

export interface Analysis {
  readonly report: Report
  /** The guarded shell script of each node that has something to run. */
  readonly scripts: ReadonlyMap<string, string>
}

interface AnalyzedNode {
  readonly name: string
  readonly address: string
  readonly role: Role
  readonly rules: NodeRules | null
}

/** From files of rules to matrix and fixes, nothing sent: pure. Throws an `InputError` for what cannot be judged. */
export function analyze(
  options: Pick<Options, 'nodes' | 'pmm' | 'services' | 'sourceNetworks'>,
  texts: readonly RulesText[],
  run: Run,
): Analysis {
  const { services, sourceNetworks: networks } = options
  const files = withoutBlanks(texts).map(readRules)
  const nodes = hostsOf(options).map(({ name, address, role }): AnalyzedNode => {
    const rules = nodeRules(
      name,
      files.filter(({ node }) => node === name),
      texts.filter(({ node }) => node === name).map(({ text }) => text),
    )
    return { name, address: canonicalAddress(address), role, rules }
  })
  const judged = judgeAll(nodes, services)
  const plans = nodes.map((node) => plan(node, judged, networks))
  const report = makeReport(
    run,
    {
      nodes: nodes.map(reportNode),
      flows: judged.map((flow) => describeFlow(described(flow), flow.blocker, 'unknown')),
      findings: [noPacketSent(), ...partialRules(nodes.flatMap(({ rules }) => rules?.given ?? []))],
      fixes: plans.flatMap(({ fixes }) => fixes),
    },
    { requireListening: false, ignored: new Set() },
  )
  const scripts = plans.flatMap((one) => {
    const script = fixScript(one)
    return script === null ? [] : [[one.node, script] as const]
  })
  return { report, scripts: new Map(scripts) }
}

function judgeAll(nodes: readonly AnalyzedNode[], services: Options['services']): RuledFlow[] {
  const ends = new Map(
    nodes.map(({ name, address, rules }) => [name, { name, address, dumps: rules?.loaded ?? null }]),
  )
  return planFlows(nodes, nodes, services).flatMap((flow) => {
    const [source, target] = [ends.get(flow.from), ends.get(flow.to)]
    return source && target ? [judgeByRules(flow, source, target)] : []
  })
}

function plan(
  { name, rules }: AnalyzedNode,
  judged: readonly RuledFlow[],
  networks: Options['sourceNetworks'],
): NodePlan {
  const flows = judged
    .flatMap(({ blocks }) => blocks)
    .flatMap(({ node, flow }): BlockedFlow[] => (node === name ? [flow] : []))
  return planNode({ name, dumps: rules?.dumps ?? null, hints: NO_HINTS, networks, flows })
}

/** Files of rules do not tell who keeps them. */
const NO_HINTS: OsHints = {
  osId: null,
  sysconfigIptables: false,
  rulesV4: false,
  netfilterPersistent: false,
  firewalldActive: false,
  ufwActive: false,
  nativeNft: false,
}

function reportNode({ name, address, role }: AnalyzedNode): ReportNode {
  return {
    name,
    ...(role === 'pmm' ? { role } : {}),
    address,
    via: 'none',
    reachable: false,
    privileged: false,
  }
}

function described({ flow, verdict, observations }: RuledFlow) {
  return { evidence: { flow }, verdict, observations, listening: null, rttMs: null }
}
