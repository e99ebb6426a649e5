import { createSocket } from 'node:dgram'
import { isIP } from 'node:net'

/**
 * The errno with which this host's routing refuses the address, or null. Connecting a UDP socket looks the route up and
 * sends nothing: so a missing route is told from an ICMP error, for both come as the same errno of a TCP connect.
 */
export function refusedByRouting(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4')
    // Port 9, discard: any port but 0 will do, none is sent to. A failure comes as the callback's argument, which
    // the types do not know of.
    socket.connect(9, address, ((error?: NodeJS.ErrnoException) => {
      socket.close()
      resolve(error ? (error.code ?? 'EUNKNOWN') : null)
    }) as () => void)
  })
}
