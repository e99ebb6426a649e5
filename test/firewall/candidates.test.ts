import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { candidates, inheritIndex } from '../../src/firewall/candidates.ts'
import { near } from '../../src/firewall/element-index.ts'
import { matchElement } from '../../src/firewall/elements.ts'
import { type LoadedDump, loadDumps } from '../../src/firewall/host.ts'
import { matchRule, type Subject, subjectOf } from '../../src/firewall/match.ts'
import type { Chain, Component, Element, Field, Packet, Rule } from '../../src/firewall/model.ts'

const addresses4 = ['10.99.0.11', '10.99.0.12', '10.99.1.11', '198.51.100.77']
const addresses6 = ['fd99::11', 'fd99::12', 'fd99:1::11']
const ports = [22, 3306, 4567, 4568]

const words = fc.record({
  source: fc.constantFrom(
    '',
    ...addresses4,
    '10.99.0.0/24',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '10.0.0.11/255.0.0.255',
  ),
  destination: fc.constantFrom('', '', '10.99.0.1', '10.99.0.0/24'),
  port: fc.constantFrom(
    '',
    '--dport 4567',
    '--dport 4568',
    '--sport 22',
    '--dport 4567:4568',
    '! --dport 22',
    '-m multiport --dports 22,4567',
  ),
  not: fc.boolean(),
  protocol: fc.constantFrom('tcp', 'udp'),
})

const iptablesRule = words.map(({ source, destination, port, not, protocol }) =>
  [
    '-A INPUT',
    source && `${not ? '! ' : ''}-s ${source}`,
    destination && `-d ${destination}`,
    `-p ${protocol} -m ${protocol} ${port} -j ACCEPT`,
  ]
    .filter(Boolean)
    .join(' '),
)

const payload = (protocol: string, field: string) => ({ payload: { protocol, field } })
const saddr4 = fc.record({
  left: fc.constant(payload('ip', 'saddr')),
  right: fc.constantFrom<unknown>(
    ...addresses4,
    { prefix: { addr: '10.99.0.0', len: 24 } },
    { range: ['10.99.0.4', '10.99.0.11'] },
    { set: ['10.99.0.11', '10.99.0.12'] },
  ),
})
const saddr6 = fc.record({
  left: fc.constant(payload('ip6', 'saddr')),
  right: fc.constantFrom<unknown>(...addresses6, { prefix: { addr: 'fd99::', len: 64 } }),
})
const port = fc.record({
  left: fc.constantFrom(payload('tcp', 'dport'), payload('tcp', 'sport'), payload('th', 'dport')),
  right: fc.constantFrom<unknown>(...ports, { range: [4567, 4568] }, { set: [22, 4567] }),
})
const op = fc.constantFrom('==', '==', '==', '!=')
const nftMatch = fc
  .tuple(op, fc.oneof(saddr4, saddr6, port))
  .map(([each, sides]) => ({ match: { op: each, ...sides } }))
const nftRule = fc.array(nftMatch, { maxLength: 3 }).map((matches) => [...matches, { accept: null }])

function iptablesChain(lines: readonly string[]): Chain {
  const text = ['*filter', ':INPUT DROP [0:0]', ...lines, 'COMMIT', ''].join('\n')
  return chainOf(loadDumps([{ tool: 'iptables', text }]))
}

function nftChain(exprs: readonly unknown[]): Chain {
  const at = { family: 'inet', table: 't' }
  const nftables = [
    { table: { family: 'inet', name: 't' } },
    { chain: { ...at, name: 'c', type: 'filter', hook: 'input', prio: 0, policy: 'drop' } },
    ...exprs.map((expr, i) => ({ rule: { ...at, chain: 'c', handle: i + 1, expr } })),
  ]
  return chainOf(loadDumps([{ tool: 'nft', text: JSON.stringify({ nftables }) }]))
}

function chainOf([dump]: readonly LoadedDump[]): Chain {
  const [table] = dump?.ruleset.tables.values() ?? []
  const [chain] = table?.chains.values() ?? []
  if (!chain) throw new Error('no chain')
  return chain
}

const subject: fc.Arbitrary<Subject> = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    source: fc.nat(3),
    knowsSource: fc.boolean(),
    destination: fc.constantFrom('10.99.0.1', null),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const),
    sourcePort: fc.constantFrom(null, ...ports),
    destinationPort: fc.constantFrom(null, ...ports),
  })
  .map(({ family, source, knowsSource, destination, protocol, ...numbers }) => {
    const all = family === 4 ? addresses4 : addresses6
    const packet: Packet = {
      family,
      protocol,
      source: knowsSource ? (all[source % all.length] ?? null) : null,
      destination: family === 4 ? destination : null,
      ...(protocol === 'icmp' ? { sourcePort: null, destinationPort: null } : numbers),
      ctState: 'NEW',
      inInterface: null,
      outInterface: null,
      tcpFlags: [],
    }
    return subjectOf(packet, 'in', 'NEW')
  })

/** Longer than what is just scanned. */
const LONG = { minLength: 30, maxLength: 80 }

const chain = fc.oneof(fc.array(iptablesRule, LONG).map(iptablesChain), fc.array(nftRule, LONG).map(nftChain))

function expectAllMatches(each: Chain, packet: Subject): void {
  const looked = candidates(each, packet)
  const matching = each.rules.filter((rule) => matchRule(rule, packet) !== 'no')
  expect(looked).toEqual(expect.arrayContaining(matching))
  expect(looked.map(({ position }) => position)).toEqual(
    looked.map(({ position }) => position).toSorted((a, b) => a - b),
  )
  expect(new Set(looked).size).toBe(looked.length)
}

describe('the candidates of a long chain', () => {
  it('are all rules that match or may match, once, in order', () => {
    fc.assert(
      fc.property(chain, fc.array(subject, { minLength: 1, maxLength: 8 }), (each, packets) => {
        for (const packet of packets) expectAllMatches(each, packet)
      }),
    )
  })

  it('are so after rules came and went', () => {
    const change = fc.record({ at: fc.nat(1000), insert: fc.boolean(), rule: iptablesRule })
    fc.assert(
      fc.property(chain, fc.array(change, { maxLength: 80 }), subject, (first, changes, packet) => {
        let now = first
        expectAllMatches(now, packet)
        for (const { at, insert, rule } of changes) {
          now = insert || now.rules.length < 30 ? withRule(now, at, rule) : withoutRule(now, at)
          expectAllMatches(now, packet)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('are few', () => {
    const peers = Array.from(
      { length: 250 },
      (_, i) => `-A INPUT -s 10.99.0.${i}/32 -p tcp --dport 4567 -j ACCEPT`,
    )
    const of = (over: Partial<Packet>) => {
      const base = { family: 4, protocol: 'tcp', source: '10.99.0.11', destination: null } as const
      const rest = { sourcePort: null, destinationPort: 4567, ctState: 'NEW', tcpFlags: [] } as const
      const packet: Packet = { ...base, ...rest, inInterface: null, outInterface: null, ...over }
      return candidates(iptablesChain(peers), subjectOf(packet, 'in', 'NEW')).map(({ position }) => position)
    }
    expect(of({})).toEqual([12])
    expect(of({ destinationPort: 4568 })).toEqual([])
    expect(of({ destinationPort: null })).toEqual([12])
    expect(of({ source: null })).toHaveLength(250)
  })
})

function renumbered(rules: readonly Rule[]): Rule[] {
  return rules.map((rule, i) => ({ ...rule, position: i + 1 }))
}

function withRule(before: Chain, where: number, line: string): Chain {
  const at = where % (before.rules.length + 1)
  const added = iptablesChain([line]).rules
  const after = { ...before, rules: renumbered(before.rules.toSpliced(at, 0, ...added)) }
  inheritIndex(before, after, { op: 'insert', at })
  return after
}

function withoutRule(before: Chain, where: number): Chain {
  const at = where % before.rules.length
  const after = { ...before, rules: renumbered(before.rules.toSpliced(at, 1)) }
  inheritIndex(before, after, { op: 'delete', at })
  return after
}

describe('the elements of a long set that are looked at', () => {
  const number = fc.integer({ min: 0, max: 40 })
  const component: fc.Arbitrary<Component> = fc.oneof(
    number.map((n) => ({ kind: 'range' as const, from: BigInt(n), to: BigInt(n) })),
    fc.tuple(number, number).map(([a, b]) => ({
      kind: 'range' as const,
      from: BigInt(Math.min(a, b)),
      to: BigInt(Math.max(a, b)),
    })),
    fc.constantFrom('tcp', 'udp', 'a b', '5').map((text) => ({ kind: 'text' as const, text })),
    fc.constantFrom('', 't').map((prefix) => ({ kind: 'prefix' as const, prefix })),
    fc.constant({ kind: 'unknown' as const }),
  )
  const value = fc.oneof(number.map(BigInt), fc.constantFrom('tcp', 'udp', 'a b', '5', null))
  const field: Field = { kind: 'opaque', text: '' }

  it('decide as all of them do', () => {
    const sized = fc.integer({ min: 1, max: 3 }).chain((width) => {
      const element = fc.array(component, { minLength: width, maxLength: width })
      const values = fc.array(value, { minLength: width, maxLength: width })
      return fc.tuple(fc.array(element, { maxLength: 40 }), fc.array(values, { minLength: 1, maxLength: 20 }))
    })
    fc.assert(
      fc.property(sized, ([elements, lists]) => {
        for (const values of lists) {
          const results = (some: readonly Element[]) => {
            const fields = values.map(() => field)
            return new Set(some.map((element) => matchElement(element, fields, values)))
          }
          const [all, few] = [results(elements), results(near(elements, (each) => each, values))]
          expect([few.has('yes'), few.has('yes') || few.has('maybe')]).toEqual([
            all.has('yes'),
            all.has('yes') || all.has('maybe'),
          ])
        }
      }),
      { numRuns: 500 },
    )
  })

  it('tell the ends of ranges', () => {
    const spot = fc.integer({ min: 0, max: 300 })
    const range = fc.tuple(spot, fc.nat(12)).map(([from, more]): Element => {
      return [{ kind: 'range', from: BigInt(from), to: BigInt(from + more) }]
    })
    fc.assert(
      fc.property(fc.array(range, { minLength: 8, maxLength: 20 }), (elements) => {
        const found = (some: readonly Element[], value: bigint) =>
          some.some((element) => matchElement(element, [field], [value]) === 'yes')
        for (let n = 0n; n < 320n; n++) {
          expect(
            found(
              near(elements, (each) => each, [n]),
              n,
            ),
          ).toBe(found(elements, n))
        }
      }),
    )
  })
})
