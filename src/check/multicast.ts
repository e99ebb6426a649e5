import type { NodeSettings } from '../galera/node-settings.ts'
import type { Hello } from '../session/messages.ts'

/** Whether the cluster uses gmcast.mcast_addr: then, and only then, 4567/udp is needed. */
export type Multicast = 'set' | 'unset' | 'unknown'

const GALERA_PORT = 4567

/**
 * A node whose settings are known says so: one that sets a group needs it. A running node tells by its sockets alone: Galera binds the multicast
 * group on 4567/udp when mcast_addr is set, and no UDP socket at all when it is not. A cluster of which no node runs, and no settings are known, says nothing.
 */
export function multicastUse(
  hellos: readonly Hello[],
  settings: readonly NodeSettings[],
  port: number = GALERA_PORT,
): Multicast {
  const members = settings.filter(({ wsrep }) => wsrep)
  if (members.some(({ multicast }) => multicast !== null)) return 'set'
  const sockets = hellos.flatMap((hello) => hello.sockets)
  const group = (address: string) => /^(22[4-9]|23\d)\./.test(address) || /^ff/i.test(address)
  if (sockets.some((s) => s.protocol === 'udp' && s.port === port && group(s.address))) return 'set'
  const galeraRuns = sockets.some((s) => s.protocol === 'tcp' && s.port === port)
  return galeraRuns || members.length > 0 ? 'unset' : 'unknown'
}
