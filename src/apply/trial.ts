import type { Environment } from '../check/environment.ts'
import { openMembers, resolveNode } from '../check/members.ts'
import type { Options } from '../options.ts'
import { describeFailure } from '../session/failure.ts'
import type { AgentConfig } from '../session/requests.ts'
import { type Session, SessionError } from '../session/session.ts'
import type { Change } from './change.ts'

/** A change that is being tried on its node, over a session that stays open until it is settled. */
export interface Trial {
  readonly change: Change
  readonly session: Session
}

/** What a node says of a change, or why it says nothing: text of a remote host. */
export interface NodeWord<T extends string> {
  readonly node: string
  readonly outcome: T | 'silent'
  readonly detail: string
}
export type AppliedWord = NodeWord<'applied' | 'failed'>
export type SettledWord = NodeWord<'kept' | 'restored' | 'not-restored'>

/** A node answers an order at once, or after it has restored its tables. */
const ANSWER_MS = 10_000
/** The agents' own deadline leaves time for the logins of all nodes before, and for the answers after the change's own. */
const AGENT_GRACE_SECONDS = 60

/** A session to each node that has a change. All or none: `failures` has a sentence for each node that gave none. */
export async function openTrials(
  changes: readonly Change[],
  options: Options,
  environment: Environment,
  seconds: number,
): Promise<{ readonly trials: readonly Trial[]; readonly failures: readonly string[] }> {
  const nodes = options.nodes.filter(({ name }) => changes.some(({ node }) => node === name))
  const addresses = await Promise.all(nodes.map((node) => resolveNode(node, environment)))
  const config: AgentConfig = {
    token: environment.token(),
    secret: environment.secret(),
    deadlineSeconds: seconds + Math.ceil(options.ssh.connectTimeoutMs / 1000) + AGENT_GRACE_SECONDS,
    raw: false,
    peers: [],
    ports: [],
    udpPorts: [],
  }
  // Once open, a session is not given up when the user interrupts: the node is told to roll back, and says that it has.
  const opening = new AbortController()
  const interrupt = () => opening.abort()
  environment.interrupted.addEventListener('abort', interrupt)
  if (environment.interrupted.aborted) interrupt()
  const members = await openMembers({ ...options, nodes }, addresses, environment, config, opening.signal)
  environment.interrupted.removeEventListener('abort', interrupt)
  const trials = members.flatMap(({ name, session }) => {
    const change = changes.find(({ node }) => node === name)
    return session === null || change === undefined ? [] : [{ change, session }]
  })
  const failures = members.flatMap(({ name, session, failure }) =>
    session !== null
      ? []
      : [failure === null ? `${name}: no agent` : `${name}: ${describeFailure(name, failure)}`],
  )
  return { trials, failures }
}

export function applyAll(trials: readonly Trial[], seconds: number): Promise<AppliedWord[]> {
  return Promise.all(
    trials.map((trial) =>
      ask<'applied' | 'failed'>(trial, seconds * 1000, async ({ request }, session) => {
        const { code, stderr, stdout } = await session.apply({ ...request, seconds })
        return { outcome: code === 0 ? 'applied' : 'failed', detail: stderr || stdout }
      }),
    ),
  )
}

/**
 * Ends every trial: each node has kept its change or restored its rules when it answers. That takes about as long as
 * applying it has, `tookMs`.
 */
export function settleAll(
  trials: readonly Trial[],
  order: 'keep' | 'roll-back',
  tookMs: number,
): Promise<SettledWord[]> {
  const limitMs = ANSWER_MS + 2 * tookMs
  return Promise.all(trials.map((trial) => ask(trial, limitMs, (_, session) => session.settle(order))))
}

async function ask<T extends string>(
  { change, session }: Trial,
  limitMs: number,
  question: (change: Change, session: Session) => Promise<{ readonly outcome: T; readonly detail: string }>,
): Promise<NodeWord<T>> {
  const timer = setTimeout(() => session.abandon({ code: 'agent-silent', detail: '' }), limitMs)
  try {
    const { outcome, detail } = await question(change, session)
    return { node: change.node, outcome, detail }
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    return { node: change.node, outcome: 'silent', detail: describeFailure(change.node, error.failure) }
  } finally {
    clearTimeout(timer)
  }
}
