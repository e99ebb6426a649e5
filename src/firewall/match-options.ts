import { parseAddress, parseNet } from './address.ts'
import { readIcmp } from './icmp-types.ts'
import type { Match, PortRange, Side } from './model.ts'

/** The arguments of one option, and whether `!` stands before it. */
export interface OptionUse {
  readonly args: readonly string[]
  readonly negated: boolean
}

export interface MatchOption {
  readonly arity: 0 | 1 | 2
  /** Null: an argument this parser cannot decide (a name instead of a number), kept as an unknown match. */
  readonly read: (use: OptionUse) => Match | null
}

/** Modules that match by their options alone: without options they add no condition. */
export const UNDERSTOOD_MODULES: ReadonlySet<string> = new Set([
  'tcp',
  'udp',
  'multiport',
  'conntrack',
  'state',
  'iprange',
  'comment',
  'addrtype',
  'icmp',
  'icmp6',
  'pkttype',
  'set',
])

/** Modules that match nothing in a packet without the IPv6 extension header that they are about. */
export const EXTENSION_HEADERS: ReadonlySet<string> = new Set(['rt', 'frag', 'hbh', 'dst'])

/** Options of the understood modules (`iptables-extensions(8)`). */
export const MATCH_OPTIONS: ReadonlyMap<string, MatchOption> = new Map<string, MatchOption>([
  ...each(['--sport', '--source-port', '--sports', '--source-ports'], ports('source')),
  ...each(['--dport', '--destination-port', '--dports', '--destination-ports'], ports('destination')),
  ['--ports', ports('either')],
  ['--tcp-flags', { arity: 2, read: tcpFlags }],
  ['--syn', { arity: 0, read: ({ negated }) => tcpFlags({ args: ['FIN,SYN,RST,ACK', 'SYN'], negated }) }],
  ...each(['--ctstate', '--state'], {
    arity: 1,
    read: ({ args, negated }) => ({ kind: 'ct-state', states: list(args[0]), negated }),
  }),
  [
    '--ctorigdst',
    {
      arity: 1,
      read: ({ args, negated }) => {
        const net = parseNet(args[0] ?? '')
        return net && { kind: 'ct-original-address', net, negated }
      },
    },
  ],
  [
    '--ctorigdstport',
    {
      arity: 1,
      read: ({ args, negated }) => {
        const range = portRange(args[0] ?? '')
        return range && { kind: 'ct-original-port', range, negated }
      },
    },
  ],
  ['--ctdir', { arity: 1, read: ({ args, negated }) => ctDirection(args[0] ?? '', negated) }],
  ['--src-range', range('source')],
  ['--dst-range', range('destination')],
  ['--src-type', addressType('source')],
  ['--dst-type', addressType('destination')],
  ['--icmp-type', { arity: 1, read: ({ args, negated }) => readIcmp(4, args[0] ?? '', negated) }],
  ['--icmpv6-type', { arity: 1, read: ({ args, negated }) => readIcmp(6, args[0] ?? '', negated) }],
  [
    '--pkt-type',
    { arity: 1, read: ({ args, negated }) => ({ kind: 'packet-type', type: args[0] ?? '', negated }) },
  ],
])

/** Options whose one argument is free text, which may look like an option itself. */
export const FREE_TEXT_OPTIONS: ReadonlySet<string> = new Set([
  '--comment',
  '--string',
  '--hex-string',
  '--log-prefix',
  '--nflog-prefix',
  '--ulog-prefix',
  '--name',
  '--hashlimit-name',
  '--helper',
  '--u32',
  '--bytecode',
  '--label',
])

function each(names: readonly string[], option: MatchOption): [string, MatchOption][] {
  return names.map((name) => [name, option])
}

function list(text = ''): string[] {
  return text.toUpperCase().split(',')
}

function ports(side: Side | 'either'): MatchOption {
  return {
    arity: 1,
    read: ({ args, negated }) => {
      const ranges: PortRange[] = []
      for (const part of list(args[0])) {
        const range = portRange(part)
        if (!range) return null
        ranges.push(range)
      }
      return { kind: 'ports', side, ranges, negated }
    },
  }
}

function portRange(text: string): PortRange | null {
  const found = /^(\d{1,5})?(:)?(\d{1,5})?$/.exec(text)
  if (!found || text === '') return null
  const from = Number(found[1] ?? 0)
  const to = found[2] ? Number(found[3] ?? 65535) : from
  return to > 65535 || from > to ? null : { from, to }
}

function ctDirection(text: string, negated: boolean): Match | null {
  const direction = text.toLowerCase()
  return direction === 'original' || direction === 'reply'
    ? { kind: 'ct-direction', direction, negated }
    : null
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

function tcpFlags({ args, negated }: OptionUse): Match | null {
  const [mask, set] = args.map((text) => {
    if (text.toUpperCase() === 'ALL') return FLAGS
    return text.toUpperCase() === 'NONE' ? [] : list(text)
  })
  if (!mask || !set || [...mask, ...set].some((flag) => !FLAGS.includes(flag))) return null
  return { kind: 'tcp-flags', mask, set, negated }
}

function range(side: Side): MatchOption {
  return {
    arity: 1,
    read: ({ args, negated }) => {
      const [first = '', last = first] = (args[0] ?? '').split('-')
      const from = parseAddress(first)
      const to = parseAddress(last)
      return from && to ? { kind: 'address-range', side, from, to, negated } : null
    },
  }
}

function addressType(side: Side): MatchOption {
  return {
    arity: 1,
    read: ({ args, negated }) => ({ kind: 'address-type', side, types: list(args[0]), negated }),
  }
}
