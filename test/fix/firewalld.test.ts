import { describe, expect, it } from 'vitest'
import {
  governorOf,
  placeOf,
  priorityOf,
  richRule,
  richRuleCalls,
  richRuleLine,
  richRuleLines,
} from '../../src/fix/firewalld.ts'
import { access } from './support.ts'

const PUBLIC = { kind: 'zone', name: 'public' } as const

describe('a rich rule', () => {
  it('is spelt as firewalld lists it', () => {
    expect(richRule(access('10.99.0.11', 4567))).toBe(
      'rule family="ipv4" source address="10.99.0.11" port port="4567" protocol="tcp" accept',
    )
    expect(richRule(access('fd00:99:0::/64', 4567, 'udp'), -1)).toBe(
      'rule priority="-1" family="ipv6" source address="fd00:99::/64" port port="4567" protocol="udp" accept',
    )
  })

  it.each([
    ['10.99.0.11/32', '10.99.0.11'],
    ['10.99.0.200/25', '10.99.0.128/25'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['FD00:99:0:0::11/128', 'fd00:99::11'],
    ['fd00:99::11/64', 'fd00:99::/64'],
  ])('names %s as %s', (typed, written) => {
    expect(richRule(access(typed, 3306))).toContain(`source address="${written}"`)
  })

  it('is not made of what is no network, port or protocol', () => {
    expect(() => richRule(access('10.99.0.11/255.0.255.0', 3306))).toThrow(RangeError)
    expect(() => richRule(access('10.99.0.11', 0))).toThrow(RangeError)
    expect(() => richRule(access('10.99.0.11', 65536))).toThrow(RangeError)
    expect(() => richRule(access('10.99.0.11', 1.5))).toThrow(RangeError)
    expect(() => richRule(access('10.99.0.11', 1, '"' as 'tcp'))).toThrow(RangeError)
  })

  it('is added for now and for good, and removed from where it surely is ours', () => {
    const text = richRule(access('10.99.0.11', 4567))
    expect(richRuleLines({ governor: PUBLIC, text })).toEqual({
      commands: [`firewall-cmd --zone=public --add-rich-rule='${text}'`],
      persist: [`firewall-cmd --permanent --zone=public --add-rich-rule='${text}'`],
      undo: [
        `firewall-cmd --zone=public --remove-rich-rule='${text}'`,
        `# if it was not permanent before, and was made so: firewall-cmd --permanent --zone=public --remove-rich-rule='${text}'`,
      ],
    })
  })

  it('goes with all others of its zone or policy', () => {
    const policy = { kind: 'policy', name: 'in-block' } as const
    const rules = [
      { governor: PUBLIC, text: 'a' },
      { governor: policy, text: 'b' },
      { governor: PUBLIC, text: 'c' },
      { governor: PUBLIC, text: 'a' },
    ]
    expect(richRuleCalls('add', rules, true)).toEqual([
      "rich_add '--permanent' --zone=public 'a' 'c'",
      "rich_add '--permanent' --policy=in-block 'b'",
    ])
    expect(richRuleCalls('has', [{ governor: policy, text: 'b' }], false)).toEqual([
      "rich_has '' --policy=in-block 'b'",
    ])
  })

  it('quotes a zone that has a hostile name', () => {
    const governor = { kind: 'zone', name: 'x;id `id` $(id) \x1b[m' } as const
    expect(richRuleLine('add', { governor, text: 'rule' }, false)).toBe(
      `firewall-cmd --zone="$(printf '%b' 'x;id \`id\` $(id) \\0033[m')" --add-rich-rule='rule'`,
    )
  })
})

describe.each([
  { backend: 'nftables', prefix: 'filter_', policy: 'policy_' },
  { backend: 'iptables', prefix: '', policy: '' },
])('with the $backend back end', ({ prefix, policy }) => {
  const base = prefix ? 'filter_INPUT' : 'INPUT'
  const zone = [base, `${prefix}INPUT_ZONES`, `${prefix}IN_public`]

  it.each([
    { stopped: 'by the zone itself', end: [], priority: 0, chain: 'IN_public_allow', at: 'last' },
    { stopped: 'behind it', end: ['IN_public_post'], priority: 0, chain: 'IN_public_allow', at: 'last' },
    { stopped: 'by a deny rule', end: ['IN_public_deny'], priority: -1, chain: 'IN_public_pre', at: 'last' },
    { stopped: 'by priority', end: ['IN_public_pre'], priority: -32768, chain: 'IN_public_pre', at: 'first' },
  ] as const)('a packet stopped $stopped', ({ end, priority, chain, at }) => {
    const chains = [...zone, ...end.map((name) => prefix + name)]
    const governor = governorOf(chains)
    expect(governor).toEqual(PUBLIC)
    expect(priorityOf(chains, PUBLIC)).toBe(priority)
    expect(placeOf(PUBLIC, priority, chains.at(-1) ?? '')).toEqual({ chain: prefix + chain, at })
  })

  it('a packet stopped by a policy before all zones', () => {
    const governor = { kind: 'policy', name: 'in-block' } as const
    const chain = `${prefix}IN_${policy}in-block`
    const chains = [...zone, `${prefix}INPUT_POLICIES_pre`, chain]
    expect(governorOf(chains)).toEqual(governor)
    expect(priorityOf(chains, governor)).toBe(0)
    expect(placeOf(governor, 0, chain)).toEqual({ chain: `${chain}_allow`, at: 'last' })
    expect(priorityOf([...chains, `${chain}_deny`], governor)).toBe(-1)
  })

  it('a packet stopped by a policy behind all zones is opened by its zone', () => {
    const chains = [...zone, `${prefix}INPUT_POLICIES_post`, `${prefix}IN_${policy}late`]
    expect(governorOf(chains)).toEqual(PUBLIC)
    expect(priorityOf(chains, PUBLIC)).toBe(0)
  })

  it('a packet stopped by INPUT itself', () => {
    expect(governorOf([base])).toBeNull()
    expect(governorOf([base, 'INPUT_direct'])).toBeNull()
    expect(governorOf([base, `${prefix}INPUT_ZONES`])).toBeNull()
  })
})
