import { isIP } from 'node:net'
import { evaluateHost, type HostDecision, type LoadedDump } from '../firewall/host.ts'
import type { Packet } from '../firewall/model.ts'
import type { JudgedFlow } from './judge-flows.ts'

/**
 * Which of the two hosts' chains a flow's packet did not pass.
 * - `in`: INPUT of the target · `out`: OUTPUT of the source
 * - `reply-out`: OUTPUT of the target · `reply-in`: INPUT of the source
 */
export type BlockDirection = 'in' | 'out' | 'reply-out' | 'reply-in'

export interface Block {
  /** Where the chain is. */
  readonly node: string
  readonly direction: BlockDirection
  /** The far end's address as the node's rules see it. */
  readonly peer: string
}

/** Where the verdict of a DOWN flow puts the block, when that is a host and not the network. */
export function blockOf({ evidence, verdict, observations, sourceAddress }: JudgedFlow): Block | null {
  const { flow } = evidence
  if (verdict.status !== 'DOWN' || sourceAddress === null) return null
  const atTarget = (direction: BlockDirection) => ({ node: flow.to, direction, peer: sourceAddress })
  const atSource = (direction: BlockDirection) => ({ node: flow.from, direction, peer: flow.address })
  switch (verdict.blockedAt) {
    case 'target':
      return atTarget('in')
    case 'source':
      return atSource('out')
    case 'reply': {
      const answered = observations.some((o) => o.kind === 'witness' && o.answered)
      const cameBack = observations.some(
        (o) => o.kind === 'probe' && (o.outcome === 'syn-ack' || o.outcome === 'rst'),
      )
      if (cameBack) return atSource('reply-in')
      const witnessed = observations.some((o) => o.kind === 'witness')
      return witnessed && !answered ? atTarget('reply-out') : null
    }
    case 'network':
    case null:
      return null
  }
}

/** What the node's own rulesets do to the packet that the verdict says it blocks. */
export function evaluateBlock(flow: JudgedFlow, block: Block, dumps: readonly LoadedDump[]): HostDecision {
  const hook = block.direction === 'in' || block.direction === 'reply-in' ? 'INPUT' : 'OUTPUT'
  return evaluateHost(dumps, hook, packetOf(flow, block))
}

function packetOf({ evidence: { flow }, sourceAddress }: JudgedFlow, block: Block): Packet {
  const isReply = block.direction === 'reply-out' || block.direction === 'reply-in'
  const [source, destination] = isReply ? [flow.address, sourceAddress] : [sourceAddress, flow.address]
  const tcpFlags = flow.protocol === 'udp' ? [] : isReply ? (['SYN', 'ACK'] as const) : (['SYN'] as const)
  return {
    family: isIP(flow.address) === 6 ? 6 : 4,
    protocol: flow.protocol,
    source,
    destination,
    sourcePort: isReply ? flow.port : null,
    destinationPort: isReply ? null : flow.port,
    ctState: isReply ? 'ESTABLISHED' : 'NEW',
    inInterface: null,
    outInterface: null,
    tcpFlags,
  }
}
