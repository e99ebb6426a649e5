import { isIP } from 'node:net'
import type { LostFlow } from '../fix/cloud/opening.ts'
import type { JudgedFlow } from './judge-flows.ts'

/**
 * The flows that a cloud's own rules may have stopped: silently, between the hosts. What is answered with an ICMP error or a
 * reset is another's doing, for no security group or policy answers, and a host that is not there is nobody's. Ordered by
 * target, in the order of the nodes' names given.
 */
export function lostFlows(judged: readonly JudgedFlow[], nodes: readonly string[]): LostFlow[] {
  const lost = judged.flatMap((flow): LostFlow[] => {
    const { status, blockedAt, reason } = flow.verdict
    if (status !== 'DOWN' || blockedAt !== 'network' || reason !== 'dropped') return []
    const { id, from, to, address, protocol, port } = flow.evidence.flow
    const source = sourceOf(flow)
    if (source === null) return []
    // Of a peer's own telling, or a name that was not resolved: no such text stands in a command.
    if (isIP(address) === 0 || isIP(source) !== isIP(address)) return []
    if (address.includes('%') || source.includes('%')) return []
    return [{ id, from, to, address, source, sentFrom: sentFrom(flow), protocol, port }]
  })
  const rank = new Map(nodes.map((name, index) => [name, index]))
  return lost.toSorted((a, b) => (rank.get(a.to) ?? 0) - (rank.get(b.to) ?? 0))
}

/** What is to be let in: the address of the inventory, for what the source claims of itself is no ground to open a port. */
function sourceOf({ sourceAddress }: JudgedFlow): string | null {
  return sourceAddress
}

function sentFrom({ ownAddress, sourceAddress }: JudgedFlow): string | null {
  return ownAddress === null || ownAddress === sourceAddress || isIP(ownAddress) === 0 ? null : ownAddress
}
