import type { Judged, WrongKind } from './judge.ts'
import { KINDS } from './judge.ts'
import { rulesOf } from './play.ts'
import type { Scenario } from './scenario.ts'

/** What came of one scenario. */
export interface Outcome {
  readonly scenario: Scenario
  readonly judged: readonly Judged[]
  readonly again: readonly Judged[]
  readonly pasted: number
  readonly complaints: readonly string[]
}

export interface Tally {
  readonly scenarios: number
  readonly flows: number
  /** Flows of a second run, after the commands were pasted. */
  readonly again: number
  readonly down: number
  readonly wrong: Readonly<Record<WrongKind, number>>
  readonly unknown: number
  readonly untouchable: number
  /** Open to every packet that a probe may send, and to no connection; not judged. */
  readonly unseen: number
  readonly pasted: number
  readonly complaints: number
}

export function tally(outcomes: readonly Outcome[]): Tally {
  const judged = outcomes.flatMap((outcome) => [...outcome.judged, ...outcome.again])
  const count = (holds: (each: Judged) => boolean) => judged.filter(holds).length
  return {
    scenarios: outcomes.length,
    flows: outcomes.reduce((sum, outcome) => sum + outcome.judged.length, 0),
    again: outcomes.reduce((sum, outcome) => sum + outcome.again.length, 0),
    down: count(({ truth }) => truth.blockedAt !== null),
    wrong: Object.fromEntries(KINDS.map((kind) => [kind, count(({ wrong }) => wrong === kind)])) as Record<
      WrongKind,
      number
    >,
    unknown: count(({ unknown }) => unknown),
    untouchable: count(({ flow, untouchable }) => untouchable && flow.status === 'UNKNOWN'),
    unseen: count(({ truth }) => truth.later === 'unseen'),
    pasted: outcomes.reduce((sum, outcome) => sum + outcome.pasted, 0),
    complaints: outcomes.reduce((sum, outcome) => sum + outcome.complaints.length, 0),
  }
}

/** The least that is needed to see a disagreement again; null where there is none. */
export function describeTrouble({ scenario, judged, again, complaints }: Outcome): string | null {
  const lines = [
    ...complaints,
    ...judged.filter(({ wrong }) => wrong !== null).map((each) => describeFlow(each, '')),
    ...again.filter(({ wrong }) => wrong !== null).map((each) => describeFlow(each, ' (after the commands)')),
    ...judged.filter(({ unknown }) => unknown).map((each) => describeFlow(each, '')),
  ]
  return lines.length === 0 ? null : [...describeScenario(scenario), ...lines].join('\n')
}

function describeScenario(scenario: Scenario): string[] {
  const { seed, family, topology, nodes, routes, lossPercent, privileged, services, listeners } = scenario
  return [
    `--- PXC_NETCHECK_SEED=${seed} PXC_NETCHECK_ROUNDS=1`,
    `IPv${family}, ${topology}, loss ${lossPercent} %, ${privileged ? 'zero-touch' : 'without rights'}` +
      `${scenario.strictReversePath ? ', strict reverse path' : ''}${scenario.statefulRouter ? ', stateful router' : ''}` +
      `${scenario.unplugged === null ? '' : `, ${scenario.unplugged} unplugged`}`,
    `nodes ${nodes.map(({ name, address }) => `${name}=${address}`).join(' ')}`,
    `services ${services.map(({ name, port, protocol }) => `${name}=${port}/${protocol}`).join(' ')}`,
    `listeners ${listeners.map(({ node, service }) => `${node}:${service}`).join(' ')}`,
    ...routes.map(({ host, kind, to }) => `${host}: ip route replace ${kind} ${to}`),
    ...rulesOf(scenario).map(({ host, tool, text }) => `${host}: ${tool}\n${text}`),
  ]
}

function describeFlow({ flow, truth, wrong, expected }: Judged, when: string): string {
  const { id, status, reason, blockedAt, blockedBy, observations } = flow
  return [
    `${wrong ?? 'UNKNOWN'}${when}: ${id} is ${expected} ${truth.blockedAt ?? ''} ${truth.host ?? ''} ` +
      `${truth.effects.join(', ')}; reported ${status} ${reason} ${blockedAt} ${blockedBy?.rule ?? ''}`,
    ...observations.map((observation) => `    ${JSON.stringify(observation)}`),
  ].join('\n')
}
