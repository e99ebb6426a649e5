import type { Flow } from '../plan.ts'
import type { Account, AttemptResult, WitnessedPacket } from '../session/messages.ts'
import type { ListenerObservation, WitnessObservation } from './observation.ts'

/** The packets of a target's account, findable by the attempt that sent them. */
export class WitnessIndex {
  readonly #bySource = new Map<string, WitnessedPacket[]>()
  readonly #bySequence = new Map<string, WitnessedPacket[]>()

  constructor(packets: readonly WitnessedPacket[]) {
    for (const packet of packets) {
      // Seen from the target, the probe's packets have the source's port as source, and the answers as destination.
      const inbound = packet.where !== 'out'
      const peer = inbound ? packet.source : packet.destination
      const [peerPort, ownPort] = inbound
        ? [packet.sourcePort, packet.destinationPort]
        : [packet.destinationPort, packet.sourcePort]
      push(this.#bySource, `${packet.protocol} ${peer} ${peerPort} ${ownPort}`, packet)
      push(this.#bySequence, `${packet.protocol} ${packet.isn} ${ownPort}`, packet)
    }
  }

  /**
   * By address and port, and by the initial sequence number too: under NAT only that is the same. A packet that only passes
   * through the target on its way to another node is not of this flow.
   */
  find(flow: Flow, attempt: AttemptResult): WitnessedPacket[] {
    const byPort = this.#bySource.get(
      `${flow.protocol} ${attempt.sourceAddress} ${attempt.sourcePort} ${flow.port}`,
    )
    const bySequence =
      attempt.isn === undefined
        ? undefined
        : this.#bySequence.get(`${flow.protocol} ${attempt.isn} ${flow.port}`)
    return [...(byPort ?? []).filter((packet) => isOf(flow, packet)), ...(bySequence ?? [])]
  }
}

/** null: a raw IPv6 socket does not say. Loopback and other addresses of the target come by their sequence number. */
function isOf(flow: Flow, { where, source, destination }: WitnessedPacket): boolean {
  const own = where === 'out' ? source : destination
  return own === null || own === flow.address
}

function push<K>(map: Map<K, WitnessedPacket[]>, key: K, packet: WitnessedPacket): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [packet])
  else list.push(packet)
}

/** What the target saw of one attempt. */
export function witnessAttempt(flow: Flow, attempt: AttemptResult, index: WitnessIndex): WitnessObservation {
  const packets = index.find(flow, attempt)
  const probes = packets.filter((packet) => packet.kind === 'syn' || packet.kind === 'datagram')
  const arrived = probes.filter((packet) => packet.where !== 'out')
  const answered = packets.some((packet) => packet.where === 'out' && packet.kind !== 'syn')
  // Where the SYN was not answered, its RST belongs to no connection, and a firewall may rightly stop it.
  const resets = packets
    .filter((packet) => packet.kind === 'rst' && packet.where !== 'out')
    .map(({ where }) => where)
  return {
    kind: 'witness',
    attempt: attempt.attempt,
    reachedInterface: arrived.length > 0,
    passedFirewall: probes.some((packet) => packet.where === 'up'),
    answered,
    laterPacket: resets.includes('up')
      ? 'passed'
      : answered && resets.includes('in')
        ? 'stopped'
        : 'not-seen',
    seenFrom: arrived[0]?.source ?? null,
  }
}

/** What the target's temporary listener, or its table of sockets, knows of the flow. */
export function listenerObservation(
  flow: Flow,
  attempts: readonly AttemptResult[],
  port: { readonly listening: boolean; readonly opened: boolean; readonly errno?: string | undefined },
  account: Account | null,
): ListenerObservation {
  const own = (entry: {
    readonly port: number
    readonly source: string
    readonly sourcePort: number
    readonly isn?: number
  }) =>
    entry.port === flow.port &&
    attempts.some(
      (a) =>
        (a.sourceAddress === entry.source && a.sourcePort === entry.sourcePort) ||
        // Under NAT only the number in a datagram is the same.
        (a.isn !== undefined && a.isn === entry.isn),
    )
  return {
    kind: 'listener',
    listening: port.listening,
    // A listener given up before the account was taken proves nothing by its silence.
    opened: port.opened && account !== null && account.released !== 'mysqld-started',
    ...(port.errno === undefined ? {} : { errno: port.errno }),
    received: (account?.received ?? [])
      .filter((entry) => entry.protocol === flow.protocol && own(entry))
      .reduce((sum, entry) => sum + entry.count, 0),
    synReceived: flow.protocol === 'tcp' && (account?.synReceived ?? []).some(own),
  }
}
