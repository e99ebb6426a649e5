import { SocketAddress } from 'node:net'

/** A socket of a host that waits for others: a TCP listener, or an unconnected UDP socket. */
export interface Listener {
  protocol: 'tcp' | 'udp'
  address: string
  port: number
}

/** Prints what `parseListeners` reads. */
export const LISTENERS_COMMAND =
  'for p in tcp tcp6 udp udp6; do echo "= $p"; [ ! -e /proc/net/$p ] || cat /proc/net/$p; done'

// Column `st`: TCP_LISTEN, and for UDP TCP_CLOSE, which there means "not connected".
const WAITING = { tcp: '0A', udp: '07' }

export function parseListeners(text: string): Listener[] {
  const found: Listener[] = []
  let protocol: 'tcp' | 'udp' = 'tcp'
  for (const line of text.split('\n')) {
    const section = /^= (tcp|udp)/.exec(line)?.[1] as 'tcp' | 'udp' | undefined
    if (section) protocol = section
    const row = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /.exec(line)
    if (!row || row[3] !== WAITING[protocol]) continue
    found.push({ protocol, address: addressOf(row[1] ?? ''), port: Number.parseInt(row[2] ?? '', 16) })
  }
  return found.sort((a, b) => a.protocol.localeCompare(b.protocol) || a.port - b.port)
}

/** The kernel prints 32-bit words in host order; every machine that runs this is little-endian. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse())
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
  const address = (bytes.join('').match(/.{4}/g) ?? []).join(':')
  return new SocketAddress({ address, family: 'ipv6' }).address
}
