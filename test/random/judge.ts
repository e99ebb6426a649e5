import type { Report, ReportFlow } from '../../src/report/report.ts'
import type { FlowStatus } from '../../src/verdict.ts'
import type { Opened } from './crossing.ts'
import type { Scenario, ServiceSpec } from './scenario.ts'
import { type FlowKey, type Truth, truthOf } from './truth.ts'

/** `no place`: zero-touch, and yet it does not say where a DOWN flow is blocked. */
export const KINDS = [
  'wrong OK',
  'wrong CLOSED',
  'wrong DOWN',
  'wrong blockedAt',
  'wrong reason',
  'wrong blockedBy',
  'no place',
] as const
export type WrongKind = (typeof KINDS)[number]

export interface Judged {
  readonly flow: ReportFlow
  readonly truth: Truth
  readonly expected: FlowStatus
  readonly wrong: WrongKind | null
  /** It says UNKNOWN where a probe that harms nobody could have told. */
  readonly unknown: boolean
  /** It must say UNKNOWN, or may: what stands at the port must not be touched, or answers nobody. */
  readonly untouchable: boolean
}

/** Holds a report against the construction. */
export function judgeReport(scenario: Scenario, report: Report, opened: Opened): Judged[] {
  return flowKeys(scenario).map((key) => {
    const id = `${key.from}->${key.to}/${key.service.name}`
    const flow = report.flows.find((each) => each.id === id)
    if (flow === undefined) throw new Error(`the report lacks ${id}`)
    return judgeFlow(scenario, key, flow, opened)
  })
}

function flowKeys({ nodes, services }: Scenario): FlowKey[] {
  return nodes.flatMap((from) =>
    nodes
      .filter((to) => to !== from)
      .flatMap((to) => services.map((service) => ({ from: from.name, to: to.name, service }))),
  )
}

function judgeFlow(scenario: Scenario, key: FlowKey, flow: ReportFlow, opened: Opened): Judged {
  const truth = truthOf(scenario, key, opened)
  const listens = scenario.listeners.some(
    ({ node, service }) => node === key.to && service === key.service.name,
  )
  const expected = expectedStatus(key.service, truth, listens)
  const untouchable =
    !scenario.privileged && listens && (key.service.catalogue || key.service.protocol === 'udp')
  const unknown = flow.status === 'UNKNOWN' && !untouchable && truth.later !== 'unseen'
  const wrong = flow.status === 'UNKNOWN' ? null : wrongness(scenario, flow, truth, expected)
  return { flow, truth, expected, wrong, unknown, untouchable }
}

function expectedStatus(service: ServiceSpec, { blockedAt }: Truth, listens: boolean): FlowStatus {
  if (blockedAt !== null) return 'DOWN'
  return listens || !service.expectsListener ? 'OK' : 'CLOSED'
}

function wrongness(
  { privileged }: Scenario,
  flow: ReportFlow,
  truth: Truth,
  expected: FlowStatus,
): WrongKind | null {
  if (truth.later === 'unseen') return null
  if (flow.status !== expected) return `wrong ${flow.status as 'OK' | 'CLOSED' | 'DOWN'}`
  if (flow.blockedAt !== truth.blockedAt) {
    if (flow.blockedAt !== null) return 'wrong blockedAt'
    if (privileged) return 'no place'
  }
  if (!reasonHolds(flow.reason, truth)) return 'wrong reason'
  return ruleHolds(flow, truth) ? null : 'wrong blockedBy'
}

/** A reason that names an answer must name one that a rule gives; silence is always possible. */
function reasonHolds(reason: string, { blockedAt, effects, later }: Truth): boolean {
  if (later === 'stopped') return reason === 'payload-lost'
  if (reason === 'payload-lost') return false
  const kinds = effects.map((effect) => effect.split(' ')[2] ?? 'port-unreachable')
  if (blockedAt === null || blockedAt === 'reply' || effects.length === 0) return true
  if (reason === 'tcp-reset-by-firewall') return kinds.includes('tcp-reset')
  if (!reason.startsWith('icmp')) return true
  const wanted = reason.replace(/^icmp6?-/, '')
  return effects.some(
    (effect, i) => effect.startsWith('REJECT') && (kinds[i] ?? '').replace(/^icmp6?-/, '') === wanted,
  )
}

/** The rule that is named stands on the host that blocks, and does what a rule there does. */
function ruleHolds({ blockedBy }: ReportFlow, { host, effects, later }: Truth): boolean {
  // Where routing stops a packet, a rule behind it that would stop it too may be named.
  if (blockedBy === undefined || host === null || effects.length === 0 || later !== 'pass') return true
  const says = blockedBy.table.includes(' ')
    ? ofNft(blockedBy.rule)
    : blockedBy.rule.replace(/^(.* -j|:\S+) /, '')
  return blockedBy.node === host && effects.some((effect) => meaning(says) === meaning(effect))
}

/** The end of a native rule in the words of iptables. */
function ofNft(rule: string): string {
  const [, verdict = '', how] =
    /(drop|reject)(?: with (?:icmpv6 |icmpx |icmp )?(?:type )?(.*))?$/i.exec(rule) ?? []
  return how === undefined ? verdict.toUpperCase() : `REJECT --reject-with ${how.replace(' ', '-')}`
}

const meaning = (effect: string): string =>
  effect.replace(/^REJECT$/, 'REJECT port-unreachable').replace(/--reject-with (icmp6?-)?/, '')
