import { isLoopback } from '../inventory/host-address.ts'
import type { Flow } from '../plan.ts'
import type { WatchRequest } from '../session/requests.ts'
import type { Gathered } from './gather.ts'

/** What the nodes' witnesses must heed beyond what they were told when they were started; null where that is all. */
export function watchRequest(
  { members, surveyed }: Gathered,
  flows: readonly Flow[],
  known: WatchRequest,
): WatchRequest | null {
  const addresses = [
    ...members.flatMap(({ address }) => address ?? []),
    ...flows.map(({ address }) => address),
  ]
  const peers = union(known.peers, [
    ...addresses,
    ...surveyed.flatMap(({ own }) => own.filter((each) => !isLoopback(each))),
  ])
  const ports = union(
    known.ports,
    flows.map(({ port }) => port),
  )
  const udpPorts = union(
    known.udpPorts,
    flows.flatMap(({ protocol, port }) => (protocol === 'udp' ? [port] : [])),
  )
  const needed =
    ports.length > known.ports.length ||
    udpPorts.length > known.udpPorts.length ||
    addresses.some((address) => !known.peers.includes(address))
  return needed ? { peers, ports, udpPorts } : null
}

function union<T>(first: readonly T[], second: readonly T[]): T[] {
  return [...new Set([...first, ...second])]
}
