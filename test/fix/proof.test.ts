import { describe, expect, it } from 'vitest'
import { loadDumps } from '../../src/firewall/host.ts'
import { applyEdit, type Edit } from '../../src/fix/edit.ts'
import { iptablesCanonical } from '../../src/fix/idioms/iptables.ts'
import { openingOf } from '../../src/fix/opening.ts'
import { changesNothingElse, proves } from '../../src/fix/proof.ts'
import { filter, flow } from './support.ts'

const FLOW = flow()
const RULES = ['-A INPUT -p icmp -j ACCEPT', '-A INPUT -p tcp --dport 22 -j ACCEPT', '-A INPUT -j REJECT']
const before = loadDumps([{ tool: 'iptables', text: filter(RULES) }])
const GOOD: Edit = {
  idiom: 'iptables',
  op: 'insert',
  hook: 'INPUT',
  tool: 'iptables',
  table: 'filter',
  chain: 'INPUT',
  position: 3,
  opening: openingOf(FLOW, { networks: [], withLocal: false }),
  before: '-A INPUT -j REJECT',
}

function proven(edits: readonly Edit[], rules: readonly string[] | null = null): boolean {
  const after = rules
    ? loadDumps([{ tool: 'iptables', text: filter(rules) }])
    : edits.reduce(applyEdit, before)
  return proves(before, after, edits, [FLOW])
}

describe('the proof', () => {
  it('holds for a rule before the blocker', () => {
    expect(proven([GOOD])).toBe(true)
  })

  it('fails for a rule that opens nothing', () => {
    expect(proven([{ ...GOOD, op: 'append', position: 4 }])).toBe(false)
    expect(proven([])).toBe(false)
  })

  const ours = `-A INPUT ${iptablesCanonical(GOOD.opening)}`
  const others: [string, string[]][] = [
    [
      'opens another port',
      [...RULES.slice(0, 2), '-A INPUT -p tcp --dport 4568 -j ACCEPT', ours, '-A INPUT -j REJECT'],
    ],
    [
      'opens another host',
      [...RULES.slice(0, 2), '-A INPUT -s 198.51.100.77 -j ACCEPT', ours, '-A INPUT -j REJECT'],
    ],
    ['shuts a port', [RULES[0] ?? '', ours, '-A INPUT -j REJECT']],
    ['drops where it rejected', [...RULES.slice(0, 2), ours, '-A INPUT -j DROP']],
    [
      'rejects in another way',
      [...RULES.slice(0, 2), ours, '-A INPUT -j REJECT --reject-with icmp-host-prohibited'],
    ],
    [
      'touches OUTPUT',
      [...RULES.slice(0, 2), ours, '-A INPUT -j REJECT', '-A OUTPUT -p tcp --dport 4567 -j DROP'],
    ],
  ]
  it.each(others)('fails where something else %s', (_, rules) => {
    const after = loadDumps([{ tool: 'iptables', text: filter(rules) }])
    expect(changesNothingElse(before, after, [GOOD], [FLOW])).toBe(false)
    expect(proven([GOOD], rules)).toBe(false)
  })

  it('fails when the undo does not give back the same text', () => {
    const reordered = [RULES[1] ?? '', RULES[0] ?? '', ours, '-A INPUT -j REJECT']
    expect(proven([GOOD], [...RULES.slice(0, 2), ours, '-A INPUT -j REJECT'])).toBe(true)
    expect(proven([GOOD], reordered)).toBe(false)
  })
})
