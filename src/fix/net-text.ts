import { formatAddress, type Net } from '../firewall/address.ts'

/** What an opening names: who may come, and to which port. */
export interface Access {
  readonly source: Net
  /** The address of this host that they may come to; without it any. */
  readonly destination?: Net
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
}

/**
 * A network as firewalld and ufw want it typed, host bits cleared: `10.99.0.11`, `10.99.0.0/24`. Both accept `/32` on a
 * host, but firewalld compares rules as they were typed. Throws `RangeError` for a mask that has no length.
 */
export function netText({ family, network, mask }: Net): string {
  const bits = family === 4 ? 32 : 128
  const ones = mask.toString(2).padStart(bits, '0')
  const length = ones.indexOf('0') < 0 ? bits : ones.indexOf('0')
  if (ones.includes('1', length)) throw new RangeError('a mask with holes has no length')
  return `${formatAddress({ family, value: network })}${length === bits ? '' : `/${length}`}`
}

/** Throws `RangeError` for what may not stand in a command. */
export function checkAccess({ port, protocol }: Access): void {
  if (protocol !== 'tcp' && protocol !== 'udp') throw new RangeError('no such protocol')
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError('no such port')
}
