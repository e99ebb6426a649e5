import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hook } from '../../src/firewall/evaluate.ts'
import { evaluateHost, loadDumps } from '../../src/firewall/host.ts'
import { parseIptablesSave } from '../../src/firewall/iptables-save.ts'
import type { Decision, Packet, Ruleset } from '../../src/firewall/model.ts'
import { randomRuleset } from './lab/generate.ts'
import { Random } from './lab/random.ts'
import { SYN } from './packets.ts'

function evaluate(ruleset: Ruleset, hook: Hook, packet: Packet): Decision {
  return evaluateHost([{ tool: packet.family === 4 ? 'iptables' : 'ip6tables', ruleset }], hook, packet)
}

function rules(lines: readonly string[], policy = 'ACCEPT'): string {
  const users = [...new Set(lines.map((line) => line.split(' ')[1] ?? ''))].filter(
    (name) => !/PUT$/.test(name),
  )
  const chains = users.map((name) => `:${name} - [0:0]\n`).join('')
  return `*filter\n:INPUT ${policy} [0:0]\n:OUTPUT ${policy} [0:0]\n${chains}${lines.join('\n')}\nCOMMIT\n`
}

function decide(lines: readonly string[], over: Partial<Packet> = {}, policy?: string): Decision {
  return evaluate(parseIptablesSave(rules(lines, policy)), 'INPUT', { ...SYN, ...over })
}

function fate(lines: readonly string[], over: Partial<Packet> = {}): string {
  return decide(lines, over).fate
}

describe('a rule that is not understood', () => {
  const limit = '-m limit --limit 5/min'
  const table: [string, string[], string][] = [
    ['may drop', [`-A INPUT ${limit} -j DROP`], 'unknown'],
    ['may accept before a drop', [`-A INPUT ${limit} -j ACCEPT`, '-A INPUT -j DROP'], 'unknown'],
    ['makes no difference before its like', [`-A INPUT ${limit} -j DROP`, '-A INPUT -j DROP'], 'drop'],
    ['makes no difference when it logs', [`-A INPUT ${limit} -j LOG`], 'accept'],
    ['makes no difference when another match fails', [`-A INPUT -p udp ${limit} -j DROP`], 'accept'],
    [
      'makes no difference behind the decision',
      ['-A INPUT -p tcp -j ACCEPT', `-A INPUT ${limit} -j DROP`],
      'accept',
    ],
    ['does when its jump leads to a drop', [`-A INPUT ${limit} -j A`, '-A A -j DROP'], 'unknown'],
    [
      'does not when its jump only returns',
      [`-A INPUT ${limit} -j A`, '-A A -p udp -j DROP', '-A A -j RETURN'],
      'accept',
    ],
    [
      'does when it may return from a chain that drops',
      ['-A INPUT -j A', `-A A ${limit} -j RETURN`, '-A A -j DROP'],
      'unknown',
    ],
    [
      'does when it may go to a chain',
      [`-A INPUT ${limit} -g A`, '-A INPUT -j DROP', '-A A -j ACCEPT'],
      'unknown',
    ],
    ['is unknown negated too', ['-A INPUT -m mark ! --mark 0x1 -j DROP'], 'unknown'],
    ['may hand the packet to a program', ['-A INPUT -j NFQUEUE --queue-num 0'], 'unknown'],
    [
      'two that together cover all are still not guessed',
      ['-A INPUT -m mark --mark 1 -j DROP', '-A INPUT -m mark ! --mark 1 -j DROP'],
      'unknown',
    ],
  ]
  it.each(table)('%s', (_, lines, expected) => {
    const decision = decide(lines)
    expect(decision.fate).toBe(expected)
    if (expected === 'unknown') expect(decision.doubts[0]).toMatch(/^-A /)
  })

  it('leaves the reject type open when the readings differ in it', () => {
    const decision = decide([`-A INPUT ${limit} -j REJECT --reject-with tcp-reset`, '-A INPUT -j REJECT'])
    expect(decision).toMatchObject({ fate: 'reject', decidedBy: { position: 1 } })
    expect(decision).not.toHaveProperty('rejectWith')
  })

  it('is named, as the first that may block', () => {
    const decision = decide([
      '-A INPUT -p udp -j DROP',
      `-A INPUT -s 10.99.0.0/24 ${limit} -j ACCEPT`,
      '-A INPUT -j A',
      '-A A -j DROP',
    ])
    expect(decision).toMatchObject({
      fate: 'unknown',
      decidedBy: { table: 'filter', chain: 'A', position: 1, rule: '-A A -j DROP' },
      path: [
        { chain: 'INPUT', position: 3 },
        { chain: 'A', position: 1 },
      ],
      doubts: [`-A INPUT -s 10.99.0.0/24 ${limit} -j ACCEPT`],
    })
  })
})

describe('what is not known of the packet', () => {
  const table: [string, string, Partial<Packet>, string][] = [
    ['its interface', '-i eth0', {}, 'unknown'],
    ['its interface, but it is not lo', '-i lo', {}, 'accept'],
    ['its interface, which is not lo', '! -i lo', {}, 'drop'],
    ['its interface, any will do', '-i +', {}, 'drop'],
    ['an interface out, which INPUT has not', '-o eth0', {}, 'accept'],
    ['an interface out, which INPUT has not', '! -o eth0', {}, 'drop'],
    ['its source port', '-p tcp --sport 1024:65535', {}, 'unknown'],
    ['its source port, any will do', '-p tcp --sport 0:65535', {}, 'drop'],
    ['its source port, but its destination', '-p tcp -m multiport --ports 4567', {}, 'drop'],
    ['its destination', '-d 10.99.0.1/32', { destination: null }, 'unknown'],
    ['its destination, any will do', '-d 0.0.0.0/0', { destination: null }, 'drop'],
    ['its destination, which is local', '-m addrtype --dst-type LOCAL', { destination: null }, 'drop'],
    ['its icmp type', '-p icmp --icmp-type 8', { protocol: 'icmp', destinationPort: null }, 'unknown'],
  ]
  it.each(table)('%s: %s', (_, match, over, expected) => {
    expect(fate([`-A INPUT ${match} -j DROP`], over)).toBe(expected)
  })
})

describe('the way through chains and tables', () => {
  it('ends at the policy, which is named', () => {
    expect(decide([], {}, 'DROP')).toEqual({
      tool: 'iptables',
      fate: 'drop',
      decidedBy: { table: 'filter', chain: 'INPUT', position: null, rule: ':INPUT DROP' },
      path: [{ chain: 'INPUT', position: null }],
      doubts: [],
    })
  })

  it('comes back from a goto to the caller of the chain that has it', () => {
    const lines = ['-A INPUT -j A', '-A INPUT -j REJECT', '-A A -g B', '-A A -j DROP', '-A B -p udp -j DROP']
    expect(decide(lines)).toMatchObject({
      fate: 'reject',
      rejectWith: 'icmp-port-unreachable',
      decidedBy: { position: 2 },
    })
  })

  it('is blocked by raw, mangle and security too, in that order', () => {
    const of = (table: string, chain: string) => `*${table}\n:${chain} DROP [0:0]\nCOMMIT\n`
    const order: [string, string][] = [
      ['security', 'INPUT'],
      ['mangle', 'INPUT'],
      ['mangle', 'PREROUTING'],
      ['raw', 'PREROUTING'],
    ]
    for (const [table, chain] of order) {
      expect(evaluate(parseIptablesSave(of(table, chain) + rules([])), 'INPUT', SYN).decidedBy).toMatchObject(
        { table, chain },
      )
    }
    const output: [string, string][] = [
      ['mangle', 'POSTROUTING'],
      ['security', 'OUTPUT'],
      ['mangle', 'OUTPUT'],
      ['raw', 'OUTPUT'],
    ]
    for (const [table, chain] of output) {
      expect(evaluate(parseIptablesSave(of(table, chain)), 'OUTPUT', SYN).decidedBy).toMatchObject({
        table,
        chain,
      })
      expect(evaluate(parseIptablesSave(of(table, chain)), 'INPUT', SYN).fate).toBe('accept')
    }
  })

  it('is untracked after NOTRACK, and maybe so after a NOTRACK that may match', () => {
    const raw = (match: string) =>
      `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${match} -j NOTRACK\nCOMMIT\n`
    const filter = rules(['-A INPUT -m conntrack --ctstate NEW -j ACCEPT'], 'DROP')
    expect(evaluate(parseIptablesSave(raw('-p tcp') + filter), 'INPUT', SYN).fate).toBe('drop')
    expect(evaluate(parseIptablesSave(raw('-p udp') + filter), 'INPUT', SYN).fate).toBe('accept')
    expect(evaluate(parseIptablesSave(raw('-i eth0') + filter), 'INPUT', SYN).fate).toBe('unknown')
  })

  it('is judged as what REDIRECT makes of it', () => {
    const nat =
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 4567 -j REDIRECT --to-ports 1\nCOMMIT\n'
    const fate = (packet: Packet, line: string) =>
      evaluate(parseIptablesSave(nat + rules([line])), 'INPUT', packet).fate
    expect(fate(SYN, '-A INPUT -p tcp --dport 4567 -j DROP')).toBe('accept')
    expect(fate(SYN, '-A INPUT -p tcp --dport 1 -j DROP')).toBe('drop')
    expect(fate({ ...SYN, ctState: 'ESTABLISHED' }, '-A INPUT -p tcp --dport 1 -j DROP')).toBe('drop')
    expect(fate({ ...SYN, destinationPort: 4568 }, '-A INPUT -p tcp --dport 1 -j DROP')).toBe('accept')
  })

  it('is not judged where nat may or may not rewrite it, or spreads it over several hosts', () => {
    const nat = (rule: string) => `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${rule}\nCOMMIT\n`
    const fate = (rule: string) => evaluate(parseIptablesSave(nat(rule) + rules([])), 'INPUT', SYN).fate
    expect(fate('-m limit --limit 1/s -j REDIRECT --to-ports 1')).toBe('unknown')
    expect(fate('-j DNAT --to-destination 10.1.0.1-10.1.0.9')).toBe('unknown')
  })

  it('to a port that is published from a container is forwarded, and so are the answers', () => {
    const dump = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 4567 -j DNAT --to-destination 172.17.0.2:14567
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 14567 -j ACCEPT
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A DOCKER-USER -s 10.99.0.12/32 -j DROP
COMMIT
`
    const set = parseIptablesSave(dump)
    const packet = { ...SYN, inInterface: 'eth0' }
    expect(evaluate(set, 'INPUT', packet)).toMatchObject({
      fate: 'accept',
      decidedBy: { chain: 'FORWARD', position: 3 },
    })
    expect(evaluate(set, 'INPUT', { ...packet, ctState: 'ESTABLISHED', tcpFlags: ['ACK'] }).fate).toBe(
      'accept',
    )
    expect(evaluate(set, 'INPUT', { ...packet, source: '10.99.0.12' })).toMatchObject({
      fate: 'drop',
      decidedBy: { chain: 'DOCKER-USER', position: 1 },
    })
    const answer: Packet = {
      ...SYN,
      source: '10.99.0.1',
      destination: '10.99.0.11',
      sourcePort: 4567,
      destinationPort: null,
      ctState: 'ESTABLISHED',
      tcpFlags: ['SYN', 'ACK'],
      outInterface: 'eth0',
    }
    expect(evaluate(set, 'OUTPUT', answer)).toMatchObject({
      fate: 'accept',
      decidedBy: { chain: 'FORWARD', position: 4 },
    })
    expect(evaluate(set, 'OUTPUT', { ...answer, sourcePort: 4568 })).toMatchObject({
      fate: 'drop',
      decidedBy: { chain: 'OUTPUT' },
    })
  })

  it('is accepted by no dump that says that it does not show all', () => {
    const dump = "# Table `filter' is incompatible, use 'nft' tool.\n"
    expect(evaluate(parseIptablesSave(dump), 'INPUT', SYN)).toMatchObject({
      fate: 'unknown',
      decidedBy: null,
    })
    expect(evaluate(parseIptablesSave(dump + rules(['-A INPUT -j DROP'])), 'INPUT', SYN).fate).toBe('drop')
  })

  it('ends in chains that call one another in circles, or without end', () => {
    expect(fate(['-A INPUT -j A', '-A A -j B', '-A B -j A'])).toBe('unknown')
    const deep = Array.from({ length: 20_000 }, (_, i) => `-A C${i} -j C${i + 1}`)
    expect(fate(['-A INPUT -j C0', ...deep, '-A C20000 -j DROP'])).toBe('unknown')
    const doubling = Array.from({ length: 60 }, (_, i) => [
      `-A D${i} -j D${i + 1}`,
      `-A D${i} -j D${i + 1}`,
    ]).flat()
    expect(fate(['-A INPUT -j D0', ...doubling, '-A D60 -p udp -j DROP'])).toBe('accept')
  })
})

describe('a host with several dumps', () => {
  const drop = rules(['-A INPUT -j DROP'])
  const open = rules(['-A INPUT -j ACCEPT'])
  const maybe = rules(['-A INPUT -m limit -j DROP'])
  const decideHost = (iptables: string, legacy: string) =>
    evaluateHost(
      loadDumps([
        { tool: 'iptables', text: iptables },
        { tool: 'iptables-legacy', text: legacy },
        { tool: 'ip6tables', text: drop },
      ]),
      'INPUT',
      SYN,
    )

  it('accepts what each of the family accepts, and names the one that blocks', () => {
    expect(decideHost(open, open)).toMatchObject({ fate: 'accept', tool: 'iptables' })
    expect(decideHost(open, drop)).toMatchObject({ fate: 'drop', tool: 'iptables-legacy' })
    expect(decideHost(maybe, drop)).toMatchObject({ fate: 'drop', tool: 'iptables-legacy' })
    expect(decideHost(open, maybe)).toMatchObject({ fate: 'unknown', tool: 'iptables-legacy' })
  })

  it('does not know what happens to a family that it has no dump of', () => {
    const dumps = loadDumps([{ tool: 'iptables', text: open }])
    expect(evaluateHost(dumps, 'INPUT', { ...SYN, family: 6 })).toMatchObject({ fate: 'unknown', tool: null })
  })
})

describe('for any ruleset', () => {
  const seed = fc.integer({ min: 0, max: 2 ** 31 })
  const packet = fc.record({
    source: fc.constantFrom('10.99.0.11', '10.99.0.12', '10.99.0.14', '198.51.100.77'),
    destinationPort: fc.constantFrom(22, 3306, 4444, 4567, 4568),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    ctState: fc.constantFrom('NEW' as const, 'ESTABLISHED' as const, 'INVALID' as const),
  })

  function withRuleAt(text: string, at: number): Ruleset {
    const lines = text.split('\n')
    const first = lines.indexOf('*filter') + 4
    const count = lines.filter((line) => line.startsWith('-A INPUT') && lines.indexOf(line) > first).length
    const rule = `-I INPUT ${1 + (at % (count + 1))} -s 10.99.0.11/32 -p tcp -m tcp --dport 4567 -j ACCEPT`
    lines.splice(lines.lastIndexOf('COMMIT'), 0, rule)
    return parseIptablesSave(lines.join('\n'))
  }

  it('our rule changes nothing for a packet that it does not match', () => {
    fc.assert(
      fc.property(seed, fc.nat(20), packet, (n, at, over) => {
        fc.pre(over.source !== '10.99.0.11' || over.destinationPort !== 4567 || over.protocol !== 'tcp')
        const text = randomRuleset(new Random(n), 4, 'INPUT')
        const each: Packet = { ...SYN, ...over, tcpFlags: over.protocol === 'tcp' ? ['SYN'] : [] }
        const [old, now] = [parseIptablesSave(text), withRuleAt(text, at)].map((set) =>
          evaluate(set, 'INPUT', each),
        )
        expect([now?.fate, now?.rejectWith, now?.decidedBy?.rule]).toEqual([
          old?.fate,
          old?.rejectWith,
          old?.decidedBy?.rule,
        ])
      }),
      { numRuns: 300 },
    )
  })

  it('to know less of a packet gives the same answer or none', () => {
    fc.assert(
      fc.property(seed, packet, fc.constantFrom('vb', 'eth0'), (n, over, inInterface) => {
        const ruleset = parseIptablesSave(randomRuleset(new Random(n), 4, 'INPUT'))
        const full: Packet = { ...SYN, ...over, sourcePort: 40000, inInterface }
        const known = evaluate(ruleset, 'INPUT', full).fate
        expect([known, 'unknown']).toContain(
          evaluate(ruleset, 'INPUT', { ...full, sourcePort: null, inInterface: null }).fate,
        )
      }),
      { numRuns: 300 },
    )
  })
})
