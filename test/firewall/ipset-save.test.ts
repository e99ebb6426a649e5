import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateHost, loadDumps } from '../../src/firewall/host.ts'
import { parseIpsetSave } from '../../src/firewall/ipset-save.ts'
import type { Packet } from '../../src/firewall/model.ts'
import { RulesetSyntaxError } from '../../src/firewall/tokens.ts'
import { SYN as TCP } from './packets.ts'

const UDP = { protocol: 'udp', tcpFlags: [] } as const

/** What `-m set MATCH` followed by DROP does, where `ipset save` says this. */
function fate(sets: readonly string[] | null, match: string, over: Partial<Packet> = {}): string {
  const packet = { ...TCP, ...over }
  const tool = packet.family === 4 ? 'iptables' : 'ip6tables'
  const text = `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set ${match} -j DROP\nCOMMIT\n`
  const ipset = sets ? [{ tool: 'ipset', text: `${sets.join('\n')}\n` } as const] : []
  return evaluateHost(loadDumps([{ tool, text }, ...ipset]), 'INPUT', packet).fate
}

const IP = 'create s hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xc9182537'
const NET = IP.replace(':ip', ':net')
const IN = '--match-set s src'

describe('a set of addresses', () => {
  // As ipset 7.17 prints them.
  const cases: [string, string[], string, Partial<Packet>, string][] = [
    ['holds an address', [IP, 'add s 10.99.0.11'], IN, {}, 'drop'],
    ['holds no other', [IP, 'add s 10.99.0.12'], IN, {}, 'accept'],
    ['negated', [IP, 'add s 10.99.0.12'], '! --match-set s src', {}, 'drop'],
    ['empty', [IP], IN, {}, 'accept'],
    ['of the other side', [IP, 'add s 10.99.0.1'], '--match-set s dst', {}, 'drop'],
    ['of another name', [IP, 'add s 10.99.0.11'], '--match-set t src', {}, 'unknown'],
    [
      'with timeout, counters and comment',
      [IP, 'add s 10.99.0.11 timeout 0 packets 0 bytes 0 comment "a timeout 5"'],
      IN,
      {},
      'drop',
    ],
    ['of networks', [NET, 'add s 10.99.0.0/24'], IN, {}, 'drop'],
    ['of networks in one another', [NET, 'add s 0.0.0.0/1', 'add s 10.98.0.0/24'], IN, {}, 'drop'],
    ['with an exception', [NET, 'add s 10.99.0.0/24', 'add s 10.99.0.11 nomatch'], IN, {}, 'unknown'],
    ['whose elements stand for networks', [`${IP} netmask 24`, 'add s 10.99.0.0'], IN, {}, 'unknown'],
    ['as a bitmap', ['create s bitmap:ip range 10.99.0.0-10.99.255.255', 'add s 10.99.0.11'], IN, {}, 'drop'],
    [
      'of IPv6',
      ['create s hash:net family inet6 hashsize 1024', 'add s fd99::/64'],
      IN,
      { family: 6, source: 'fd99::11', destination: 'fd99::1' },
      'drop',
    ],
    ['of sets', ['create s list:set size 8', 'add s t'], IN, {}, 'unknown'],
    [
      'with interfaces',
      ['create s hash:net,iface family inet', 'add s 10.0.0.0/8,eth0'],
      '--match-set s src,src',
      {},
      'unknown',
    ],
    [
      'with marks',
      ['create s hash:ip,mark family inet', 'add s 10.99.0.11,0x00000005'],
      '--match-set s src,src',
      {},
      'unknown',
    ],
    ['of a type to come', ['create s hash:moon family inet', 'add s full'], IN, {}, 'unknown'],
    ['with a condition on its counters', [IP, 'add s 10.99.0.11'], `${IN} --packets-gt 5`, {}, 'unknown'],
    [
      'asked for too little',
      ['create s hash:ip,port family inet', 'add s 10.99.0.11,tcp:4567'],
      IN,
      {},
      'unknown',
    ],
  ]
  it.each(cases)('%s', (_, sets, match, over, expected) => {
    expect(fate(sets, match, over)).toBe(expected)
  })

  it('that was not read may hold anything', () => {
    expect(fate(null, IN)).toBe('unknown')
  })
})

describe('a set with ports', () => {
  const PAIRS = [
    'create s hash:ip,port family inet',
    'add s 10.99.0.11,tcp:4567',
    'add s 10.99.0.11,udp:4568',
  ]

  it('holds each port of its own protocol', () => {
    const by = '--match-set s src,dst'
    expect(fate(PAIRS, by)).toBe('drop')
    expect(fate(PAIRS, by, { destinationPort: 4568 })).toBe('accept')
    expect(fate(PAIRS, by, { ...UDP, destinationPort: 4568 })).toBe('drop')
    expect(fate(PAIRS, by, UDP)).toBe('accept')
    expect(fate(PAIRS, '--match-set s src,src', { sourcePort: 4567 })).toBe('drop')
    expect(fate(PAIRS, '--match-set s src,src')).toBe('unknown')
  })

  it('as a bitmap holds them of both', () => {
    const ports = ['create s bitmap:port range 0-65535', 'add s 4567', 'add s 4570-4580']
    expect(fate(ports, '--match-set s dst')).toBe('drop')
    expect(fate(ports, '--match-set s dst', { ...UDP, destinationPort: 4575 })).toBe('drop')
    expect(fate(ports, '--match-set s dst', { destinationPort: 22 })).toBe('accept')
  })

  it('with ranges holds them', () => {
    const ranges = ['create s hash:net,port family inet', 'add s 10.99.0.0/24,tcp:4567-4568']
    expect(fate(ranges, '--match-set s src,dst', { destinationPort: 4568 })).toBe('drop')
  })
})

describe('the text of ipset save', () => {
  it('is not confused by a comment, whatever is in it', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        'a\nadd s 10.99.0.11',
        'x\ncreate s hash:net',
        ' nomatch ',
        '\\',
        '$(id)',
        '\u001b[2J',
        'a\n\nflush',
      ),
    )
    fc.assert(
      fc.property(hostile, hostile, (first, second) => {
        const quoted = [first, second].map((text) => `comment "${text.replaceAll('"', '')}"`)
        const sets = [IP, `add s 10.99.0.12 ${quoted[0]}`, `add s 10.99.0.13 ${quoted[1]}`]
        expect(fate(sets, IN)).toBe('accept')
        expect(fate(sets, IN, { source: '10.99.0.13' })).toBe('drop')
      }),
      { numRuns: 300 },
    )
  })

  it('is read or refused by line', () => {
    expect(() => parseIpsetSave(`${IP}\nipset v7.17: Kernel error received\n`)).toThrow('line 2: ')
    expect(() => parseIpsetSave('create a\nadd s 10.99.0.11 hash:ip family inet')).toThrow(RulesetSyntaxError)
    const words = fc.constantFrom(
      'create',
      'add',
      's',
      't',
      'hash:ip',
      'hash:ip,port',
      'list:set',
      '10.99.0.11',
      '1,tcp:x',
      'family',
      'inet6',
      '\n',
      '"',
      'comment',
      'nomatch',
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (each) => {
        try {
          parseIpsetSave(each.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(RulesetSyntaxError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('of firewalld decides over its zones', () => {
    const text = (name: string) =>
      readFileSync(new URL(`../../fixtures/rulesets/${name}`, import.meta.url), 'utf8')
    const rules = { tool: 'iptables', text: text('firewalld-iptables.rules') } as const
    const sets = { tool: 'ipset', text: text('firewalld-iptables.ipset') } as const
    const of = (source: string) =>
      evaluateHost(loadDumps([rules, sets]), 'INPUT', { ...TCP, source, inInterface: 'eth0' })
    expect(of('10.99.0.13')).toMatchObject({ fate: 'accept', decidedBy: { chain: 'IN_public_allow' } })
    expect(of('10.99.0.12').fate).toBe('reject')
    expect(of('10.98.0.5').path.map(({ chain }) => chain)).toContain('IN_internal')
    expect(evaluateHost(loadDumps([rules]), 'INPUT', { ...TCP, source: '10.99.0.13' }).fate).toBe('unknown')
  })
})
