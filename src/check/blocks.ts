import { isIP } from 'node:net'
import { evaluateHost, type HostDecision, type LoadedDump } from '../firewall/host.ts'
import type { Packet } from '../firewall/model.ts'
import type { BlockedFlow, Direction } from '../fix/input.ts'
import { hookOf, packetsOf } from '../fix/opening.ts'
import type { Observation } from '../probe/observation.ts'
import type { JudgedFlow } from './judge-flows.ts'

/** A DOWN flow as a block on one of its two hosts. */
export interface Block {
  /** Whose chains stop the packet. */
  readonly node: string
  readonly flow: BlockedFlow
  /** The client's port in one of the attempts: rules that match it are decided by it. */
  readonly clientPort: number | null
}

/** Where the verdict of a DOWN flow puts the block; null when that is the network, or not known. */
export function blockOf(judged: JudgedFlow): Block | null {
  if (judged.verdict.status !== 'DOWN') return null
  if (judged.block !== null) return judged.block
  const direction = directionOf(judged)
  return direction === null ? null : blockIn(direction, judged)
}

/** A flow and the addresses of its ends. */
export type Ends = Pick<JudgedFlow, 'sourceAddress' | 'ownAddress' | 'observations'> & {
  readonly evidence: Pick<JudgedFlow['evidence'], 'flow'>
}

/** The flow as a block in one direction of one host's firewall; null when its addresses are not known. */
export function blockIn(
  direction: Direction,
  { evidence, sourceAddress, ownAddress, observations }: Ends,
): Block | null {
  const { id, from, to, protocol, port, address } = evidence.flow
  const atTarget = direction === 'in' || direction === 'reply-out'
  // Under NAT the source is another address for the target than for itself.
  const source = atTarget ? sourceAddress : ownAddress
  if (source === null || address.includes('%') || source.includes('%')) return null
  // Both come from nodes, which are not trusted, and are about to stand in a command.
  if (isIP(address) === 0 || isIP(source) !== isIP(address)) return null
  const [peer, local] = atTarget ? [source, address] : [address, source]
  const family = isIP(address) === 6 ? 6 : 4
  return {
    node: atTarget ? to : from,
    flow: { id, protocol, port, peer, local, family, direction, measured: true },
    clientPort: clientPortOf(observations),
  }
}

function clientPortOf(observations: readonly Observation[]): number | null {
  const probe = observations.find((o) => o.kind === 'probe' && o.sourcePort !== null)
  return probe?.kind === 'probe' ? probe.sourcePort : null
}

function directionOf({ verdict, observations }: JudgedFlow): Direction | null {
  switch (verdict.blockedAt) {
    case 'target':
      return 'in'
    case 'source':
      // A missing route is no matter of rules.
      return verdict.reason === 'no-route' ? null : 'out'
    case 'reply': {
      const witnessed = observations.some((o) => o.kind === 'witness')
      const answered = observations.some((o) => o.kind === 'witness' && o.answered)
      const cameBack = observations.some(
        (o) => o.kind === 'probe' && (o.outcome === 'syn-ack' || o.outcome === 'rst'),
      )
      if (cameBack) return 'reply-in'
      return witnessed && !answered ? 'reply-out' : null
    }
    case 'network':
    case null:
      return null
  }
}

/** The packets of a block (the first and a later one), with the port that the client really had. */
export function packetsOfBlock({ flow, clientPort }: Block): Packet[] {
  return packetsOf(flow).map((packet) => ({
    ...packet,
    sourcePort: packet.sourcePort ?? clientPort,
    destinationPort: packet.destinationPort ?? clientPort,
  }))
}

/** What the node's own rules do to the first packet of the block that they do not accept; null when they accept all. */
export function decisionOf(block: Block, dumps: readonly LoadedDump[]): HostDecision | null {
  const decisions = packetsOfBlock(block).map((packet) => evaluateHost(dumps, hookOf(block.flow), packet))
  return decisions.find(({ fate }) => fate !== 'accept') ?? null
}
