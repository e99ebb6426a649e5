import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateHost, type LoadedDump, loadDumps } from '../../src/firewall/host.ts'
import type { Decision, Packet } from '../../src/firewall/model.ts'
import { parseNftJson } from '../../src/firewall/nft-json.ts'
import { RulesetSyntaxError } from '../../src/firewall/tokens.ts'

const FIXTURES = new URL('../../fixtures/rulesets/nft/', import.meta.url)

function text(name: string): string {
  return readFileSync(new URL(name, FIXTURES), 'utf8')
}

/**
 * Rules of everything.nft that leave almost any packet open: by a TCP option, by a map of addresses for DNAT, and by a set
 * that rules add to, which nft 1.0.6 does not call dynamic.
 */
const OPEN = ['netdev guard 6', 'ip nat 6', 'inet filter 33']

function everythingButOpen(): LoadedDump[] {
  const { nftables }: { nftables: { rule?: Record<string, unknown> }[] } = JSON.parse(text('everything.json'))
  const kept = nftables.filter(({ rule }) => !OPEN.includes(`${rule?.family} ${rule?.table} ${rule?.handle}`))
  return loadDumps([
    { tool: 'nft', text: JSON.stringify({ nftables: kept }) },
    { tool: 'nft-text', text: text('everything.nft') },
  ])
}

const TCP: Packet = {
  family: 4,
  protocol: 'tcp',
  source: '10.99.0.11',
  destination: '10.99.0.1',
  sourcePort: 40_000,
  destinationPort: 4567,
  ctState: 'NEW',
  inInterface: 'eth0',
  outInterface: null,
  tcpFlags: ['SYN'],
}
const UDP = { protocol: 'udp', tcpFlags: [] } as const
const ECHO = {
  protocol: 'icmp',
  sourcePort: null,
  destinationPort: null,
  tcpFlags: [],
  icmp: { type: 8, code: 0 },
} as const
const SIX = { family: 6, source: 'fd99::11', destination: 'fd99::1' } as const

type Json = Record<string, unknown>

/** An inet table with one input chain, of the rules and what else. */
function table(exprs: readonly (readonly Json[])[], more: readonly Json[] = [], base: Json = {}): string {
  const at = { family: 'inet', table: 't' }
  const chain = { ...at, name: 'c', type: 'filter', hook: 'input', prio: 0, policy: 'accept', ...base }
  return JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6', json_schema_version: 1 } },
      { table: { family: 'inet', name: 't', handle: 1 } },
      ...more.map((object) =>
        Object.fromEntries(
          Object.entries(object).map(([kind, body]) => [kind, { ...at, ...(body as Json) }]),
        ),
      ),
      { chain },
      ...exprs.map((expr, i) => ({ rule: { ...at, chain: 'c', handle: i + 2, expr } })),
    ],
  })
}

function decide(json: string, over: Partial<Packet> = {}): Decision {
  return evaluateHost(loadDumps([{ tool: 'nft', text: json }]), 'INPUT', { ...TCP, ...over })
}

const DROP: Json = { drop: null }
const match = (left: Json, right: unknown, op = '=='): Json => ({ match: { op, left, right } })
const payload = (protocol: string, field: string): Json => ({ payload: { protocol, field } })
const meta = (key: string): Json => ({ meta: { key } })
const STATE: Json = { ct: { key: 'state' } }
const FLAGS = payload('tcp', 'flags')
const SADDR = payload('ip', 'saddr')
const DPORT = payload('tcp', 'dport')

/** What one match followed by `drop` does: `drop` where it matches, `accept` where not, else `unknown`. */
function fate(
  matches: Json | readonly Json[],
  over: Partial<Packet> = {},
  more: readonly Json[] = [],
): string {
  return decide(table([[...[matches].flat(), DROP]], more), over).fate
}

describe('a comparison of nft', () => {
  const cases: [string, Json, Partial<Packet>, string][] = [
    [
      'ct state established,related: any',
      match(STATE, ['established', 'related'], 'in'),
      { ctState: 'RELATED' },
      'drop',
    ],
    ['ct state established,related: any', match(STATE, ['established', 'related'], 'in'), {}, 'accept'],
    ['ct state new', match(STATE, 'new', 'in'), {}, 'drop'],
    ['ct state != established', match(STATE, 'established', '!='), {}, 'drop'],
    ['ct state { … }: one of', match(STATE, { set: ['new', 'untracked'] }), {}, 'drop'],
    ['ct state { … }: one of', match(STATE, { set: ['new', 'untracked'] }), { ctState: 'INVALID' }, 'accept'],
    ['tcp flags syn: it is set', match(FLAGS, 'syn', 'in'), { tcpFlags: ['SYN', 'ACK'] }, 'drop'],
    ['tcp flags fin,syn: any', match(FLAGS, ['fin', 'syn'], 'in'), { tcpFlags: ['SYN'] }, 'drop'],
    ['tcp flags fin,rst: any', match(FLAGS, ['fin', 'rst'], 'in'), { tcpFlags: ['SYN'] }, 'accept'],
    ['tcp flags == syn: no other', match(FLAGS, 'syn'), { tcpFlags: ['SYN', 'ACK'] }, 'accept'],
    ['tcp flags ! syn: not set', match(FLAGS, 'syn', '!'), { tcpFlags: ['ACK'] }, 'drop'],
    [
      'syn / fin,syn,rst,ack',
      match({ '&': [FLAGS, ['fin', 'syn', 'rst', 'ack']] }, 'syn'),
      { tcpFlags: ['SYN'] },
      'drop',
    ],
    [
      'the same in the words of nft 1.1',
      match({ '&': [FLAGS, { '|': [{ '|': ['fin', 'syn'] }, 'ack'] }] }, 'syn'),
      { tcpFlags: ['SYN', 'ACK'] },
      'accept',
    ],
    ['the same in numbers', match({ '&': [FLAGS, 0x17] }, 2), { tcpFlags: ['SYN'] }, 'drop'],
    ['ip saddr', match(SADDR, '10.99.0.11'), {}, 'drop'],
    ['ip saddr: prefix', match(SADDR, { prefix: { addr: '10.99.0.0', len: 24 } }), {}, 'drop'],
    ['ip saddr: prefix', match(SADDR, { prefix: { addr: '10.99.1.0', len: 24 } }), {}, 'accept'],
    ['ip saddr: range, its end', match(SADDR, { range: ['10.99.0.1', '10.99.0.11'] }), {}, 'drop'],
    ['ip saddr: range, behind its end', match(SADDR, { range: ['10.99.0.1', '10.99.0.10'] }), {}, 'accept'],
    ['ip saddr & mask', match({ '&': [SADDR, '255.0.0.255'] }, '10.0.0.11'), {}, 'drop'],
    ['ip saddr !=', match(SADDR, '10.99.0.12', '!='), {}, 'drop'],
    ['ip saddr != in an IPv6 packet, which ends the rule', match(SADDR, '10.99.0.12', '!='), SIX, 'accept'],
    ['ip6 saddr in an IPv4 packet', match(payload('ip6', 'saddr'), 'fd99::11', '!='), {}, 'accept'],
    [
      'ip6 saddr: prefix',
      match(payload('ip6', 'saddr'), { prefix: { addr: 'fd99::', len: 64 } }),
      SIX,
      'drop',
    ],
    ['tcp dport in a datagram', match(DPORT, 4567), UDP, 'accept'],
    ['tcp dport != in a datagram, which ends the rule', match(DPORT, 22, '!='), UDP, 'accept'],
    ['th dport', match(payload('th', 'dport'), 4567), UDP, 'drop'],
    ['th dport of a ping: whatever stands there', match(payload('th', 'dport'), 1, '!='), ECHO, 'unknown'],
    ['tcp dport >', match(DPORT, 4566, '>'), {}, 'drop'],
    ['tcp dport > itself', match(DPORT, 4567, '>'), {}, 'accept'],
    ['tcp dport <=', match(DPORT, 4567, '<='), {}, 'drop'],
    ['tcp dport < 0', match(DPORT, 0, '<'), {}, 'accept'],
    ['tcp dport { ports and ranges }', match(DPORT, { set: [22, { range: [4567, 4568] }] }), {}, 'drop'],
    ['tcp dport != { … }', match(DPORT, { set: [22, { range: [4567, 4568] }] }, '!='), {}, 'accept'],
    ['tcp sport, not known', match(payload('tcp', 'sport'), 40_000), { sourcePort: null }, 'unknown'],
    ['meta l4proto', match(meta('l4proto'), { set: ['tcp', 'udp'] }), UDP, 'drop'],
    ['meta l4proto in numbers', match(meta('l4proto'), 6), {}, 'drop'],
    ['meta nfproto', match(meta('nfproto'), 'ipv6'), {}, 'accept'],
    ['meta protocol ip', match(meta('protocol'), 'ip'), {}, 'drop'],
    ['ip protocol', match(payload('ip', 'protocol'), 'tcp'), {}, 'drop'],
    ['icmp type', match(payload('icmp', 'type'), 'echo-request'), ECHO, 'drop'],
    ['icmp type of TCP', match(payload('icmp', 'type'), 'echo-reply', '!='), {}, 'accept'],
    ['iifname', match(meta('iifname'), 'eth0'), {}, 'drop'],
    ['iifname "eth*"', match(meta('iifname'), 'eth*'), {}, 'drop'],
    ['iifname "*0" has no wildcard', match(meta('iifname'), '*0'), {}, 'accept'],
    ['iif', match(meta('iif'), 'lo'), { inInterface: null }, 'accept'],
    [
      'iifname != "lo" where it is not known',
      match(meta('iifname'), 'lo', '!='),
      { inInterface: null },
      'drop',
    ],
    ['iifname where it is not known', match(meta('iifname'), 'eth0', '!='), { inInterface: null }, 'unknown'],
    ['oifname, which input has not', match(meta('oifname'), 'eth0', '!='), {}, 'drop'],
    ['fib daddr type local', match({ fib: { result: 'type', flags: 'daddr' } }, 'local'), {}, 'drop'],
    [
      'fib daddr type local, flags as a list',
      match({ fib: { result: 'type', flags: ['daddr'] } }, 'local', '!='),
      {},
      'accept',
    ],
    [
      'fib saddr . iif oif missing',
      match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false),
      {},
      'accept',
    ],
    ['meta mark', match(meta('mark'), 1), {}, 'unknown'],
    ['ct mark', match({ ct: { key: 'mark' } }, 1, '!='), {}, 'unknown'],
    ['ct state of the answers', match({ ct: { key: 'state', dir: 'reply' } }, 'new'), {}, 'unknown'],
    ['an expression of a version to come', match({ 'ip ai': {} }, 1), {}, 'unknown'],
    ['a value of a version to come', match(SADDR, { beyond: 1 }), {}, 'unknown'],
    ['an operator of a version to come', match(FLAGS, 'syn', '~'), {}, 'unknown'],
  ]
  it.each(cases)('%s', (_, matches, over, expected) => {
    expect(fate(matches, over)).toBe(expected)
  })

  it('of several fields takes an element of all of them', () => {
    const both = { concat: [SADDR, meta('l4proto'), payload('th', 'dport')] }
    const set = {
      set: [
        { concat: ['10.99.0.11', 'tcp', { range: [4567, 4568] }] },
        { concat: [{ prefix: { addr: '10.99.0.0', len: 24 } }, 'udp', 4567] },
      ],
    }
    expect(fate(match(both, set))).toBe('drop')
    expect(fate(match(both, set), { destinationPort: 4569 })).toBe('accept')
    expect(fate(match(both, set), { source: '10.99.0.12' })).toBe('accept')
    expect(fate(match(both, set), { source: '10.99.0.12', ...UDP })).toBe('drop')
    expect(fate(match(both, set, '!='), { source: '10.99.0.12' })).toBe('drop')
    expect(fate(match(both, set, '!='), SIX)).toBe('accept')
  })
})

describe('a set', () => {
  const of = (elem: unknown, more: Json = {}): Json[] => [
    { set: { name: 's', type: 'ipv4_addr', elem, ...more } },
  ]
  const inSet = match(SADDR, '@s')

  it('is read with wrapped elements, prefixes, ranges and the catch-all', () => {
    expect(
      fate(inSet, {}, of(['10.99.0.12', { elem: { val: '10.99.0.11', counter: {}, comment: '-j DROP' } }])),
    ).toBe('drop')
    expect(fate(inSet, {}, of(['10.99.0.12']))).toBe('accept')
    expect(fate(inSet, {}, of([{ elem: { val: { prefix: { addr: '10.99.0.0', len: 24 } } } }]))).toBe('drop')
    expect(fate(inSet, {}, of(['*']))).toBe('drop')
    expect(fate(inSet, {}, of([{ elem: { val: '*' } }]))).toBe('drop')
    expect(fate(inSet, {}, of(undefined))).toBe('accept')
    expect(fate(match(SADDR, '@s', '!='), {}, of(['10.99.0.12']))).toBe('drop')
  })

  it('may hold more where packets add to it, whether the flags are a list or one word', () => {
    for (const flags of [['dynamic', 'timeout'], 'dynamic']) {
      expect(fate(inSet, {}, of(['10.99.0.12'], { flags }))).toBe('unknown')
      expect(fate(inSet, {}, of(['10.99.0.11'], { flags }))).toBe('drop')
    }
    for (const flags of [['interval'], 'interval', undefined]) {
      expect(fate(inSet, {}, of(['10.99.0.12'], { flags }))).toBe('accept')
    }
  })

  it('that is not in the dump may hold anything', () => {
    expect(fate(match(SADDR, '@nowhere'))).toBe('unknown')
  })

  it('of another table is another set', () => {
    expect(fate(inSet, {}, [{ set: { name: 's', table: 'other', elem: ['10.99.0.11'] } }])).toBe('unknown')
  })

  it('that a rule adds to asks for the field', () => {
    const add = { set: { op: 'add', elem: SADDR, set: '@s' } }
    expect(fate(add)).toBe('drop')
    expect(fate(add, SIX)).toBe('accept')
    const limited = { set: { ...add.set, stmt: [{ limit: { rate: 5, per: 'second' } }] } }
    expect(fate(limited)).toBe('unknown')
  })
})

describe('a verdict map', () => {
  const vmap = (key: Json, data: unknown): Json => ({ vmap: { key, data } })
  const ports = (...pairs: [unknown, Json][]) => vmap(DPORT, { set: pairs })
  const chain: Json[] = [{ chain: { name: 'sub' } }]

  it('does what the element of the packet says, and goes on where there is none', () => {
    const one = (map: Json, over: Partial<Packet> = {}) => decide(table([[map]], chain), over).fate
    expect(one(ports([22, { accept: null }], [4567, DROP]))).toBe('drop')
    expect(one(ports([{ range: [4000, 4568] }, DROP]))).toBe('drop')
    expect(one(ports([22, DROP]))).toBe('accept')
    expect(one(ports([4567, { continue: null }]))).toBe('accept')
    expect(one(ports([4567, DROP]), UDP)).toBe('accept')
    expect(
      one(
        vmap(STATE, {
          set: [
            ['new', DROP],
            ['established', { accept: null }],
          ],
        }),
      ),
    ).toBe('drop')
    expect(
      one(
        vmap(meta('iifname'), {
          set: [
            ['lo', { accept: null }],
            ['*', DROP],
          ],
        }),
      ),
    ).toBe('drop')
    expect(one(vmap(payload('tcp', 'sport'), { set: [[1, DROP]] }), { sourcePort: null })).toBe('unknown')
  })

  it('of a name is looked up, and one that packets add to is not known', () => {
    const named = (more: Json) => [
      { map: { name: 'm', type: 'inet_service', map: 'verdict', elem: [[4567, DROP]], ...more } },
    ]
    expect(decide(table([[vmap(DPORT, '@m')]], named({}))).fate).toBe('drop')
    expect(decide(table([[vmap(DPORT, '@m')]], named({})), { destinationPort: 22 }).fate).toBe('accept')
    expect(
      decide(table([[vmap(DPORT, '@m')]], named({ flags: ['dynamic'] })), { destinationPort: 22 }).fate,
    ).toBe('unknown')
  })

  it('is not forgotten for what stands behind it', () => {
    const behind = (...more: Json[]) => decide(table([[ports([4567, DROP]), ...more]]), {}).fate
    expect(behind({ accept: null })).toBe('drop')
    expect(behind({ set: { op: 'add', elem: payload('ip6', 'saddr'), set: '@s' } }, { accept: null })).toBe(
      'drop',
    )
    expect(behind(vmap(payload('ip6', 'saddr'), { set: [] }))).toBe('drop')
  })
})

describe('a statement', () => {
  it('that may end the rule leaves it open', () => {
    const open: Json[] = [
      { limit: { rate: 5, per: 'second' } },
      { limit: { rate: 5, per: 'second', inv: true } },
      { quota: { val: 1, val_unit: 'mbytes' } },
      { 'ct count': { val: 3, inv: true } },
      { mangle: { key: meta('mark'), value: { map: { key: SADDR, data: '@m' } } } },
      { 'a statement of a version to come': {} },
      { xt: { type: 'match', name: 'string' } },
    ]
    for (const statement of open) expect([statement, fate(statement)]).toEqual([statement, 'unknown'])
  })

  it('that only counts, writes or marks does not', () => {
    const quiet: Json[] = [
      { counter: { packets: 1, bytes: 40 } },
      { counter: 'named' },
      { log: { prefix: '-j DROP"; drop' } },
      { mangle: { key: meta('mark'), value: 1 } },
      { 'ct helper': 'ftp' },
    ]
    for (const statement of quiet) expect([statement, fate(statement)]).toEqual([statement, 'drop'])
  })

  it('rejects in words of iptables', () => {
    const how = (reject: unknown) => decide(table([[{ reject }]])).rejectWith
    expect(how(null)).toBe('icmp-port-unreachable')
    const four = match({ meta: { key: 'nfproto' } }, 'ipv4')
    expect(decide(table([[four, { reject: { type: 'tcp reset' } }]])).rejectWith).toBe('tcp-reset')
    expect(how({ type: 'icmp', expr: 'host-prohibited' })).toBe('icmp-host-prohibited')
    expect(how({ type: 'icmpx', expr: 'admin-prohibited' })).toBe('icmpx-admin-prohibited')
  })

  it('leaves the family of a reset open in a table of both, for nft does not list it', () => {
    const reset = { reject: { type: 'tcp reset' } }
    expect(decide(table([[reset]]))).toMatchObject({ fate: 'unknown', doubts: [expect.any(String)] })
    expect(decide(table([[match(SADDR, '10.99.0.11'), reset]])).fate).toBe('reject')
  })

  it('rewrites for containers, and leaves open what a map says', () => {
    const nat = (dnat: Json) =>
      table([[match(DPORT, 4567), { dnat }]], [], { name: 'c', type: 'nat', hook: 'prerouting', prio: -100 })
    const host = (dnat: Json) => decide(nat(dnat)).fate
    expect(host({ family: 'ip', addr: '172.17.0.2', port: 3306 })).toBe('accept')
    expect(host({ family: 'ip', addr: { map: { key: SADDR, data: '@m' } } })).toBe('unknown')
    expect(host({ family: 'ip', addr: '172.17.0.2', port: { range: [1, 2] } })).toBe('unknown')
  })
})

describe('base chains', () => {
  const input = (name: string, prio: number): Json => ({
    chain: { name, type: 'filter', hook: 'input', prio, policy: 'drop' },
  })

  it('go by priority, and each must accept', () => {
    expect(decide(table([], [input('late', 10), input('early', -10)])).decidedBy).toMatchObject({
      chain: 'early',
    })
    expect(decide(table([[{ accept: null }]], [input('late', 10)])).decidedBy).toMatchObject({
      chain: 'late',
    })
  })

  it('of tables that are switched off see no packet, and those of bridges and of ARP may', () => {
    const of = (change: Json) => {
      const document = JSON.parse(table([[DROP]]))
      Object.assign(document.nftables[1].table, change)
      for (const each of document.nftables.slice(2)) {
        for (const body of Object.values<Json>(each)) if (change.family) body.family = change.family
      }
      return decide(JSON.stringify(document)).fate
    }
    expect(of({})).toBe('drop')
    expect(of({ flags: 'dormant' })).toBe('accept')
    expect(of({ flags: ['dormant'] })).toBe('accept')
    expect(of({ family: 'bridge' })).toBe('unknown')
    expect(of({ family: 'arp' })).toBe('unknown')
    expect(of({ family: 'constructor' })).toBe('accept')
    expect(of({ family: 'ip' })).toBe('drop')
    expect(of({ family: 'ip6' })).toBe('accept')
  })

  it('of devices see what comes through these', () => {
    const text = (device: string) =>
      `table inet t { # handle 1\n\tchain c { # handle 2\n\t\ttype filter hook ingress ${device} priority filter; policy accept;\n\t}\n}\n`
    const decideIn = (base: Json, words: string | null, over: Partial<Packet> = {}) => {
      const nft = { tool: 'nft', text: table([[DROP]], [], { hook: 'ingress', ...base }) } as const
      const dumps = words === null ? [nft] : [nft, { tool: 'nft-text', text: words } as const]
      return evaluateHost(loadDumps(dumps), 'INPUT', { ...TCP, ...over }).fate
    }
    expect(decideIn({ dev: 'eth0' }, null)).toBe('drop')
    expect(decideIn({ dev: 'eth1' }, null)).toBe('accept')
    expect(decideIn({ dev: ['eth1', 'eth0'] }, null)).toBe('drop')
    expect(decideIn({ dev: 'eth0' }, null, { inInterface: null })).toBe('unknown')
    // nft 1.0.6 leaves them out of its JSON.
    expect(decideIn({}, null)).toBe('unknown')
    expect(decideIn({}, text('device "eth0"'))).toBe('drop')
    expect(decideIn({}, text('devices = { eth1, eth2 }'))).toBe('accept')
  })
})

describe('the words of nft', () => {
  const json = table([[match(DPORT, 4567), DROP]])
  const words = (...lines: string[]) =>
    ['table inet t { # handle 1', '\tchain c { # handle 1', ...lines, '\t}', '}', ''].join('\n')
  const told = (listing: string) => {
    const [rule] = parseNftJson(json, listing).ruleset.tables.get('inet t')?.chains.get('c')?.rules ?? []
    return rule && (rule.paraphrased ? ['paraphrased', rule.text] : rule.text)
  }

  it('are those of the handle, without it', () => {
    expect(told(words('\t\ttcp dport 4567 drop # handle 2'))).toBe('tcp dport 4567 drop')
    expect(told(words('\t\ttcp dport 4567 drop comment "# handle 9" # handle 2'))).toBe(
      'tcp dport 4567 drop comment "# handle 9"',
    )
  })

  it('are made from the JSON where there are none, or where a comment with line breaks says them too', () => {
    const fallback = ['paraphrased', 'tcp dport 4567 drop']
    expect(told('')).toEqual(fallback)
    const spoof = words(
      '\t\ttcp dport 4567 drop # handle 2',
      '\t\tdrop comment "a',
      '\t\taccept # handle 2',
      '" # handle 3',
    )
    expect(told(spoof)).toEqual(fallback)
  })
})

describe('whole rulesets of nft', () => {
  const names = readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))

  it.each(names)('have each rule in its own words: %s', (name) => {
    const { ruleset } = parseNftJson(text(`${name}.json`), text(`${name}.nft`))
    const rules = [...ruleset.tables.values()].flatMap(({ chains }) =>
      [...chains.values()].flatMap((chain) => chain.rules),
    )
    expect(rules.length).toBeGreaterThan(5)
    for (const { text, handle, paraphrased } of rules) {
      expect(paraphrased).toBeUndefined()
      expect(text).not.toMatch(/# handle/)
      expect(handle).toBeGreaterThan(0)
    }
  })

  const everything: [string, Partial<Packet>, string, number | null][] = [
    ['a member to Galera, by a concatenation', {}, 'accept', 44],
    ['a member over UDP, by its network', { ...UDP, source: '10.99.0.12' }, 'accept', 44],
    ['a stranger to Galera', { source: '10.98.0.1' }, 'unknown', null],
    ['ports that are rejected by a goto', { destinationPort: 873, source: '10.98.0.1' }, 'reject', 86],
    ['what a map drops', { destinationPort: 4444, source: '10.98.0.1' }, 'drop', 51],
    ['a pair of the set made from a rule', { destinationPort: 4444 }, 'accept', 45],
    ['a network of the set at ingress', { source: '192.0.2.9' }, 'drop', 3],
    ['flags at ingress', { tcpFlags: ['SYN', 'FIN'] as never }, 'drop', 4],
    ['an invalid packet', { ctState: 'INVALID' }, 'drop', 36],
    [
      'an established connection',
      { ctState: 'ESTABLISHED', tcpFlags: ['ACK'], destinationPort: 9 },
      'accept',
      36,
    ],
    ['another interface', { inInterface: 'ppp0' }, 'drop', 38],
    ['a member over IPv6', { ...SIX, source: 'fd00:99::5' }, 'accept', 49],
  ]
  it.each(everything)('judge %s', (_, over, expected, handle) => {
    const dumps = everythingButOpen()
    const decision = evaluateHost(dumps, 'INPUT', { ...TCP, ...over })
    expect(decision.fate).toBe(expected)
    if (handle === null) return
    const all = dumps.flatMap(({ ruleset }) => [...ruleset.tables.values()])
    const rules = all.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules))
    const found = rules.filter(({ text }) => text === decision.decidedBy?.rule).map((rule) => rule.handle)
    expect(found).toContain(handle)
  })
})

describe('what is no ruleset', () => {
  it('is refused, and nothing else is thrown', () => {
    for (const text of ['', '{', 'null', '[]', '{"nftables":{}}', '{"nftables":null}']) {
      expect(() => parseNftJson(text, null)).toThrow(RulesetSyntaxError)
    }
    const json = fc.jsonValue({ maxDepth: 6 })
    const keys = fc.constantFrom(
      'table',
      'chain',
      'rule',
      'set',
      'map',
      'expr',
      'match',
      'left',
      'right',
      'op',
      'elem',
      'vmap',
      'family',
    )
    const hostile = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        json,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(keys, tie('node'), { maxKeys: 4 }),
      ),
    })).node
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 6 }), fc.string(), (nftables, text) => {
        const { ruleset } = parseNftJson(JSON.stringify({ nftables }), text)
        expect(ruleset.tables).toBeInstanceOf(Map)
      }),
      { numRuns: 500 },
    )
  })

  it('changed anywhere is read or refused', () => {
    const whole: unknown = JSON.parse(text('everything.json'))
    const mutate = (value: unknown, random: () => number): unknown => {
      if (random() < 0.01)
        return [null, -1, 2 ** 60, '', '@', {}, [], true, { set: 3 }, 'é'][Math.floor(random() * 10)]
      if (Array.isArray(value)) return value.map((each) => mutate(each, random))
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mutate(each, random)]))
    }
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (stream) => {
        const random = () => stream.next().value ?? 0
        const text = JSON.stringify(mutate(whole, random))
        try {
          for (const over of [{}, UDP, SIX, ECHO]) decide(text, over)
        } catch (error) {
          expect(error).toBeInstanceOf(RulesetSyntaxError)
        }
      }),
      { numRuns: 60 },
    )
  })
})
