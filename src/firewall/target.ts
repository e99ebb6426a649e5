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
  return CONTINUES.has(name) ? { kind: 'continue' } : { kind: 'unknown', name }
}
