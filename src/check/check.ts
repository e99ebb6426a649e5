import { setMaxListeners } from 'node:events'
import type { Options } from '../options.ts'
import { type Flow, type Locate, planFlows } from '../plan.ts'
import type { SessionFailure } from '../session/failure.ts'
import type { PathMtu, RulesetDump } from '../session/messages.ts'
import { SessionError } from '../session/session.ts'
import { agentConfig } from './agent-config.ts'
import { watchMembers } from './ask-members.ts'
import { askPmm } from './ask-pmm.ts'
import { assemble, type CheckResult, type Found } from './assemble.ts'
import { blockOf } from './blocks.ts'
import type { Environment } from './environment.ts'
import type { NodeEvidence } from './evidence.ts'
import { galeraTls } from './galera-tls.ts'
import { gather } from './gather.ts'
import { inspect } from './inspect.ts'
import { interfaceMtu } from './interface-mtu.ts'
import { judgeFlows } from './judge-flows.ts'
import { locateBySettings } from './locate.ts'
import { measurePaths } from './measure-paths.ts'
import { type Member, resolveNode } from './members.ts'
import { planPmm } from './pmm-facts.ts'
import { probeFlows } from './probe-flows.ts'
import { findBlackHoles, pathsBetween, sendOnce } from './probe-paths.ts'
import { readClocks } from './read-clocks.ts'
import { resolveHosts, untilAborted } from './resolve-hosts.ts'
import { watchRequest } from './watch-request.ts'

/** What the payload of every probe begins with; the agent puts it there itself. */
const PAYLOAD_PREFIX = 'pxc-netcheck:'

/** The main job: every node to every peer. Never rejects for what a node, a peer or the network does; an InputError tells of two names for one host. */
export async function check(
  options: Options,
  environment: Environment,
  version: string,
): Promise<CheckResult> {
  const startedAt = environment.now()
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.deadlineMs)
  const signal = AbortSignal.any([deadline.signal, environment.interrupted])
  // Each node waits for it: Node takes more than ten listeners for a leak, and says so on stderr.
  setMaxListeners(0, signal)
  const addresses = await resolveHosts(options, environment, signal)
  const ntp = options.ntp === null ? null : { name: options.ntp, address: options.ntp }
  const ntpAddress = ntp && untilAborted(resolveNode(ntp, environment), signal)
  const config = agentConfig(options, addresses, environment)
  let members: readonly Member[] = []
  let found: Found
  try {
    const gathered = await gather(options, addresses, environment, config, signal)
    members = gathered.members
    const flows = plan(members, options, locateBySettings(gathered.surveyed))
    const watch = watchRequest(gathered, flows, config)
    if (watch !== null) members = await watchMembers(members, watch)
    const byName = new Map(members.map((member) => [member.name, member]))
    const settings = {
      timeoutMs: options.timeoutMs,
      policy: (node: string) => ({
        allowConnect: options.allowConnect,
        galeraTls: galeraTls(node, gathered, options),
      }),
      mysqlAccount: environment.mysqlAccount,
      payload: `${PAYLOAD_PREFIX}${config.secret}`,
    }
    const paths = options.mtu ? pathsBetween(members, mtuPort(options)) : []
    let sizes: ReadonlyMap<string, PathMtu> = new Map()
    // After the probes: a router or a target that rejects both has only so many ICMP errors to send.
    const sendSizes = async () => {
      sizes = await sendOnce(paths, byName)
    }
    let startInspecting: () => void = () => {}
    const inspected = new Promise<void>((resolve) => {
      startInspecting = resolve
    }).then(() => inspect(gathered, members, flows))
    const clocks = readClocks(members, environment)
    const pmmPlan = planPmm(options, members, environment)
    const [probed, dumps, answers, inspections] = await Promise.all([
      probeFlows(flows, byName, settings, environment, signal, startInspecting, sendSizes),
      readRulesets(members),
      pmmPlan && askPmm(pmmPlan.target, pmmPlan.exporters, await ntpAddress, members, signal),
      inspected,
    ])
    const blackHoles = await findBlackHoles(
      paths,
      sizes,
      probed.accounts,
      byName,
      probed.flows,
      (node, address) => interfaceMtu(gathered, node, address),
    )
    const evidence = (after: typeof dumps) =>
      new Map<string, NodeEvidence>(
        members.map((member) => [
          member.name,
          {
            name: member.name,
            address: member.address,
            hello: member.hello,
            account: probed.accounts.get(member.name) ?? null,
            dumps: dumps.get(member.name) ?? null,
            dumpsAfter: after.get(member.name) ?? null,
          },
        ]),
      )
    const judged = judgeFlows(probed.flows, evidence(new Map()))
    const blocking = new Set(judged.map((flow) => blockOf(flow)?.node))
    const [after, roundTrips] = await Promise.all([
      readRulesets(members.filter(({ name }) => blocking.has(name))),
      options.rtt ? measurePaths(judged, byName) : null,
    ])
    const nodes = evidence(after)
    found = {
      version,
      startedAt,
      finishedAt: environment.now(),
      options,
      members: members.map((member) => withFailure(member, probed.broken.get(member.name))),
      nodes,
      gathered,
      inspections,
      blackHoles,
      roundTrips,
      clocks: clocks(),
      pmm: pmmPlan && answers && { plan: pmmPlan, answers },
      judged,
    }
  } finally {
    clearTimeout(timer)
    await Promise.all(members.map(({ session }) => session?.close()))
  }
  const result = assemble(found)
  if (!options.proveWithKernel) return result
  const { proveFixes } = await import('../prove/prove-fixes.ts')
  return proveFixes(result, found.nodes)
}

function plan(members: readonly Member[], options: Options, locate: Locate): Flow[] {
  const endpoints = (list: readonly Member[]) =>
    list.map(({ name, address, role }) => ({ name, address: address ?? '', role }))
  const targets = members.filter(({ isTarget }) => isTarget)
  // With --via none the nodes are targets only: nobody asked them to send.
  const sources = options.via.kind === 'none' ? members.filter(({ isTarget }) => !isTarget) : targets
  return planFlows(endpoints(sources), endpoints(targets), options.services, locate)
}

/** Every ruleset that may be read, while the probes run: it explains a block, and judges the packets after a handshake. */
async function readRulesets(members: readonly Member[]): Promise<Map<string, readonly RulesetDump[]>> {
  const dumps = new Map<string, readonly RulesetDump[]>()
  await Promise.all(
    members.map(async ({ name, session, hello }) => {
      if (session === null || hello?.uid !== 0) return
      try {
        dumps.set(name, (await session.rulesets()).dumps)
      } catch (error) {
        // The session broke off: probeFlows has seen it too, and tells it.
        if (!(error instanceof SessionError)) throw error
      }
    }),
  )
  return dumps
}

/** A port that the witnesses watch; what is sent there is a RST, which no service sees. */
function mtuPort(options: Options): number {
  return options.services.find(({ protocol }) => protocol === 'tcp')?.port ?? options.services[0]?.port ?? 0
}

function withFailure(member: Member, broken: SessionError | undefined): Member {
  const failure: SessionFailure | null = broken?.failure ?? member.failure
  return { ...member, failure }
}
