import type { Family } from '../../../src/firewall/address.ts'
import type { Hook } from '../../../src/firewall/evaluate.ts'
import type { Packet } from '../../../src/firewall/model.ts'
import type { Bullet, OpenFlow } from '../../../src/prove/scratch.ts'
import { far, LOCAL, port, WIRE } from './hosts.ts'
import type { Random } from './random.ts'

/** A packet as the evaluator is asked about it, and as it is put on the wire. */
export interface Cartridge {
  readonly packet: Packet
  readonly bullet: Bullet
}

const KINDS = ['new', 'new', 'new', 'new', 'udp', 'established', 'established', 'invalid', 'icmp'] as const

const LATER = [['ACK'], ['ACK'], ['PSH', 'ACK']] as const

/** The packets that the evaluator is asked about, in random order; good for one stack of rules. */
export class Magazine {
  private readonly random: Random
  private readonly hook: Hook
  private readonly flows: readonly OpenFlow[]
  private readonly used = new Set<number>()

  constructor(random: Random, hook: Hook, flows: readonly OpenFlow[]) {
    this.random = random
    this.hook = hook
    this.flows = flows
  }

  next(family: Family): Cartridge {
    const kind = this.random.pick(KINDS)
    if (kind === 'established') return this.established(family)
    const packet = kind === 'icmp' ? this.echo(family) : this.opening(family, kind)
    return { packet, bullet: { ...packet, icmpId: this.freshPort() } }
  }

  private common(family: Family) {
    const inwards = this.hook === 'INPUT'
    const [own, other] = [LOCAL[family], far(this.random, family)]
    return {
      family,
      source: inwards ? other : own,
      destination: inwards ? own : other,
      inInterface: inwards ? WIRE : null,
      outInterface: inwards ? null : WIRE,
      tcpFlags: [],
    }
  }

  private established(family: Family): Cartridge {
    const flow = this.random.pick(this.flows.filter((each) => each.family === family))
    const { protocol, seq = 0, ack = 0 } = flow
    const common = { ...this.common(family), protocol, ctState: 'ESTABLISHED' as const }
    const tcpFlags = protocol === 'tcp' ? this.random.pick(LATER) : []
    if (this.hook === 'INPUT') {
      const { source, sourcePort, destinationPort } = flow
      const packet = { ...common, source, sourcePort, destinationPort, tcpFlags }
      return { packet, bullet: { ...packet, seq, ack } }
    }
    const ports = { sourcePort: flow.destinationPort, destinationPort: flow.sourcePort }
    const packet = { ...common, destination: flow.source, ...ports, tcpFlags }
    return { packet, bullet: { ...packet, seq: ack, ack: seq } }
  }

  private echo(family: Family): Packet {
    const icmp = { type: family === 4 ? 8 : 128, code: 0 }
    const ports = { sourcePort: null, destinationPort: null }
    return { ...this.common(family), ...ports, protocol: 'icmp', ctState: 'NEW', icmp }
  }

  private opening(family: Family, kind: 'new' | 'udp' | 'invalid'): Packet {
    const ports = { sourcePort: this.freshPort(), destinationPort: port(this.random) }
    const common = { ...this.common(family), ...ports }
    if (kind === 'udp') return { ...common, protocol: 'udp', ctState: 'NEW' }
    if (kind === 'new') return { ...common, protocol: 'tcp', tcpFlags: ['SYN'], ctState: 'NEW' }
    return { ...common, protocol: 'tcp', tcpFlags: ['SYN', 'ACK'], ctState: 'INVALID' }
  }

  /** A tuple used twice would be known to conntrack; the flows' own ports begin at 20000. */
  private freshPort(): number {
    let candidate: number
    do candidate = 1 + this.random.below(60_000)
    while (this.used.has(candidate) || (candidate > 19_999 && candidate < 30_000))
    this.used.add(candidate)
    return candidate
  }
}
