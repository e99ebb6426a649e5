import { isIP } from 'node:net'
import pLimit from 'p-limit'
import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import { type Host, hostsOf } from '../inventory/hosts.ts'
import type { Node } from '../inventory/nodes.ts'
import { prefixFor } from '../inventory/via.ts'
import type { Options } from '../options.ts'
import type { Role } from '../plan.ts'
import type { SessionFailure } from '../session/failure.ts'
import type { Hello } from '../session/messages.ts'
import type { AgentConfig } from '../session/requests.ts'
import { type Session, SessionError } from '../session/session.ts'
import type { Survey } from '../session/survey-messages.ts'
import type { Transport } from '../session/transport.ts'
import type { Environment } from './environment.ts'

/** A node of this run and how it answered. */
export interface Member {
  readonly name: string
  readonly role: Role
  /** Where flows to it go: an IP literal, or null when its name could not be resolved. */
  readonly address: string | null
  /** As given on the command line. */
  readonly given: string
  /** `ssh`, `local`, `none`, or the exec prefix. */
  readonly via: string
  /** False for the host that only probes (--via none): nothing is probed towards it. */
  readonly isTarget: boolean
  readonly session: Session | null
  /** What it says of its servers, asked for before it had said anything; null when that was not asked for, or not answered. */
  readonly survey: Promise<Survey | null>
  readonly hello: Hello | null
  /** Why there is no session; null also for a node that nobody tried to reach (--via none). */
  readonly failure: SessionFailure | null
  /** Probes run in this process: no agent could be started on this host. */
  readonly inProcess: boolean
}

/** The agent's answer may take this long after ssh has connected: login shell, sudo, Python. */
const START_MS = 10_000

/**
 * Opens a session to every node (`addresses` in the order of the nodes), at most `forks` at a time, and asks each agent for its hello; with `asks`
 * for a survey too, in the same breath.
 */
export async function openMembers(
  options: Options,
  addresses: readonly (string | null)[],
  environment: Environment,
  config: AgentConfig,
  signal: AbortSignal,
  asks = false,
): Promise<Member[]> {
  const limit = pLimit(options.forks)
  let done = 0
  const hosts = hostsOf(options)
  environment.progress('connecting', 0, hosts.length)
  const finish = <T>(value: T): T => {
    environment.progress('connecting', ++done, hosts.length)
    return value
  }
  if (options.via.kind === 'none') {
    const name = proberName(options, environment)
    const here = await openMember({ name, address: '', role: 'member' }, null, {
      kind: 'local',
    })
    const targets = hosts.map((host, index) => unasked(host, addresses[index] ?? null))
    return [{ ...here, isTarget: false }, ...targets]
  }
  return Promise.all(
    hosts.map((node, index) => {
      const address = addresses[index] ?? null
      return limit(async () =>
        finish(await openMember(node, address, transportFor(node, address, options, environment))),
      )
    }),
  )

  async function openMember(node: Host, address: string | null, transport: Transport): Promise<Member> {
    const member = {
      name: node.name,
      role: node.role,
      given: node.address,
      via: describeVia(transport),
      isTarget: true,
      inProcess: false,
    }
    const session = environment.openSession(transport, options.become, config)
    const survey = asks && node.role === 'member' ? askSurvey(session, environment) : NOT_ASKED
    const abandon = (code: SessionFailure['code']) => () => session.abandon({ code, detail: '' })
    const timer = setTimeout(abandon('agent-silent'), startLimitMs(options))
    const cancel = () =>
      session.abandon({ code: environment.interrupted.aborted ? 'cancelled' : 'agent-silent', detail: '' })
    signal.addEventListener('abort', cancel, { once: true })
    // A node that was still waiting for its turn.
    if (signal.aborted) cancel()
    try {
      const hello = await session.hello()
      return { ...member, address: flowAddress(address, hello), session, survey, hello, failure: null }
    } catch (error) {
      if (!(error instanceof SessionError)) throw error
      await session.close()
      const { failure } = error
      const noAgentHere = transport.kind === 'local' && PYTHON_FAILURES.has(failure.code)
      const inProcess = noAgentHere && !options.become
      return {
        ...member,
        address,
        session: null,
        survey: NOT_ASKED,
        hello: null,
        failure: inProcess ? null : failure,
        inProcess,
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A node that does not answer must leave the others time to be probed. */
function startLimitMs({ ssh, deadlineMs, timeoutMs }: Options): number {
  const leavesTime = Math.max(deadlineMs - 2 * timeoutMs - 1000, deadlineMs / 2)
  return Math.min(ssh.connectTimeoutMs + START_MS, leavesTime)
}

/** This host as a source that is no node: its own name, unless a node has that. */
export function proberName(options: Options, environment: Environment): string {
  const name = environment.hostname()
  return hostsOf(options).some((host) => host.name === name) ? `${name} (this host)` : name
}

/** On this host the in-process prober can take the agent's place as a source. */
const PYTHON_FAILURES: ReadonlySet<string> = new Set([
  'python-missing',
  'python-too-old',
  'command-not-found',
])

function unasked(node: Host, address: string | null): Member {
  return {
    name: node.name,
    role: node.role,
    address,
    given: node.address,
    via: 'none',
    isTarget: true,
    session: null,
    survey: NOT_ASKED,
    hello: null,
    failure: null,
    inProcess: false,
  }
}

const NOT_ASKED: Promise<null> = Promise.resolve(null)
/** For the local server's answer: it is asked over its unix socket, and one that hangs shall not hold up the run. */
const SURVEY_MS = 3000

/** A session that breaks off says nothing; its probes tell of it. */
function askSurvey(session: Session, { mysqlAccount }: Environment): Promise<Survey | null> {
  const request = { timeoutMs: SURVEY_MS, ...(mysqlAccount && { account: mysqlAccount }) }
  return session.survey(request).catch((error: unknown) => {
    if (!(error instanceof SessionError)) throw error
    return null
  })
}

export async function resolveNode(node: Node, environment: Environment): Promise<string | null> {
  if (isIP(node.address) !== 0) return canonicalAddress(node.address)
  const address = await environment.resolve(node.address)
  return address === null ? null : canonicalAddress(address)
}

export function transportFor(
  node: Node,
  address: string | null,
  options: Options,
  environment: Environment,
): Transport {
  if (options.via.kind === 'exec') return { kind: 'prefix', argv: prefixFor(options.via.template, node) }
  const local = environment.localAddresses().map(canonicalAddress)
  if (address !== null && (isLoopback(address) || local.includes(address))) return { kind: 'local' }
  const { user, options: sshOptions, connectTimeoutMs } = options.ssh
  return {
    kind: 'ssh',
    host: node.address,
    user: node.user ?? user,
    settings: { options: sshOptions, connectTimeoutSeconds: connectTimeoutMs / 1000 },
  }
}

function describeVia(transport: Transport): string {
  return transport.kind === 'prefix' ? transport.argv.join(' ') : transport.kind
}

/**
 * Peers cannot use a name that is unknown here or means loopback (Debian's 127.0.1.1): then the first address that the
 * node itself has is taken.
 */
function flowAddress(resolved: string | null, hello: Hello): string | null {
  if (resolved !== null && !isLoopback(resolved)) return resolved
  const own = hello.addresses
    .map(({ address }) => canonicalAddress(address))
    .filter((address) => !isLoopback(address) && !address.toLowerCase().startsWith('fe80:'))
  // The address by which it was reached is one that the network knows; its first may be a bridge of containers.
  const reached = own.find(
    (address) => hello.sshServer !== null && address === canonicalAddress(hello.sshServer),
  )
  return reached ?? own[0] ?? resolved
}
