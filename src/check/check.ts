import { setMaxListeners } from 'node:events'
import { isLoopback } from '../inventory/host-address.ts'
import { type Host, hostsOf } from '../inventory/hosts.ts'
import { InputError } from '../inventory/input-error.ts'
import { isNodeError } from '../inventory/pmm.ts'
import type { Options } from '../options.ts'
import { type Flow, planFlows } from '../plan.ts'
import type { SessionFailure } from '../session/failure.ts'
import type { PathMtu, RulesetDump } from '../session/messages.ts'
import type { AgentConfig } from '../session/requests.ts'
import { SessionError } from '../session/session.ts'
import { askPmm } from './ask-pmm.ts'
import { assemble, type CheckResult, type Found } from './assemble.ts'
import { blockOf } from './blocks.ts'
import type { Environment } from './environment.ts'
import type { NodeEvidence } from './evidence.ts'
import { judgeFlows } from './judge-flows.ts'
import { type Member, openMembers, resolveNode } from './members.ts'
import { planPmm } from './pmm-facts.ts'
import { probeFlows } from './probe-flows.ts'
import { findBlackHoles, pathsBetween, sendOnce } from './probe-paths.ts'
import { readClocks } from './read-clocks.ts'

/** The agent's own deadline is a little later than the run's: it ends a node's half when this half is gone. */
const AGENT_GRACE_SECONDS = 5
/** What the payload of every probe begins with; the agent puts it there itself. */
const PAYLOAD_PREFIX = 'pxc-netcheck:'

/** The main job: every node to every peer. Never rejects for what a node, a peer or the network does; an InputError tells of two names for one host. */
export async function check(
  options: Options,
  environment: Environment,
  version: string,
): Promise<CheckResult> {
  const startedAt = environment.now()
  const secret = environment.secret()
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.deadlineMs)
  const signal = AbortSignal.any([deadline.signal, environment.interrupted])
  // Each node waits for it: Node takes more than ten listeners for a leak, and says so on stderr.
  setMaxListeners(0, signal)
  const hosts = hostsOf(options)
  const addresses = await Promise.all(
    hosts.map((node) => untilAborted(resolveNode(node, environment), signal)),
  )
  const ntp = options.ntp === null ? null : { name: options.ntp, address: options.ntp }
  const ntpAddress = ntp && untilAborted(resolveNode(ntp, environment), signal)
  refuseSameAddress(hosts, addresses)
  const config: AgentConfig = {
    token: environment.token(),
    secret,
    deadlineSeconds: Math.ceil(options.deadlineMs / 1000) + AGENT_GRACE_SECONDS,
    raw: options.raw,
    // Their packets are noted even where a middlebox has rewritten the sequence number.
    peers: addresses.filter((address) => address !== null),
    ports: [...new Set(options.services.map(({ port }) => port))],
    udpPorts: [...new Set(options.services.filter((s) => s.protocol === 'udp').map(({ port }) => port))],
  }
  let members: Member[] = []
  let found: Found
  try {
    members = await openMembers(options, addresses, environment, config, signal)
    const byName = new Map(members.map((member) => [member.name, member]))
    const flows = plan(members, options)
    const settings = {
      timeoutMs: options.timeoutMs,
      policy: { allowConnect: options.allowConnect, galeraTls: options.galeraTls },
      mysqlAccount: environment.mysqlAccount,
      payload: `${PAYLOAD_PREFIX}${secret}`,
    }
    const paths = options.mtu ? pathsBetween(members, mtuPort(options)) : []
    let sizes: ReadonlyMap<string, PathMtu> = new Map()
    // After the probes: a router or a target that rejects both has only so many ICMP errors to send.
    const sendSizes = async () => {
      sizes = await sendOnce(paths, byName)
    }
    const clocks = readClocks(members, environment)
    const pmmPlan = planPmm(options, members, environment)
    const [probed, dumps, answers] = await Promise.all([
      probeFlows(flows, byName, settings, environment, signal, sendSizes),
      readRulesets(members),
      pmmPlan && askPmm(pmmPlan.target, pmmPlan.exporters, await ntpAddress, members, signal),
    ])
    const blackHoles = await findBlackHoles(paths, sizes, probed.accounts, byName, probed.flows)
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
    const after = await readRulesets(members.filter(({ name }) => blocking.has(name)))
    const nodes = evidence(after)
    found = {
      version,
      startedAt,
      finishedAt: environment.now(),
      options,
      members: members.map((member) => withFailure(member, probed.broken.get(member.name))),
      nodes,
      blackHoles,
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

/** null when the run ends before a name is known: a resolver may take longer than anybody wants to wait. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(null), { once: true })
    promise.then(resolve, reject)
  })
}

/** Two names of one host: flows of the one would be taken for those of the other. */
function refuseSameAddress(nodes: readonly Host[], addresses: readonly (string | null)[]): void {
  const seen = new Map<string, string>()
  for (const [index, { name, role }] of nodes.entries()) {
    const address = addresses[index] ?? null
    if (address === null || isLoopback(address)) continue
    const other = seen.get(address)
    // It is the last of the hosts.
    if (other !== undefined && role === 'pmm') throw isNodeError(name, other)
    if (other !== undefined) {
      throw new InputError(
        'duplicate-address',
        `"${other}" and "${name}" are one host: both names lead to ${address}. List each node once.`,
      )
    }
    seen.set(address, name)
  }
}

function plan(members: readonly Member[], options: Options): Flow[] {
  const endpoints = (list: readonly Member[]) =>
    list.map(({ name, address, role }) => ({ name, address: address ?? '', role }))
  const targets = members.filter(({ isTarget }) => isTarget)
  // With --via none the nodes are targets only: nobody asked them to send.
  const sources = options.via.kind === 'none' ? members.filter(({ isTarget }) => !isTarget) : targets
  return planFlows(endpoints(sources), endpoints(targets), options.services)
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
