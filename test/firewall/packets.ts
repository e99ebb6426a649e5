import type { Packet } from '../../src/firewall/model.ts'

/** The first packet of a peer's connection to Galera's port. */
export const SYN: Packet = {
  family: 4,
  protocol: 'tcp',
  source: '10.99.0.11',
  destination: '10.99.0.1',
  sourcePort: null,
  destinationPort: 4567,
  ctState: 'NEW',
  inInterface: null,
  outInterface: null,
  tcpFlags: ['SYN'],
}
