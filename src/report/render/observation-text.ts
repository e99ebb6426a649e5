import type {
  Observation,
  ProbeMethod,
  ProbeObservation,
  ProbeOutcome,
  RulesObservation,
  SkipReason,
} from '../../probe/observation.ts'
import type { ReportFlow } from '../report.ts'

const METHODS: Readonly<Record<ProbeMethod, string>> = {
  'half-open': 'a hand-made SYN',
  connect: 'a connect',
  datagram: 'a UDP datagram',
  mysql: 'a MySQL login',
  gcomm: 'a half-closed connection',
}

const ANSWERS = { 'syn-ack': 'SYN/ACK', rst: 'RST' } as const

const OUTCOMES: Readonly<Record<ProbeOutcome, (probe: ProbeObservation) => string>> = {
  'syn-ack': () => 'a SYN/ACK came back',
  rst: () => 'a RST came back',
  connected: ({ acknowledged, mysqlError, greeting }) =>
    acknowledged === false
      ? 'the connection was set up, but no later packet was acknowledged'
      : `the connection was set up${mysqlError === undefined ? '' : `, and the server answered with error ${mysqlError}`}${greeting ? `, and Galera node ${greeting.uuid} answered` : ''}`,
  echoed: () => 'the token came back',
  icmp: (probe) => `${icmpText(probe)} came back${probe.errno === undefined ? '' : ` (${probe.errno})`}`,
  'not-sent': (probe) =>
    `the kernel refused to send it (${probe.errno ?? 'no errno'})${
      probe.icmp !== undefined
        ? `, with ${icmpText(probe)}`
        : probe.answer === undefined
          ? ''
          : `, with a ${ANSWERS[probe.answer]}`
    }`,
  errno: ({ errno }) => `it failed with ${errno ?? 'no errno'}`,
  silence: () => 'nothing came back',
}

const SKIPPED: Readonly<Record<SkipReason, (flow: ReportFlow) => string>> = {
  'source-unreachable': ({ from }) => `${from} could not be inspected`,
  'name-not-resolved': ({ to }) => `the name of ${to} could not be resolved`,
  'transfer-in-progress': ({ to }) => `a state transfer may be waiting on ${to}, and a connect would end it`,
  'live-service': ({ to }) => `a live service holds the port on ${to}, and a bare connect would harm it`,
  'target-not-inspected': ({ to }) =>
    `${to} could not be inspected, so a state transfer there cannot be ruled out`,
  'not-probed': ({ from }) => `the run ended before ${from} came to it`,
}

/**
 * One observation of a flow as a sentence without its full stop; up to `last`, where those of several attempts are the same
 * but for their times and source ports.
 */
export function observationText(
  observation: Observation,
  flow: ReportFlow,
  last: Observation = observation,
): string {
  switch (observation.kind) {
    case 'probe': {
      const end = last.kind === 'probe' ? last : observation
      const at =
        end === observation
          ? `at ${round(end.atMs)} ms`
          : `from ${round(observation.atMs)} to ${round(end.atMs)} ms`
      const { sourcePort, rttMs: _rttMs, ...rest } = observation
      const shared: ProbeObservation =
        end === observation
          ? observation
          : { ...rest, sourcePort: sourcePort === end.sourcePort ? sourcePort : null }
      return `${at}, ${attempts(observation, end)}: ${sent(shared, flow)}; ${answer(shared)}`
    }
    case 'witness': {
      const { reachedInterface, passedFirewall, answered, laterPacket, seenFrom } = observation
      return [
        `witness on ${flow.to}, ${attempts(observation, last)}: the packet ${reachedInterface ? 'reached' : 'did not reach'} its interface`,
        passedFirewall ? 'passed its firewall' : 'was not seen behind its firewall',
        ...(answered ? ['its answer left'] : ['no answer left']),
        ...(laterPacket === 'stopped'
          ? ['the next packet of the connection was stopped by the firewall']
          : []),
        ...(seenFrom === null ? [] : [`seen as coming from ${seenFrom}`]),
      ].join(', ')
    }
    case 'established':
      return `${observation.connections} ${observation.connections === 1 ? 'connection' : 'connections'} of ${flow.from} to ${flow.port}/${flow.protocol} of ${flow.to} stood before the run`
    case 'listener':
      return `on ${flow.to}: ${[
        observation.listening
          ? `something listened on ${flow.port}/${flow.protocol}`
          : `nothing listened on ${flow.port}/${flow.protocol}`,
        ...(observation.opened ? [`a temporary listener got ${observation.received} of this flow`] : []),
        ...(observation.errno === undefined ? [] : [`a temporary listener failed with ${observation.errno}`]),
        ...(observation.synReceived
          ? ['a SYN of this flow waited in SYN_RECV, so it passed the firewall']
          : []),
      ].join(', ')}`
    case 'skipped':
      return `not probed: ${SKIPPED[observation.why](flow)}`
    case 'rules':
      return rulesText(observation, flow)
  }
}

function attempts(first: { readonly attempt: number }, last: Observation): string {
  const end = 'attempt' in last ? last.attempt : first.attempt
  return end === first.attempt ? `attempt ${end}` : `attempts ${first.attempt} to ${end}`
}

const FATES: Readonly<Record<RulesObservation['fate'], string>> = {
  accept: 'accepted',
  drop: 'dropped',
  reject: 'rejected',
  unknown: 'not decided',
}

function rulesText(observation: RulesObservation, { from, to }: ReportFlow): string {
  const { node, hook, carries, packet, fate, rejectWith, rule, position, chain, doubts } = observation
  const what = carries === 'request' ? `what ${from} sends` : `what ${to} answers`
  const which = fate === 'accept' ? '' : packet === 'first' ? ', the first packet,' : ', a later packet,'
  const how = fate === 'reject' && rejectWith !== undefined ? ` with ${rejectWith}` : ''
  const where =
    chain === null
      ? rule
      : position === null
        ? `the policy of ${chain}`
        : `${chain} rule ${position}, ${rule}`
  const cause =
    fate === 'unknown' ? ` by: ${doubts.join('; ')}` : rule === null ? ', no rule has a say' : ` by ${where}`
  return `rules of ${node}, ${hook}: ${what}${which} is ${FATES[fate]}${how}${cause}`
}

/** For the network team: what was sent, and what came of it. */
export function observedShort(flow: ReportFlow): string {
  const probes = flow.observations.filter((observation) => observation.kind === 'probe')
  const last = probes.at(-1)
  if (last === undefined) return 'not probed'
  const arrived = flow.observations.some((o) => o.kind === 'witness' && o.reachedInterface)
  const witnessed = flow.observations.some((o) => o.kind === 'witness')
  return [
    `${probes.length} x ${last.method === 'datagram' ? 'UDP datagram' : 'SYN'}`,
    OUTCOMES[last.outcome](last),
    ...(witnessed ? [arrived ? `arrived at ${flow.to}` : `never arrived at ${flow.to}`] : []),
  ].join(', ')
}

function sent(probe: ProbeObservation, { from, address, port, protocol }: ReportFlow): string {
  const source =
    probe.sourceAddress === null
      ? ''
      : ` from ${endpoint(probe.sourceAddress)}${probe.sourcePort === null ? '' : `:${probe.sourcePort}`}`
  const left =
    probe.leftSource === undefined
      ? ''
      : probe.leftSource
        ? ', which left its interface'
        : ', which never left it'
  return `${from} sent ${METHODS[probe.method]}${source} to ${endpoint(address)}:${port}/${protocol}${left}`
}

function answer(probe: ProbeObservation): string {
  const rtt = probe.rttMs === undefined ? '' : ` after ${round(probe.rttMs)} ms`
  const input =
    // What did not come back did not stand before the INPUT of its source either.
    probe.passedInput === undefined || probe.outcome === 'silence'
      ? ''
      : probe.passedInput
        ? ' and passed its INPUT'
        : ' but did not pass its INPUT'
  return `${OUTCOMES[probe.outcome](probe)}${rtt}${input}`
}

function icmpText({ icmp }: ProbeObservation): string {
  return icmp === undefined
    ? 'an ICMP error'
    : `ICMP${icmp.family === 6 ? 'v6' : ''} type ${icmp.type} code ${icmp.code} from ${icmp.from}`
}

/** An IPv6 literal needs its brackets where a port follows. */
function endpoint(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
