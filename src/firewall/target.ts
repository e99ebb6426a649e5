import { formatAddress, parseAddress } from './address.ts'
import type { Target } from './model.ts'

/** Targets after which the packet goes on to the next rule: they log, count or mark it (iptables-extensions(8)). */
const CONTINUES: ReadonlySet<string> = new Set([
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CONNMARK',
  'CONNSECMARK',
  'CT',
  'DSCP',
  'ECN',
  'HL',
  'HMARK',
  'IDLETIMER',
  'LED',
  'LOG',
  'MARK',
  'NFLOG',
  'RATEEST',
  'SECMARK',
  'SET',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TEE',
  'TOS',
  'TRACE',
  'TTL',
  'ULOG',
])

const ZONES = ['--zone', '--zone-orig', '--zone-reply']

/** What `-j NAME` or `-g NAME` does, given the table's own chains. `option` reads a target option's argument. */
export function targetOf(
  name: string,
  how: 'jump' | 'goto',
  isChain: (name: string) => boolean,
  option: (name: string) => string | null,
): Target {
  if (how === 'jump') {
    if (name === 'ACCEPT') return { kind: 'accept' }
    if (name === 'DROP') return { kind: 'drop' }
    if (name === 'RETURN') return { kind: 'return' }
  }
  if (isChain(name)) return { kind: how, chain: name }
  if (how === 'goto') return { kind: 'unknown', name }
  if (name === 'REJECT') return { kind: 'reject', with: option('--reject-with') }
  if (name === 'NOTRACK' || (name === 'CT' && option('--notrack') !== null)) return { kind: 'notrack' }
  // Of a packet in another zone than its answer neither is known to conntrack when the other comes.
  if (name === 'CT' && ZONES.some((zone) => option(zone) !== null)) return { kind: 'unknown', name }
  // They end the way through the nat table, and rewrite what this host's filter no longer looks at.
  if (name === 'SNAT' || name === 'MASQUERADE') return { kind: 'snat' }
  if (name === 'DNAT') return dnat(option('--to-destination')) ?? { kind: 'unknown', name }
  if (name === 'REDIRECT') return redirect(option('--to-ports')) ?? { kind: 'unknown', name }
  return CONTINUES.has(name) ? { kind: 'continue' } : { kind: 'unknown', name }
}

/** One address with one port or none; what spreads over several is not told by a dump. */
function dnat(to: string | null): Target | null {
  const found = /^(?:\[([^\]]+)\]|([^:[\]]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d{1,5}))?$/.exec(to ?? '')
  const address = parseAddress(found?.[1] ?? found?.[2] ?? '')
  if (!found || !address) return null
  return { kind: 'dnat', address: formatAddress(address), port: found[3] ? Number(found[3]) : null }
}

function redirect(port: string | null): Target | null {
  if (port !== null && !/^\d{1,5}$/.test(port)) return null
  return { kind: 'dnat', address: null, port: port === null ? null : Number(port) }
}
