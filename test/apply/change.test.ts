import { expect, it } from 'vitest'
import { changeOf } from '../../src/apply/change.ts'
import { type NodePlan, planNode } from '../../src/fix/plan-fixes.ts'
import { fixScript } from '../../src/fix/script.ts'
import type { Fix } from '../../src/report/report.ts'
import { filter, flow, galeraFlows, node } from '../fix/support.ts'

const RULES = filter(['-A INPUT -i lo -j ACCEPT', '-A INPUT -j REJECT --reject-with icmp-host-prohibited'])
const plan = planNode(node(RULES, galeraFlows(['10.99.0.11'])))
const [fix] = plan.fixes as [Fix]

it('is the guarded script, with the tables that it touches and what takes it back', () => {
  expect(fix.proven).toBe(true)
  expect(changeOf(plan)).toEqual({
    node: 'n1',
    opens: fix.opens,
    persist: fix.persist,
    request: {
      script: fixScript(plan),
      snapshots: [{ tool: 'iptables', table: 'filter' }],
      undoTables: fix.undo,
      undo: [],
    },
  })
})

it('each table is saved once, of every tool', () => {
  const six = filter(['-A INPUT -j DROP'])
  const both = planNode(
    node(
      [
        { tool: 'iptables', text: RULES },
        { tool: 'ip6tables', text: six },
      ],
      [flow({}), flow({ port: 4568 }), flow({ family: 6, peer: 'fd00:99::11', local: 'fd00:99::1' })],
    ),
  )
  expect(changeOf(both)?.request.snapshots).toEqual([
    { tool: 'iptables', table: 'filter' },
    { tool: 'ip6tables', table: 'filter' },
  ])
})

const withFixes = (...fixes: readonly Fix[]): NodePlan => ({ ...plan, fixes })

it('is nothing where one fix of the node is not proven', () => {
  expect(changeOf(withFixes({ ...fix, proven: false }))).toBeNull()
  expect(changeOf(withFixes(fix, { ...fix, proven: false }))).toBeNull()
})

it('is not held up by what has no commands', () => {
  const note: Fix = { ...fix, backend: 'none', commands: [], undo: [], opens: [], proven: false }
  expect(changeOf(withFixes(fix, note))?.opens).toEqual(fix.opens)
  expect(changeOf(withFixes(note))).toBeNull()
  expect(changeOf({ ...plan, fixes: [], edits: [] })).toBeNull()
})

it('takes back by lines, the last fix first, what another back end did', () => {
  const front = { ...fix, backend: 'firewalld', undo: ['firewall-cmd --a', 'firewall-cmd --b'] } as const
  const native = { ...fix, backend: 'nft', undo: ['nft delete rule x'] } as const
  const request = changeOf(withFixes(front, fix, native))?.request
  expect(request?.undoTables).toEqual(fix.undo)
  expect(request?.undo).toEqual(['nft delete rule x', 'firewall-cmd --a', 'firewall-cmd --b'])
})
