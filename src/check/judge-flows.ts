import { canonicalAddress } from '../inventory/host-address.ts'
import type { Flow } from '../plan.ts'
import type { Observation, ProbeObservation } from '../probe/observation.ts'
import { listenerObservation, WitnessIndex, witnessAttempt } from '../probe/witness.ts'
import type { AttemptResult, FlowResult } from '../session/messages.ts'
import { readSigns, type Signs } from '../signs.ts'
import { judge, type Verdict } from '../verdict.ts'
import type { Block } from './blocks.ts'
import { type FlowEvidence, listensOn, type NodeEvidence } from './evidence.ts'

export interface JudgedFlow {
  readonly evidence: FlowEvidence
  readonly verdict: Verdict
  readonly signs: Signs
  /** Where the rules block it, when they and not the packets have told so. */
  readonly block: Block | null
  readonly observations: readonly Observation[]
  readonly listening: boolean | null
  readonly rttMs: number | null
  /**
   * What a rule must name: the source's address as the target saw it, else the inventory's. What the source alone claims is
   * no ground for opening a port of somebody else.
   */
  readonly sourceAddress: string | null
  /** The source's address as its own kernel chose it: what a rule on the source itself must name. */
  readonly ownAddress: string | null
}

/** From evidence to verdict, flow by flow: pure. */
export function judgeFlows(
  flows: readonly FlowEvidence[],
  nodes: ReadonlyMap<string, NodeEvidence>,
): JudgedFlow[] {
  const indexes = new Map(
    [...nodes].map(([name, { account }]) => [
      name,
      account?.packets ? new WitnessIndex(account.packets) : null,
    ]),
  )
  const judged = flows.map((evidence) => {
    const { flow, result } = evidence
    const [source, target] = [nodes.get(flow.from), nodes.get(flow.to)]
    const observations = observe(evidence, source, target, indexes.get(flow.to) ?? null)
    const signs = readSigns(observations, {
      protocol: flow.protocol,
      expects: flow.service.listens,
      sourceAddresses: addressesOf(source),
      targetAddresses: [flow.address, ...addressesOf(target)],
    })
    const seenFrom = observations.find((o) => o.kind === 'witness' && o.seenFrom !== null)
    return {
      evidence,
      verdict: judge(signs),
      signs,
      block: null,
      observations,
      listening: listensOn(target?.hello ?? null, flow),
      rttMs: fastest(result),
      sourceAddress: (seenFrom?.kind === 'witness' ? seenFrom.seenFrom : null) ?? source?.address ?? null,
      ownAddress:
        result?.attempts.find((a) => a.sourceAddress !== null)?.sourceAddress ?? source?.address ?? null,
    }
  })
  return adoptAbsence(judged)
}

/**
 * A kernel sends only so many ICMP errors: of several flows to an address that nobody has, some hear of it and some do not.
 * What one of them heard holds for all that were not seen to arrive.
 */
function adoptAbsence(judged: readonly JudgedFlow[]): JudgedFlow[] {
  const key = ({ evidence: { flow } }: JudgedFlow) => `${flow.from} ${flow.address}`
  const absent = new Map(
    judged.filter(({ verdict }) => verdict.reason === 'host-absent').map((f) => [key(f), f.verdict]),
  )
  return judged.map((flow) => {
    const verdict = absent.get(key(flow))
    // Not for a TCP connect, whose silence may be the own firewall's.
    const silent = flow.verdict.reason === 'dropped' && flow.signs.arrived !== 'yes' && flow.signs.unresolved
    return verdict !== undefined && silent ? { ...flow, verdict } : flow
  })
}

function addressesOf(node: NodeEvidence | undefined): string[] {
  return (node?.hello?.addresses ?? []).map(({ address }) => canonicalAddress(address))
}

function observe(
  { flow, skipped, result, listen }: FlowEvidence,
  source: NodeEvidence | undefined,
  target: NodeEvidence | undefined,
  index: WitnessIndex | null,
): Observation[] {
  const attempts = result?.attempts ?? []
  const listening = listensOn(target?.hello ?? null, flow)
  return [
    ...(skipped === null ? [] : [{ kind: 'skipped' as const, why: skipped }]),
    ...(listening === null
      ? []
      : [
          listenerObservation(
            flow,
            attempts,
            { listening, opened: listen?.opened === true, errno: listen?.errno },
            target?.account ?? null,
          ),
        ]),
    ...established(flow, source, target),
    ...attempts.flatMap((attempt): Observation[] => [
      probeObservation(result as FlowResult, attempt),
      ...(index === null || !isWitnessed(result as FlowResult, attempt, source)
        ? []
        : [witnessAttempt(flow, attempt, index)]),
    ]),
  ]
}

/**
 * Whether the target would have noted the attempt: by its token, or because the inventory's addresses were named to it.
 * Nothing is known of a connect from another address.
 */
function isWitnessed(
  { method }: FlowResult,
  attempt: AttemptResult,
  source: NodeEvidence | undefined,
): boolean {
  return attempt.isn !== undefined || method === 'datagram' || attempt.sourceAddress === source?.address
}

/** Connections of the flow in either host's own table, dialled by the source. */
function established(
  flow: Flow,
  source: NodeEvidence | undefined,
  target: NodeEvidence | undefined,
): Observation[] {
  const dialled = (source?.hello?.connections ?? []).filter(
    ({ remote, remotePort }) => remotePort === flow.port && canonicalAddress(remote) === flow.address,
  )
  const own = addressesOf(source)
  const accepted = (target?.hello?.connections ?? []).filter(
    ({ localPort, remote }) => localPort === flow.port && own.includes(canonicalAddress(remote)),
  )
  const connections = flow.protocol === 'tcp' ? Math.max(dialled.length, accepted.length) : 0
  return connections === 0 ? [] : [{ kind: 'established', connections }]
}

/** The agent's attempt without what only serves to find its packets again. */
function probeObservation(
  { method }: FlowResult,
  { isn: _isn, mss: _mss, icmp, ...rest }: FlowResult['attempts'][number],
): ProbeObservation {
  const sender = icmp === undefined ? {} : { icmp: { ...icmp, from: canonicalAddress(icmp.from) } }
  // What has come out of JSON has no key without a value, which the parser's types cannot say.
  return { kind: 'probe', method, ...rest, ...sender } as ProbeObservation
}

function fastest(result: FlowResult | null): number | null {
  const times = (result?.attempts ?? []).flatMap(({ rttMs }) => (rttMs === undefined ? [] : [rttMs]))
  return times.length === 0 ? null : Math.round(Math.min(...times) * 1000) / 1000
}
