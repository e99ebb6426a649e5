import { formatAddress, type Net, parseNet } from '../../src/firewall/address.ts'
import type { Match, PortRange, Rule } from '../../src/firewall/model.ts'
import { logicalLines, type Token } from '../../src/firewall/tokens.ts'

/**
 * The options of a rule that its matches do not tell, and the matches that none of its options told: both must be none,
 * or a condition was dropped without a word, or invented. Works from iptables-extensions(8) and not from the parser's
 * tables.
 */
export function unaccounted(rule: Rule): string[] {
  const told = rule.matches.map(wordsOf)
  const left = [...told]
  const missing: string[] = []
  const options = optionsOf(rule.text).filter(({ name, args }) => !isNoCondition(name, args))
  for (const option of options) {
    const at = left.findIndex((words) => readings(option).includes(words))
    if (at < 0) missing.push(`dropped: ${readings(option)[0]}`)
    else left.splice(at, 1)
  }
  return [...missing, ...left.map((words) => `invented: ${words}`)]
}

interface Option {
  readonly name: string
  readonly args: readonly string[]
  readonly negated: boolean
}

const LONG: Record<string, string> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--protocol': '-p',
  '--match': '-m',
  '--jump': '-j',
  '--goto': '-g',
  '--append': '-A',
  '--fragment': '-f',
  '--source-port': '--sport',
  '--source-ports': '--sports',
  '--destination-port': '--dport',
  '--destination-ports': '--dports',
}

function optionsOf(text: string): Option[] {
  const [line] = logicalLines(text)
  const options: { name: string; args: string[]; negated: boolean }[] = []
  let negated = false
  for (const token of line?.tokens ?? []) {
    const last = options.at(-1)
    if (token.text === '!' && !token.quoted) {
      // `-s ! 10.0.0.0/8`, as dumps of old write it.
      if (last && last.args.length === 0 && takesOne(last.name)) last.negated = true
      else negated = true
    } else if (token.text === '--invert' && last?.args[0] === 'rpfilter') {
      last.negated = true
    } else if (isOption(token, last)) {
      options.push({ name: LONG[token.text] ?? token.text, args: [], negated })
      negated = false
    } else last?.args.push(token.text)
  }
  return options
}

function isOption({ text, quoted }: Token, last: Option | undefined): boolean {
  const free = /^--(comment|log-prefix|nflog-prefix|ulog-prefix|string|hex-string|name)$/
  if (last && free.test(last.name) && last.args.length === 0) return false
  return !quoted && /^--?[a-z]/i.test(text)
}

function takesOne(name: string): boolean {
  return /^(-[sdiop]|--[sd]ports?|--ports|--(ct)?state|--icmp-type|--tcp-flags)$/.test(name)
}

/** Modules that add nothing beside their options. */
const BARE = /^(tcp|udp|multiport|conntrack|state|iprange|comment|addrtype|icmp|icmp6|pkttype|set)$/

/** Where the rule stands, what it does, what it says to people. */
function isNoCondition(name: string, [arg = '']: readonly string[]): boolean {
  if (name === '-m') return BARE.test(arg)
  if (name === '-p') return /^(all|0)$/.test(arg)
  return /^(-[AI]|-j|-g|-c|--comment|--reject-with|--to-(destination|source|ports)|--notrack|--zone(-orig|-reply)?)$/.test(
    name,
  )
}

/** How a match may tell an option: understood, or as it stands there. */
function readings({ name, args, negated }: Option): string[] {
  const not = negated ? '! ' : ''
  const [first = '', second = ''] = args
  const raw = `${not}unknown ${[name, ...args].join(' ')}`
  switch (name) {
    case '-s':
    case '-d':
      return first
        .split(',')
        .flatMap((text) => [`${not}${name} ${normalNet(parseNet(text))}`, `${not}unknown ${text}`])
    case '-p':
      return [`${not}-p ${first.toLowerCase()}`]
    case '-m':
      return [first === 'rpfilter' ? `${not}rpfilter` : `unknown -m ${first}`]
    case '--sport':
    case '--sports':
    case '--dport':
    case '--dports':
    case '--ports':
      return [`${not}${name.replace(/s$/, '')} ${normalPorts(first)}`, raw]
    case '--syn':
      return [`${not}--tcp-flags ACK,FIN,RST,SYN SYN`]
    case '--tcp-flags':
      return [`${not}--tcp-flags ${normalFlags(first)} ${normalFlags(second)}`, raw]
    case '--state':
    case '--ctstate':
      return [`${not}--ctstate ${first.toUpperCase()}`]
    case '--ctorigdst':
      return [`${not}${name} ${normalNet(parseNet(first))}`, raw]
    case '--ctorigdstport':
      return [`${not}${name} ${normalPorts(first)}`, raw]
    case '--src-range':
    case '--dst-range':
      return [`${not}${name} ${first.includes('-') ? first : `${first}-${first}`}`, raw]
    default:
      return [`${not}${[name, ...args].join(' ')}`, raw]
  }
}

function wordsOf(match: Match): string {
  const not = match.negated ? '! ' : ''
  return not + plainWords(match)
}

function plainWords(match: Match): string {
  switch (match.kind) {
    case 'address':
      return `${match.side === 'source' ? '-s' : '-d'} ${normalNet(match.net)}`
    case 'address-range':
      return `--${match.side === 'source' ? 'src' : 'dst'}-range ${formatAddress(match.from)}-${formatAddress(match.to)}`
    case 'address-type':
      return `--${match.side === 'source' ? 'src' : 'dst'}-type ${match.types.join(',')}`
    case 'interface':
      return `${match.side === 'in' ? '-i' : '-o'} ${match.name}`
    case 'protocol':
      return `-p ${match.protocol}`
    case 'ports': {
      const side = { source: '--sport', destination: '--dport', either: '--port' }[match.side]
      return `${side} ${match.ranges.map(normalRange).join(',')}`
    }
    case 'tcp-flags':
      return `--tcp-flags ${sortedFlags(match.mask)} ${sortedFlags(match.set)}`
    case 'ct-state':
      return `--ctstate ${match.states.join(',')}`
    case 'icmp': {
      const type = match.type === null ? 'any' : `${match.type}${match.code === null ? '' : `/${match.code}`}`
      return `--icmp${match.family === 6 ? 'v6' : ''}-type ${type}`
    }
    case 'packet-type':
      return `--pkt-type ${match.type}`
    case 'ct-original-address':
      return `--ctorigdst ${normalNet(match.net)}`
    case 'ct-original-port':
      return `--ctorigdstport ${normalRange(match.range)}`
    case 'ct-direction':
      return `--ctdir ${match.direction.toUpperCase()}`
    case 'reverse-path':
      return 'rpfilter'
    case 'fragment':
      return '-f'
    case 'unknown':
      return `unknown ${match.text}`
    default:
      return JSON.stringify(match, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
  }
}

function normalNet(net: Net | null): string {
  if (!net) return '?'
  const { family } = net
  return `${formatAddress({ family, value: net.network })}/${formatAddress({ family, value: net.mask })}`
}

function normalRange({ from, to }: PortRange): string {
  return from === to ? `${from}` : `${from}:${to}`
}

function normalPorts(text: string): string {
  return text
    .split(',')
    .map((part) => {
      const [from = '', to = from] = part.split(':')
      return normalRange({ from: Number(from || 0), to: Number(to || 65535) })
    })
    .join(',')
}

const ALL_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

function normalFlags(text: string): string {
  if (text === 'ALL') return sortedFlags(ALL_FLAGS)
  return text === 'NONE' ? '' : sortedFlags(text.split(','))
}

function sortedFlags(flags: readonly string[]): string {
  return [...flags].sort().join(',')
}
