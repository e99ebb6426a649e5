import type { Protocol } from '../services.ts'
import { escapeQuotes, quoteWord } from './quote-word.ts'
import { portOf } from './service-names.ts'

interface Item {
  readonly pattern: RegExp
  /** Null: what was found is not understood after all. */
  readonly read: (found: RegExpExecArray, protocol: Protocol | null) => string | null
}

const CT_STATES = new Set(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'])
const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

/**
 * What the match modules print (their `print` functions in iptables' extensions/libxt_*.c). Those that a dump leaves open
 * are here too, so that what is printed behind them is not lost; none of them may print text of the rule's author, which
 * could imitate another match.
 */
export const LISTED_MATCHES: readonly Item[] = [
  {
    pattern: /^\/\* (.*?) ?\*\/(?= |$)/,
    read: ([, text = '']) => `-m comment --comment "${escapeQuotes(text)}"`,
  },
  {
    pattern: /^(tcp|udp)((?: (?:[sd]pts?:|flags:|option=)\S+)*)(?= |$)/,
    read: ([, protocol, conditions = '']) =>
      protocol === 'tcp' || protocol === 'udp' ? headerMatch(protocol, conditions) : null,
  },
  {
    pattern: /^multiport (sports|dports|ports) +(!?)(\S+)(?= |$)/,
    read: ([, kind, not, list = ''], protocol) =>
      `-m multiport ${not ? '! ' : ''}--${kind} ${portList(list, protocol)}`,
  },
  {
    pattern: /^(! )?(ctstate|state) (\S+)(?= |$)/,
    read: ([, not = '', kind, states = '']) =>
      states.split(',').every((state) => CT_STATES.has(state))
        ? `-m ${kind === 'state' ? 'state' : 'conntrack'} ${not}--${kind} ${states}`
        : null,
  },
  {
    pattern: /^(source|destination) IP range (! )?([0-9A-Fa-f.:]+-[0-9A-Fa-f.:]+)(?= |$)/,
    read: ([, side, not = '', range]) =>
      `-m iprange ${not}--${side === 'source' ? 'src' : 'dst'}-range ${range}`,
  },
  {
    pattern: /^ADDRTYPE match((?: (?:src|dst)-type !?[A-Z,]+)+)((?: limit-(?:in|out))?)(?= |$)/,
    read: ([, types = '', limit = '']) =>
      `-m addrtype${types.replace(/ (src|dst)-type (!?)/g, (_, side, not) => ` ${not ? '! ' : ''}--${side}-type `)}` +
      limit.replace(' limit-', ' --limit-iface-'),
  },
  {
    pattern: /^PKTTYPE (!?)=+ (\S+)(?= |$)/,
    read: ([, not, type = '']) => `-m pkttype ${not ? '! ' : ''}--pkt-type ${quoteWord(type)}`,
  },
  {
    pattern: /^(icmp|ipv6-icmp)(?:type (\d+)| (!?)type (\d+))(?: code (\d+))?(?= |$)/,
    read: ([, protocol, plain, not, other, code]) =>
      icmpMatch(protocol, not ?? '', `${plain ?? other}${code === undefined ? '' : `/${code}`}`),
  },
  {
    pattern: /^(icmp|ipv6-icmp) (!?)([a-z-]+)(?= |$)/,
    read: ([, kind, not, name]) => icmpMatch(kind, not ?? '', name ?? ''),
  },
  {
    pattern: /^limit: avg (\d+\/[a-z]+) burst (\d+)(?= |$)/,
    read: ([, rate, burst]) => `-m limit --limit ${rate} --limit-burst ${burst}`,
  },
  {
    pattern: /^(conn)?mark match +(!?)(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)(?= |$)/,
    read: ([, kind = '', not, mark]) => `-m ${kind}mark ${not ? '! ' : ''}--mark ${mark}`,
  },
  {
    pattern: /^MAC ?(!?) ?((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})(?= |$)/,
    read: ([, not, mac]) => `-m mac ${not ? '! ' : ''}--mac-source ${mac}`,
  },
  {
    pattern: /^length (!?)(\d+(?::\d+)?)(?= |$)/,
    read: ([, not, range]) => `-m length ${not ? '! ' : ''}--length ${range}`,
  },
  ...['ctproto', 'ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'].map(conntrack),
  ...['ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport'].map(conntrack),
  ...['ctstatus', 'ctexpire', 'ctdir'].map(conntrack),
]

function headerMatch(protocol: Protocol, conditions: string): string | null {
  const options = conditions
    .split(' ')
    .filter(Boolean)
    .map((condition) => {
      const [, kind = '', not = '', value = ''] =
        /^([sd]pt|flags|option)s?[:=](!?)(.*)$/.exec(condition) ?? []
      const bang = not ? '! ' : ''
      switch (kind) {
        case 'spt':
          return `${bang}--sport ${ports(value, protocol)}`
        case 'dpt':
          return `${bang}--dport ${ports(value, protocol)}`
        case 'flags':
          return flags(value, bang)
        default:
          return `${bang}--tcp-option ${quoteWord(value)}`
      }
    })
  return options.includes(null) ? null : [`-m ${protocol}`, ...options].join(' ')
}

/** `22`, `ssh`, `3306:5000`, `mysql:5000`: as numbers, where the table has the names. */
function ports(value: string, protocol: Protocol): string {
  const numbers = value.split(':').map((name) => portOf(name, protocol))
  return numbers.includes(null) ? quoteWord(value) : numbers.join(':')
}

function portList(list: string, protocol: Protocol | null): string {
  if (protocol === null) return quoteWord(list)
  return list
    .split(',')
    .map((part) => ports(part, protocol))
    .join(',')
}

/** `0x17/0x02` with `-n`, `FIN,SYN,RST,ACK/SYN` without. */
function flags(value: string, bang: string): string | null {
  const sets = value.split('/').map((set) => {
    const bits = /^0x[0-9A-Fa-f]{1,2}$/.test(set) ? Number(set) : null
    if (bits !== null) return TCP_FLAGS.filter((_, bit) => (bits >> bit) & 1).join(',') || 'NONE'
    return set === 'NONE' || set.split(',').every((flag) => TCP_FLAGS.includes(flag)) ? set : null
  })
  return sets.length !== 2 || sets.includes(null) ? null : `${bang}--tcp-flags ${sets.join(' ')}`
}

/** IPv4's type 255 is what `any` is kept as. */
function icmpMatch(protocol: string | undefined, not: string, type: string): string {
  const bang = not ? '! ' : ''
  if (protocol === 'ipv6-icmp') return `-m icmp6 ${bang}--icmpv6-type ${type}`
  return `-m icmp ${bang}--icmp-type ${type === '255' ? 'any' : type}`
}

function conntrack(name: string): Item {
  return {
    pattern: new RegExp(`^(! )?${name} ([0-9A-Za-z.,:/-]+)(?= |$)`),
    read: ([, not = '', value]) => `-m conntrack ${not}--${name} ${value}`,
  }
}
