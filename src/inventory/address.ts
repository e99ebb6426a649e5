import { BlockList, isIP } from 'node:net'
import { canonicalAddress } from './host-address.ts'
import { InputError } from './input-error.ts'

/** Addresses that name no single host. A datagram to a multicast group would reach every member's live Galera. */
const NO_HOST = new BlockList()
NO_HOST.addAddress('0.0.0.0', 'ipv4')
NO_HOST.addAddress('255.255.255.255', 'ipv4')
NO_HOST.addSubnet('224.0.0.0', 4, 'ipv4')
NO_HOST.addAddress('::', 'ipv6')
NO_HOST.addSubnet('ff00::', 8, 'ipv6')

/** Underscores are not for host names by RFC 952, but resolvers take them and container names are full of them. */
const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/
/** The resolver reads `10.0.1`, `010.0.0.1` and `0x7f000001` as IPv4, each in its own surprising way. */
const NUMERIC = /^([0-9]+|0[xX][0-9A-Fa-f]*)$/

const MESSAGES = {
  'node-port': (item: string) =>
    `"${item}" has a port. Nodes are listed without one; a port is moved for all nodes with --service, e.g. --service mysql=3307/tcp`,
  'node-zone': (item: string) =>
    `"${item}" has an IPv6 zone, which has a meaning on one host only. Use the address that all peers reach it by.`,
  'node-not-a-host': (item: string) =>
    `"${item}" is not the address of one host (unspecified, broadcast or multicast). Use the address that its peers connect to.`,
  'bad-ipv4': (item: string) =>
    `"${item}" looks like an IPv4 address and is none. Write four numbers from 0 to 255 without leading zeros.`,
  'bad-host': (item: string) =>
    `"${item}" is neither a host name nor an IP address. Host names are letters, digits, ".", "_" and "-", ` +
    'and do not start with "-"; IPv6 is written fd00::1 or [fd00::1].',
} as const

/** Whether it names one host, as `--nodes` would take it: for text that comes from a node. */
export function isHost(text: string): boolean {
  try {
    return checkAddress(text, '') === text
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return false
  }
}

/** A host name or IP literal, brackets taken off; `shown` is how the whole item is quoted in an error. */
export function checkAddress(text: string, shown: string): string {
  const bracketed = /^\[([^\]]*)\](:[0-9]+)?$/.exec(text)
  if (bracketed?.[2] !== undefined) throw fail('node-port', shown)
  const address = bracketed?.[1] ?? text
  if (/^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*%/.test(address)) throw fail('node-zone', shown)
  const family = isIP(address)
  if (bracketed !== null && family !== 6) throw fail('bad-host', shown)
  if (family !== 0) {
    if (NO_HOST.check(address, family === 4 ? 'ipv4' : 'ipv6')) throw fail('node-not-a-host', shown)
    return address
  }
  if (/^[^:]+:[0-9]+$/.test(address)) throw fail('node-port', shown)
  checkHostName(address, shown)
  return address
}

/** One spelling per address: letter case, a trailing dot, IPv6 forms and v4-mapped IPv6 make no difference. */
export function comparableAddress(address: string): string {
  return isIP(address) === 0 ? address.toLowerCase().replace(/\.$/, '') : canonicalAddress(address)
}

function checkHostName(name: string, shown: string): void {
  const labels = name.replace(/\.$/, '').split('.')
  if (name.length > 254 || !labels.every((label) => LABEL.test(label))) throw fail('bad-host', shown)
  if (NUMERIC.test(labels.at(-1) ?? '')) throw fail('bad-ipv4', shown)
}

function fail(code: keyof typeof MESSAGES, item: string): InputError {
  return new InputError(code, MESSAGES[code](item))
}
