import type { Options } from '../options.ts'
import { type Flow, planFlows } from '../plan.ts'
import type { SessionFailure } from '../session/failure.ts'
import type { RulesetDump } from '../session/messages.ts'
import { type AgentConfig, SessionError } from '../session/session.ts'
import { assemble, type CheckResult } from './assemble.ts'
import { blockOf } from './blocks.ts'
import type { Environment } from './environment.ts'
import type { NodeEvidence } from './evidence.ts'
import { judgeFlows } from './judge-flows.ts'
import { type Member, openMembers } from './members.ts'
import { probeFlows } from './probe-flows.ts'

/** The agent's own deadline is a little later than the run's: it ends a node's half when this half is gone. */
const AGENT_GRACE_SECONDS = 5
/** What the payload of every probe begins with; the agent puts it there itself. */
const PAYLOAD_PREFIX = 'pxc-netcheck:'

/** The main job: every node to every peer. Never rejects for what a node, a peer or the network does. */
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
  const config: AgentConfig = {
    token: environment.token(),
    secret,
    deadlineSeconds: Math.ceil(options.deadlineMs / 1000) + AGENT_GRACE_SECONDS,
    raw: options.raw,
    peers: await peerAddresses(options, environment),
    ports: [...new Set(options.services.map(({ port }) => port))],
    udpPorts: [...new Set(options.services.filter((s) => s.protocol === 'udp').map(({ port }) => port))],
  }
  let members: Member[] = []
  try {
    members = await openMembers(options, environment, config, signal)
    const byName = new Map(members.map((member) => [member.name, member]))
    const flows = plan(members, options)
    const settings = {
      timeoutMs: options.timeoutMs,
      allowConnect: options.allowConnect,
      payload: `${PAYLOAD_PREFIX}${secret}`,
    }
    const probed = await probeFlows(flows, byName, settings, environment, signal)
    const nodes = new Map<string, NodeEvidence>(
      members.map((member) => [
        member.name,
        {
          name: member.name,
          address: member.address,
          hello: member.hello,
          account: probed.accounts.get(member.name) ?? null,
          dumps: null,
        },
      ]),
    )
    const judged = judgeFlows(probed.flows, nodes)
    const blocked = new Set(judged.flatMap((flow) => blockOf(flow)?.node ?? []))
    const dumps = await readRulesets(
      members.filter(({ name }) => blocked.has(name)),
      environment,
    )
    for (const [name, texts] of dumps) nodes.set(name, { ...(nodes.get(name) as NodeEvidence), dumps: texts })
    return assemble({
      version,
      startedAt,
      finishedAt: environment.now(),
      options,
      members: members.map((member) => withFailure(member, probed.broken.get(member.name))),
      nodes,
      judged,
    })
  } finally {
    clearTimeout(timer)
    await Promise.all(members.map(({ session }) => session?.close()))
  }
}

function plan(members: readonly Member[], options: Options): Flow[] {
  const endpoints = (list: readonly Member[]) =>
    list.map(({ name, address }) => ({ name, address: address ?? '' }))
  const targets = members.filter(({ isTarget }) => isTarget)
  // With --via none the nodes are targets only: nobody asked them to send.
  const sources = options.via.kind === 'none' ? members.filter(({ isTarget }) => !isTarget) : targets
  return planFlows(endpoints(sources), endpoints(targets), options.services)
}

/** The agents note packets of these hosts even where a middlebox has rewritten the sequence number. */
async function peerAddresses(options: Options, environment: Environment): Promise<string[]> {
  const addresses = await Promise.all(options.nodes.map(({ address }) => environment.resolve(address)))
  return addresses.filter((address) => address !== null)
}

async function readRulesets(
  members: readonly Member[],
  environment: Environment,
): Promise<Map<string, readonly RulesetDump[]>> {
  const dumps = new Map<string, readonly RulesetDump[]>()
  const readable = members.filter(({ session, hello }) => session !== null && hello?.uid === 0)
  if (readable.length > 0) environment.progress('reading rulesets', 0, readable.length)
  await Promise.all(
    readable.map(async ({ name, session }) => {
      try {
        const answer = await session?.rulesets()
        if (answer !== undefined) dumps.set(name, answer.dumps)
      } catch (error) {
        if (!(error instanceof SessionError)) throw error
      }
      environment.progress('reading rulesets', dumps.size, readable.length)
    }),
  )
  return dumps
}

function withFailure(member: Member, broken: SessionError | undefined): Member {
  const failure: SessionFailure | null = broken?.failure ?? member.failure
  return { ...member, failure }
}
