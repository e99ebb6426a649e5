import { isIP } from 'node:net'

export type Family = 4 | 6

export interface Address {
  readonly family: Family
  readonly value: bigint
}

/** Addresses whose bits under `mask` equal `network`. The mask need not be contiguous: iptables allows 255.0.255.0. */
export interface Net {
  readonly family: Family
  readonly network: bigint
  readonly mask: bigint
}

function allOnes(family: Family): bigint {
  return family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n
}

/** An IP literal without zone; null for anything else, names included. */
export function parseAddress(text: string): Address | null {
  if (text.includes('%')) return null
  switch (isIP(text)) {
    case 4:
      return { family: 4, value: fromOctets(text) }
    case 6:
      return { family: 6, value: fromGroups(text) }
    default:
      return null
  }
}

/** `ADDRESS`, `ADDRESS/LENGTH` or `ADDRESS/MASK`; host bits are cleared, as iptables does. */
export function parseNet(text: string): Net | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!address) return null
  const mask = slash < 0 ? allOnes(address.family) : parseMask(text.slice(slash + 1), address.family)
  return mask === null ? null : { family: address.family, network: address.value & mask, mask }
}

export function contains(net: Net, address: Address): boolean {
  return net.family === address.family && (address.value & net.mask) === net.network
}

/** The spelling of inet_ntop(3), which iptables-save prints: RFC 5952, lower case. */
export function formatAddress(address: Address): string {
  if (address.family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 0xffn).join('.')
  }
  const groups = Array.from({ length: 8 }, (_, i) => (address.value >> BigInt(112 - 16 * i)) & 0xffffn)
  const run = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

function parseMask(text: string, family: Family): bigint | null {
  if (/^\d{1,3}$/.test(text)) {
    const length = Number(text)
    const bits = family === 4 ? 32 : 128
    if (length > bits) return null
    return allOnes(family) ^ ((1n << BigInt(bits - length)) - 1n)
  }
  const mask = parseAddress(text)
  return mask?.family === family ? mask.value : null
}

function fromOctets(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(Number(octet)), 0n)
}

function fromGroups(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = Array<bigint>(8 - before.length - after.length).fill(0n)
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | group, 0n)
}

/** The last group may be a dotted IPv4 address (RFC 4291, 2.2). */
function groupsOf(text: string): bigint[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(Number.parseInt(group, 16))]
    const value = fromOctets(group)
    return [value >> 16n, value & 0xffffn]
  })
}

function longestZeroRun(groups: readonly bigint[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  groups.forEach((group, i) => {
    if (group !== 0n) start = i + 1
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start }
  })
  return best
}
