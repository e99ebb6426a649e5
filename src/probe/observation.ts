/** What came of a probe, raw: the one type that every prober and every witness speaks. */

/** An ICMP or ICMPv6 error that quoted the probe. */
export interface IcmpError {
  readonly family: 4 | 6
  readonly type: number
  readonly code: number
  /** The address that sent it: the target, a router, or the source itself. */
  readonly from: string
}

export type ProbeMethod =
  /** A hand-made SYN whose SYN/ACK is answered by a RST: no connection completes, no service notices. */
  | 'half-open'
  /** connect(2); where the target's agent listens, with a token echoed. */
  | 'connect'
  /** A UDP datagram that carries a token. */
  | 'datagram'
  /** A MySQL login of an unknown user, carried through to its refusal: what does not count against the host. */
  | 'mysql'
  /** The half-close of a plaintext Galera port: its acceptor speaks first, and is read to the end. */
  | 'gcomm'

export type ProbeOutcome =
  | 'syn-ack'
  | 'rst'
  | 'connected'
  | 'echoed'
  /** An ICMP error, in `icmp`; `errno` too where the kernel made one of it. */
  | 'icmp'
  /** The kernel refused to send: `errno` says why. */
  | 'not-sent'
  /** Any other errno of connect, send or receive. */
  | 'errno'
  | 'silence'

/** What a Galera node's first 44 bytes say of it. */
export interface GcommGreeting {
  /** Its status variable wsrep_gcomm_uuid. */
  readonly uuid: string
  /** gmcast.segment */
  readonly segment: number
}

/** One attempt of the source. */
export interface ProbeObservation {
  readonly kind: 'probe'
  readonly method: ProbeMethod
  readonly outcome: ProbeOutcome
  /** From 1. */
  readonly attempt: number
  /** Milliseconds since this source began to probe. */
  readonly atMs: number
  readonly sourceAddress: string | null
  readonly sourcePort: number | null
  /** Milliseconds from the packet to its answer. */
  readonly rttMs?: number
  /** Symbolic, e.g. `EHOSTUNREACH`. */
  readonly errno?: string
  readonly icmp?: IcmpError
  /** not-sent: what the source's own firewall answered itself with. */
  readonly answer?: 'syn-ack' | 'rst'
  /** connect to a service that is not ours: a packet after the handshake was acknowledged. */
  readonly acknowledged?: boolean
  /** mysql: the number of the error that the server answered, e.g. 1045 access denied, 1129 host blocked. */
  readonly mysqlError?: number
  /** gcomm: who answered, by the handshake; null when it was no Galera handshake. */
  readonly greeting?: GcommGreeting | null
  /** half-open: the packet was seen leaving an interface of the source. */
  readonly leftSource?: boolean
  /** half-open that did not leave: whether the link address of the next hop is known; null when the kernel does not tell. */
  readonly neighbour?: boolean | null
  /** half-open: the answer was also delivered behind the source's own INPUT chain. */
  readonly passedInput?: boolean
}

/** The target's own account of one attempt's packets. */
export interface WitnessObservation {
  readonly kind: 'witness'
  readonly attempt: number
  /** Seen on an interface of the target, before its firewall. */
  readonly reachedInterface: boolean
  /** Delivered behind the target's INPUT chain. */
  readonly passedFirewall: boolean
  /** The target's answer (SYN/ACK, RST) was seen leaving its interface. */
  readonly answered: boolean
  /**
   * What became of the flow's second packet, the RST that takes back an answered SYN: for the firewall it belongs to an
   * ESTABLISHED connection. `not-seen`: there was none, or it did not reach the interface.
   */
  readonly laterPacket: 'passed' | 'stopped' | 'not-seen'
  /** The source address as the target saw it: differs from the source's own under NAT. */
  readonly seenFrom: string | null
}

/** What the target's agent knows of the port without any packet. */
export interface ListenerObservation {
  readonly kind: 'listener'
  /** Something of the target's own listened on the port before the probe. */
  readonly listening: boolean
  /** The agent opened a temporary listener there for the probe window. */
  readonly opened: boolean
  /** Errno when a temporary listener could not be opened. */
  readonly errno?: string
  /** Connections or datagrams of this flow that reached the temporary listener. */
  readonly received: number
  /** A SYN of this flow was waiting in SYN_RECV: it passed the firewall, and the answer was lost. */
  readonly synReceived: boolean
}

/** Why a flow was not probed. */
export type SkipReason =
  | 'source-unreachable'
  | 'name-not-resolved'
  | 'transfer-in-progress'
  | 'live-service'
  | 'target-not-inspected'
  | 'not-probed'

export interface SkippedObservation {
  readonly kind: 'skipped'
  readonly why: SkipReason
}

/** Connections of the flow that stood before the run: its path carries them now, in the direction that they were dialled. */
export interface EstablishedObservation {
  readonly kind: 'established'
  readonly connections: number
}

/** What the rules of one end do to the flow's packets in one direction, read and not tried. */
export interface RulesObservation {
  readonly kind: 'rules'
  readonly node: string
  readonly hook: 'INPUT' | 'OUTPUT'
  /** Whose packets: the source's, or the target's answers. */
  readonly carries: 'request' | 'answer'
  /** The one that the rules do not accept; the first when they accept both. */
  readonly packet: 'first' | 'later'
  readonly fate: 'accept' | 'drop' | 'reject' | 'unknown'
  readonly rejectWith?: string
  /** What decides, as in `blockedBy`; null when no rule and no policy has a say, or none alone. */
  readonly rule: string | null
  readonly chain: string | null
  readonly position: number | null
  /** `unknown`: the rules that could not be decided, and what the files do not show. */
  readonly doubts: readonly string[]
}

export type Observation =
  | EstablishedObservation
  | ProbeObservation
  | WitnessObservation
  | ListenerObservation
  | SkippedObservation
  | RulesObservation
