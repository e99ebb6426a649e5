import { isIP, SocketAddress } from 'node:net'

/** The one spelling of an IP literal that every program prints (RFC 5952), without a zone. */
export function canonicalAddress(address: string): string {
  const bare = address.split('%')[0] ?? ''
  switch (isIP(bare)) {
    case 6:
      return new SocketAddress({ address: bare, family: 'ipv6' }).address
    default:
      return bare
  }
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || canonicalAddress(address) === '::1'
}
