import type { BlockedFlow, Direction } from './input.ts'
import { peerNet } from './opening.ts'

/** Same chain together, then by service in the order given, then by peer: what the numbers of the commands go by. */
export function inOrder(flows: readonly BlockedFlow[]): BlockedFlow[] {
  const directions: readonly Direction[] = ['in', 'reply-in', 'out', 'reply-out']
  const services = [...new Set(flows.map(serviceOf))]
  const rank = (flow: BlockedFlow) => [
    flow.family,
    directions.indexOf(flow.direction),
    services.indexOf(serviceOf(flow)),
    peerNet(flow).network,
  ]
  const ranked = flows.map((flow) => ({ flow, rank: rank(flow) }))
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ flow }) => flow)
}

function serviceOf({ protocol, port }: BlockedFlow): string {
  return `${port}/${protocol}`
}

function compare(a: readonly (number | bigint)[], b: readonly (number | bigint)[]): number {
  const at = a.findIndex((each, i) => each !== b[i])
  if (at < 0) return 0
  return (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1
}
