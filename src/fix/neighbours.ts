import type { Hook } from '../firewall/evaluate.ts'
import { evaluateHost, type LoadedDump } from '../firewall/host.ts'
import type { Packet } from '../firewall/model.ts'

/** Neighbour solicitation and advertisement (RFC 4861): what ARP is to IPv4, but within reach of the rules. */
const TYPES = [135, 136]

/** Whether the rules certainly stop IPv6 neighbour discovery in one of its directions. conntrack leaves it untracked. */
export function stopsNeighbours(dumps: readonly LoadedDump[]): boolean {
  return (['INPUT', 'OUTPUT'] as const satisfies readonly Hook[]).some((hook) =>
    TYPES.some((type) => {
      const { fate } = evaluateHost(dumps, hook, neighbourPacket(type))
      return fate === 'drop' || fate === 'reject'
    }),
  )
}

function neighbourPacket(type: number): Packet {
  return {
    family: 6,
    protocol: 'icmp',
    icmp: { type, code: 0 },
    source: null,
    destination: null,
    sourcePort: null,
    destinationPort: null,
    ctState: 'UNTRACKED',
    inInterface: null,
    outInterface: null,
    tcpFlags: [],
  }
}
