import type {
  ListenerObservation,
  Observation,
  ProbeObservation,
  SkipReason,
  WitnessObservation,
} from './probe/observation.ts'
import { icmpReason, type Reason } from './reasons.ts'
import type { ListensWhen, Protocol } from './services.ts'

/** `unknown` is not `no`: nobody was in a position to see it. */
export type Seen = 'yes' | 'no' | 'unknown'

/** What all observations of a flow together show, in the few words that the truth table is written in. */
export interface Signs {
  readonly protocol: Protocol
  readonly skipped: SkipReason | null
  /** Whether the probe left: `own-firewall` when the source's kernel refused (EPERM), `no-route` for any other refusal. */
  readonly sent: 'yes' | 'own-firewall' | 'no-route'
  /** half-open: seen on an interface of the source on its way out. */
  readonly left: Seen
  /** Somebody answers for the next hop on the link. */
  readonly neighbour: Seen
  /** The best answer of all attempts. `errno`: one that names no packet. */
  readonly answer:
    | 'echo'
    | 'connected'
    | 'syn-ack'
    | 'rst'
    | 'refused'
    | 'unreachable'
    | 'icmp'
    | 'errno'
    | 'none'
  /** Who sent the ICMP error. */
  readonly sender: 'self' | 'target' | 'other' | null
  readonly icmp: Reason | null
  /**
   * An ICMP error of the source itself can only be a failed address resolution: it came later than that takes (1 s a try),
   * or the send was no TCP connect, which alone hides the own firewall's EPERM.
   */
  readonly unresolved: boolean
  /** Reached the target's interface. */
  readonly arrived: Seen
  /** Got behind the target's INPUT. */
  readonly admitted: Seen
  /** The target's answer left the target. */
  readonly replied: Seen
  /** A later packet of an answered flow got behind the target's INPUT too: not every chain that lets SYNs in does that. */
  readonly later: Seen
  /** The answer was delivered behind the source's INPUT. */
  readonly returned: Seen
  /** What should listen does. */
  readonly listening: Seen
  /** The agent's own temporary listener stood on the port. */
  readonly ours: boolean
  /** A connection of the flow stood before the run. */
  readonly established: boolean
  readonly expects: ListensWhen
}

/** What connect and send say of a missing, unreachable, prohibited or blackhole route, and of a link that is down. */
const NO_ROUTE: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EACCES',
  'EINVAL',
  'ENETDOWN',
  'EHOSTDOWN',
])

/** ARP and neighbour discovery give up after three tries, one a second. */
const LATE_MS = 900

/** Best first: one good sighting wins over any number of losses, and a refusal over silence. */
const ANSWERS: readonly Signs['answer'][] = [
  'echo',
  'connected',
  'syn-ack',
  'rst',
  'icmp',
  'refused',
  'unreachable',
  'errno',
  'none',
]

function answerOf(probe: ProbeObservation): Signs['answer'] {
  switch (probe.outcome) {
    case 'echoed':
      return 'echo'
    case 'connected':
    case 'syn-ack':
    case 'rst':
    case 'icmp':
      return probe.outcome
    case 'not-sent':
      if (probe.icmp !== undefined) return 'icmp'
      // Neither the firewall nor a route: out of ports, memory, descriptors.
      if (probe.errno !== 'EPERM' && !NO_ROUTE.has(probe.errno ?? '')) return 'errno'
      return probe.answer ?? 'none'
    case 'errno':
      if (probe.errno === 'ECONNREFUSED') return 'refused'
      return isUnreachable(probe.errno) ? 'unreachable' : 'errno'
    case 'silence':
      return 'none'
  }
}

/** What an ICMP error leaves of itself where the error queue cannot be read. */
const UNREACHABLE: Readonly<Record<string, Reason>> = {
  EHOSTUNREACH: 'icmp-host-unreachable',
  ENETUNREACH: 'icmp-net-unreachable',
  ENOPROTOOPT: 'icmp-proto-unreachable',
  EACCES: 'icmp6-adm-prohibited',
}

function isUnreachable(errno: string | undefined): boolean {
  return errno !== undefined && Object.hasOwn(UNREACHABLE, errno)
}

function any(values: readonly (boolean | undefined)[]): Seen {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0) return 'unknown'
  return known.includes(true) ? 'yes' : 'no'
}

export interface FlowContext {
  readonly protocol: Protocol
  readonly expects: ListensWhen
  readonly sourceAddresses: readonly string[]
  readonly targetAddresses: readonly string[]
}

export function readSigns(observations: readonly Observation[], context: FlowContext): Signs {
  const probes = observations.filter((o): o is ProbeObservation => o.kind === 'probe')
  const witnesses = observations.filter((o): o is WitnessObservation => o.kind === 'witness')
  const listener = observations.find((o): o is ListenerObservation => o.kind === 'listener')
  const skipped = observations.find((o) => o.kind === 'skipped')
  const ours = listener?.opened === true
  const best = probes.toSorted((a, b) => ANSWERS.indexOf(answerOf(a)) - ANSWERS.indexOf(answerOf(b)))[0]
  const answer = best === undefined ? 'none' : answerOf(best)
  const refusal = probes.find((probe) => probe.outcome === 'not-sent')
  const received = ours ? listener.received > 0 || listener.synReceived : undefined
  return {
    protocol: context.protocol,
    skipped: skipped?.why ?? null,
    sent:
      refusal === undefined || probes.some((probe) => probe.outcome !== 'not-sent')
        ? 'yes'
        : refusal.errno === 'EPERM'
          ? 'own-firewall'
          : NO_ROUTE.has(refusal.errno ?? '')
            ? 'no-route'
            : 'yes',
    left: any(probes.map((probe) => probe.leftSource)),
    neighbour: any(probes.map(({ neighbour }) => neighbour ?? undefined)),
    answer,
    sender: best?.icmp === undefined ? null : senderOf(best.icmp.from, context),
    icmp: best?.icmp === undefined ? (UNREACHABLE[best?.errno ?? ''] ?? null) : icmpReason(best.icmp),
    unresolved: (best?.rttMs ?? 0) > LATE_MS || (best !== undefined && best.method !== 'connect'),
    arrived: any(witnesses.map((witness) => witness.reachedInterface)),
    admitted: any([...witnesses.map((witness) => witness.passedFirewall), received]),
    replied: any(witnesses.map((witness) => witness.answered)),
    later: any([
      ...witnesses.map(({ laterPacket }) =>
        laterPacket === 'not-seen' ? undefined : laterPacket === 'passed',
      ),
      ...probes.map(({ acknowledged }) => acknowledged),
    ]),
    returned: any(probes.map((probe) => probe.passedInput)),
    listening: any([listener?.listening]),
    ours,
    established: observations.some(({ kind }) => kind === 'established'),
    expects: context.expects,
  }
}

function senderOf(address: string, context: FlowContext): Signs['sender'] {
  if (context.sourceAddresses.includes(address) || address.startsWith('127.') || address === '::1')
    return 'self'
  return context.targetAddresses.includes(address) ? 'target' : 'other'
}
