import type { Flow } from '../plan.ts'
import { chooseProbe, type End, isGuarded, type ProbeChoice, type ProbePolicy } from '../probe/method.ts'
import type { SkipReason } from '../probe/observation.ts'
import type { Account, FlowResult } from '../session/messages.ts'
import type { ListenRequest, MysqlAccount, ProbeRequest } from '../session/requests.ts'
import { type Session, SessionError } from '../session/session.ts'
import type { Environment } from './environment.ts'
import { type FlowEvidence, type ListenOutcome, listensOn } from './evidence.ts'
import type { Member } from './members.ts'

/** Two tries of a connect, and what the pacer may hold back. */
const LISTEN_MARGIN_SECONDS = 3

export interface ProbeSettings {
  readonly timeoutMs: number
  /** By target. */
  readonly policy: (node: string) => ProbePolicy
  readonly mysqlAccount: MysqlAccount | null
  readonly payload: string
}

export interface Probed {
  readonly flows: readonly FlowEvidence[]
  readonly accounts: ReadonlyMap<string, Account>
  /** Sessions that broke off meanwhile. */
  readonly broken: ReadonlyMap<string, SessionError>
}

/**
 * Listens where a probe needs it, runs every source's probes at the same time, then asks the targets what they saw (of `beforeAccounts` too).
 * `onceSent` is called when the sources have been told: what else they are asked shall not keep a port open for longer.
 */
export async function probeFlows(
  flows: readonly Flow[],
  members: ReadonlyMap<string, Member>,
  settings: ProbeSettings,
  environment: Environment,
  signal: AbortSignal,
  onceSent: () => void,
  beforeAccounts: () => Promise<void>,
): Promise<Probed> {
  const broken = new Map<string, SessionError>()
  /** Runs a request on a member's session; a session that fails is remembered, and the run goes on without it. */
  async function onSession<T>(member: Member, request: (session: Session) => Promise<T>): Promise<T | null> {
    if (member.session === null) return null
    try {
      return await request(member.session)
    } catch (error) {
      if (!(error instanceof SessionError)) throw error
      broken.set(member.name, error)
      return null
    }
  }

  const choices = new Map(flows.map((flow) => [flow.id, choose(flow, members, settings)]))
  const listening = await openListeners(flows, choices, members, settings, onSession)
  const results = new Map<string, FlowResult>()
  const skipped = new Map<string, SkipReason>()
  const requests = new Map<string, ProbeRequest[]>()
  for (const flow of flows) {
    const choice = choices.get(flow.id) as ProbeChoice
    const refused = needsListener(choice) && listening.get(targetPort(flow))?.opened !== true
    // A connect whose listener could not be opened would meet whatever took the port: not sent.
    if (choice.kind === 'skip') skipped.set(flow.id, choice.why)
    else if (refused && choice.kind === 'connect') skipped.set(flow.id, 'live-service')
    else push(requests, flow.from, request(flow, choice, settings.mysqlAccount))
  }
  const total = [...requests.values()].reduce((sum, list) => sum + list.length, 0)
  environment.progress('probing', 0, total)
  const onFlow = (flow: FlowResult) => {
    // A node is not trusted: an answer for a flow it was not asked about is no answer.
    if (choices.has(flow.id)) results.set(flow.id, flow)
    environment.progress('probing', results.size, total)
  }
  const probing = Promise.all(
    [...requests].map(async ([name, list]) => {
      const member = members.get(name) as Member
      const own = new Set(list.map(({ id }) => id))
      const onOwnFlow = (flow: FlowResult) => {
        if (own.has(flow.id)) onFlow(flow)
      }
      if (member.inProcess) {
        const options = { secret: settings.payload, timeoutMs: settings.timeoutMs, signal }
        await environment.probeInProcess(list, options, onOwnFlow)
      } else await onSession(member, (session) => session.probe(list, settings.timeoutMs, onOwnFlow))
    }),
  )
  onceSent()
  await probing
  await beforeAccounts()
  const accounts = new Map<string, Account>()
  await Promise.all(
    [...members.values()].map(async (member) => {
      const account = await onSession(member, (session) => session.account())
      if (account !== null) accounts.set(member.name, account)
    }),
  )
  const evidence = flows.map((flow) => {
    const result = results.get(flow.id) ?? null
    const lost = result === null ? (broken.has(flow.from) ? 'source-unreachable' : 'not-probed') : null
    return {
      flow,
      skipped: skipped.get(flow.id) ?? lost,
      result,
      listen: listening.get(targetPort(flow)) ?? null,
    }
  })
  return { flows: evidence, accounts, broken }
}

function choose(flow: Flow, members: ReadonlyMap<string, Member>, settings: ProbeSettings): ProbeChoice {
  const target = members.get(flow.to)
  if (flow.address === '') return { kind: 'skip', why: 'name-not-resolved' }
  const listens = listensOn(target?.hello ?? null, flow) === true
  return chooseProbe(flow, endOf(members.get(flow.from)), endOf(target), listens, settings.policy(flow.to))
}

function endOf(member: Member | undefined): End {
  return {
    sends: member !== undefined && (member.hello !== null || member.inProcess),
    inspected: member !== undefined && member.hello !== null,
    raw: member?.hello?.raw === true,
    mysqld: member?.hello?.mysqld === true,
  }
}

function isConnect(choice: ProbeChoice | undefined): boolean {
  return choice?.kind === 'connect'
}

function needsListener(choice: ProbeChoice): boolean {
  return (choice.kind === 'connect' || choice.kind === 'datagram') && choice.listen
}

function targetPort(flow: Flow): string {
  return `${flow.to} ${flow.protocol} ${flow.address} ${flow.port}`
}

function request(
  flow: Flow,
  choice: Exclude<ProbeChoice, { kind: 'skip' }>,
  account: MysqlAccount | null,
): ProbeRequest {
  const echo = choice.kind === 'connect' && choice.listen
  const request = { id: flow.id, method: choice.kind, address: flow.address, port: flow.port, echo }
  return choice.kind === 'mysql' && account !== null ? { ...request, account } : request
}

async function openListeners(
  flows: readonly Flow[],
  choices: ReadonlyMap<string, ProbeChoice>,
  members: ReadonlyMap<string, Member>,
  { timeoutMs }: ProbeSettings,
  onSession: <T>(member: Member, request: (session: Session) => Promise<T>) => Promise<T | null>,
): Promise<Map<string, ListenOutcome>> {
  const wanted = new Map<string, Map<string, ListenRequest>>()
  for (const flow of flows) {
    const choice = choices.get(flow.id)
    if (choice === undefined || !needsListener(choice)) continue
    const { protocol, address, port } = flow
    const ofTarget = wanted.get(flow.to) ?? new Map<string, ListenRequest>()
    ofTarget.set(targetPort(flow), { protocol, address, port, guard: isGuarded(flow) })
    wanted.set(flow.to, ofTarget)
  }
  const outcomes = new Map<string, ListenOutcome>()
  await Promise.all(
    [...wanted].map(async ([name, requests]) => {
      // mysqld has been started there: what is still on its way to our listeners must not meet a joiner's own.
      const onReleased = () => {
        for (const { session, name: from } of members.values()) {
          const ids = flows.filter((f) => f.from === from && f.to === name && isConnect(choices.get(f.id)))
          if (ids.length > 0) session?.withdraw(ids.map(({ id }) => id))
        }
      }
      const seconds = (2 * timeoutMs) / 1000 + LISTEN_MARGIN_SECONDS
      const opened = await onSession(members.get(name) as Member, (session) =>
        session.listen([...requests.values()], seconds, onReleased),
      )
      for (const { protocol, address, port, ...outcome } of opened ?? []) {
        outcomes.set(`${name} ${protocol} ${address} ${port}`, {
          opened: outcome.opened,
          errno: outcome.errno,
        })
      }
    }),
  )
  return outcomes
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
