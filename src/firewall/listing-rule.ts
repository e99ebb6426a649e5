import type { Protocol } from '../services.ts'
import { parseAddress } from './address.ts'
import { readListingText } from './listing-text.ts'
import { quoteWord } from './quote-word.ts'
import { RulesetSyntaxError } from './tokens.ts'

/** One line of a chain, split at its columns. */
interface Columns {
  readonly target: string | null
  readonly protocol: string
  readonly fragment: string
  readonly in: string
  readonly out: string
  readonly source: string
  readonly destination: string
  /** What the match modules and the target print. */
  readonly text: string
}

interface Word {
  readonly text: string
  readonly end: number
}

/** Packets and bytes, short as `250K` or, with `-x`, whole. */
export function startsWithCounters(line: string, numbered: boolean): boolean {
  return (numbered ? /^\s*\d+\s+\d+[KMGTP]?\s+\d+[KMGTP]?\s/ : /^\s*\d+[KMGTP]?\s+\d+[KMGTP]?\s/).test(line)
}

/** The line as `iptables-save` would print it, or nearly: what the listing leaves open is an unknown match. */
export function listedRule(chain: string, line: string, numbered: boolean, at: number): string {
  const columns = splitColumns(line, numbered ? 3 : 2)
  if (!columns) throw new RulesetSyntaxError(at, 'this line of the listing has not all of its columns')
  const protocol = protocolName(columns.protocol)
  const text = readListingText(columns.text, columns.target, asProtocol(protocol))
  if (!text) {
    throw new RulesetSyntaxError(at, 'a comment does not end on its line, so the lines after it are no proof')
  }
  const target = columns.target === null ? [] : [`-${text.goto ? 'g' : 'j'} ${quoteWord(columns.target)}`]
  return [
    `-A ${quoteWord(chain)}`,
    ...address('-s', columns.source),
    ...address('-d', columns.destination),
    ...networkInterface('-i', columns.in, columns.out),
    ...networkInterface('-o', columns.out, columns.in),
    ...(['all', '0'].includes(protocol) ? [] : [option('-p', protocol)]),
    ...fragment(columns.fragment),
    ...text.options,
    ...target,
    ...(text.rejectWith === null ? [] : [`--reject-with ${quoteWord(text.rejectWith)}`]),
  ].join(' ')
}

/**
 * The target's column is blank where a rule has none, and no option's column is: it tells which of the two it is. Old
 * ip6tables leave that one blank; then the addresses tell.
 */
function splitColumns(line: string, counters: number): Columns | null {
  const words = [...line.matchAll(/\S+/g)]
    .slice(counters)
    .map((found): Word => ({ text: found[0], end: found.index + found[0].length }))
  const isOption = (at: number) => ['--', '-f', '!f'].includes(words[at]?.text ?? '')
  const areAddresses = (at: number) => looksIpv6(words[at]?.text) && looksIpv6(words[at + 1]?.text)
  const hasOption = isOption(1) || isOption(2)
  const hasTarget = hasOption ? !isOption(1) : !areAddresses(3)
  if (!hasOption && !areAddresses(3) && !areAddresses(4)) return null
  const rest = hasTarget ? words.slice(1) : words
  const [protocol, ...others] = rest
  const [inside, outside, source, destination] = hasOption ? others.slice(1) : others
  if (!protocol || !inside || !outside || !source || !destination) return null
  return {
    target: hasTarget ? (words[0]?.text ?? null) : null,
    protocol: protocol.text,
    fragment: hasOption ? (others[0]?.text ?? '--') : '--',
    in: inside.text,
    out: outside.text,
    source: source.text,
    destination: destination.text,
    text: line.slice(destination.end),
  }
}

function looksIpv6(word = ''): boolean {
  return word === 'anywhere' || /^!?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(\/\S+)?$/.test(word)
}

/** As `iptables-save` names them. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  '132': 'sctp',
}

function protocolName(column: string): string {
  const { bang, word } = negation(column)
  return bang + (PROTOCOLS[word] ?? word)
}

function asProtocol(name: string): Protocol | null {
  return name === 'tcp' || name === 'udp' ? name : null
}

function address(name: '-s' | '-d', column: string): string[] {
  const { bang, word } = negation(column)
  const any = ['anywhere', '0.0.0.0/0', '::/0'].includes(word)
  if (any) return bang ? [`! ${name} 0.0.0.0/0`] : []
  const literal = parseAddress(word)
  return [option(name, `${bang}${literal ? `${word}/${literal.family === 4 ? 32 : 128}` : word}`)]
}

/** `any` is what the column says without `-n`, where `*` is; beside a `*` it is the name of an interface. */
function networkInterface(name: '-i' | '-o', column: string, other: string): string[] {
  const isAny = column === '*' || (column === 'any' && other !== '*')
  return isAny ? [] : [option(name, column)]
}

function fragment(column: string): string[] {
  return column === '--' ? [] : [column === '-f' ? '-f' : '! -f']
}

function option(name: string, column: string): string {
  const { bang, word } = negation(column)
  return `${bang ? '! ' : ''}${name} ${quoteWord(word)}`
}

function negation(column: string): { bang: string; word: string } {
  return column.startsWith('!') ? { bang: '!', word: column.slice(1) } : { bang: '', word: column }
}
