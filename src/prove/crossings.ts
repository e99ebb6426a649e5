import { contains, type Net, parseAddress } from '../firewall/address.ts'
import type { Packet } from '../firewall/model.ts'
import type { Crossing } from '../fix/grid.ts'
import type { BlockedFlow } from '../fix/input.ts'
import { hookOf, type Opening, packetsOf } from '../fix/opening.ts'
import type { Bullet, Establish, OpenFlow } from './scratch.ts'

/** A packet to be sent in the scratch host, and in which established connection, if any. */
export interface Planned extends Crossing {
  /** The other host. */
  readonly far: string
  /** As a failure tells of it. */
  readonly name: string
  readonly flow: OpenFlow | null
}

/** The connection whose later packets a flow's are. */
export function connectionOf(flow: BlockedFlow, local: string, wire: string): Establish {
  const opener = flow.direction === 'in' || flow.direction === 'reply-out' ? 'peer' : 'host'
  const { family, protocol, peer, port } = flow
  return { family, protocol, peer, local, port, interface: wire, opener }
}

/** The packets that must pass for the flow to work. */
export function plannedFor(flow: BlockedFlow, local: string, open: OpenFlow): Planned[] {
  const { peer, protocol, port } = flow
  return packetsOf({ ...flow, local }).map((packet, n) => {
    const which = `${n === 0 ? 'the first' : 'a later'} ${protocol} packet`
    const inwards = hookOf(flow) === 'INPUT'
    const ofService = flow.direction === 'in' || flow.direction === 'reply-out' ? 'its own' : "the peer's"
    return {
      hook: hookOf(flow),
      packet,
      far: peer,
      name: `${which} ${inwards ? 'from' : 'to'} ${peer}, ${ofService} port ${port}`,
      flow: packet.ctState === 'ESTABLISHED' ? open : null,
    }
  })
}

/** Packets that no fix is about: what happens to them must not change. Only such as open a flow can be sent at will. */
export function otherPackets(
  crossings: readonly Crossing[],
  openings: readonly (Opening & Pick<Crossing, 'hook'>)[],
): Planned[] {
  return crossings
    .filter(({ packet }) => packet.ctState === 'NEW')
    .filter((crossing) => !openings.some((opening) => isWithin(crossing, opening)))
    .flatMap((crossing) => {
      const { source, destination } = crossing.packet
      if (source === null || destination === null) return []
      const far = crossing.hook === 'INPUT' ? source : destination
      return [{ ...crossing, far, flow: null, name: nameOf(crossing) }]
    })
}

function nameOf({ hook, packet }: Crossing): string {
  const { protocol, destinationPort, source, destination } = packet
  return `${protocol}${destinationPort === null ? '' : ` ${destinationPort}`} from ${source} to ${destination}, ${hook}`
}

function isWithin({ hook, packet }: Crossing, opening: Opening & Pick<Crossing, 'hook'>): boolean {
  const port = opening.portIs === 'source' ? packet.sourcePort : packet.destinationPort
  return (
    opening.hook === hook &&
    opening.family === packet.family &&
    opening.protocol === packet.protocol &&
    (port === null || port === opening.port) &&
    holds(opening.source, packet.source) &&
    holds(opening.destination, packet.destination)
  )
}

function holds(net: Net | null, text: string | null): boolean {
  const address = text === null ? null : parseAddress(text)
  return net === null || address === null || contains(net, address)
}

/** What is not known of a packet is made up: the ports that it has come from, which no fix names. */
export function bulletOf({ hook, packet, flow }: Planned, freshPort: () => number): Bullet {
  const { source, destination } = packet
  if (flow === null) {
    const sourcePort = packet.sourcePort ?? freshPort()
    const destinationPort = packet.destinationPort ?? freshPort()
    return { ...wire(packet), source, destination, sourcePort, destinationPort, icmpId: freshPort() }
  }
  const { seq = 0, ack = 0, sourcePort, destinationPort } = flow
  const inwards = { ...wire(packet), source, destination, sourcePort, destinationPort, seq, ack }
  if (hook === 'INPUT') return inwards
  return { ...inwards, sourcePort: destinationPort, destinationPort: sourcePort, seq: ack, ack: seq }
}

function wire({ family, protocol, tcpFlags, icmp }: Packet) {
  return { family, protocol, tcpFlags, ...(icmp ? { icmp } : {}) }
}
