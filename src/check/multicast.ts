import type { Hello } from '../session/messages.ts'

/** Whether the cluster uses gmcast.mcast_addr: then, and only then, 4567/udp is needed. */
export type Multicast = 'set' | 'unset' | 'unknown'

const GALERA_PORT = 4567

/**
 * A running node tells by its sockets alone: Galera binds the multicast group on 4567/udp when mcast_addr is set, and no
 * UDP socket at all when it is not. A cluster of which no node runs says nothing.
 */
export function multicastUse(hellos: readonly Hello[], port: number = GALERA_PORT): Multicast {
  const sockets = hellos.flatMap((hello) => hello.sockets)
  const group = (address: string) => /^(22[4-9]|23\d)\./.test(address) || /^ff/i.test(address)
  if (sockets.some((s) => s.protocol === 'udp' && s.port === port && group(s.address))) return 'set'
  const galeraRuns = sockets.some((s) => s.protocol === 'tcp' && s.port === port)
  return galeraRuns ? 'unset' : 'unknown'
}
