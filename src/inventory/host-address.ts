import { isIP, SocketAddress } from 'node:net'

/** The one spelling of an IP literal (RFC 5952): no zone, and v4-mapped IPv6 as the IPv4 address that it is. */
export function canonicalAddress(address: string): string {
  const bare = address.split('%')[0] ?? ''
  if (isIP(bare) !== 6) return bare
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address
  return /^::ffff:([0-9]+(?:\.[0-9]+){3})$/i.exec(canonical)?.[1] ?? canonical
}

export function isLoopback(address: string): boolean {
  const canonical = canonicalAddress(address)
  return canonical.startsWith('127.') || canonical === '::1'
}
