import { expect, it } from 'vitest'
import { changeOf } from '../../src/apply/change.ts'
import { type NodePlan, planNode } from '../../src/fix/plan-fixes.ts'
import { fixScript } from '../../src/fix/script.ts'
import type { Fix } from '../../src/report/report.ts'
import { filter, flow, galeraFlows, node, read } from '../fix/support.ts'

const RULES = filter(['-A INPUT -i lo -j ACCEPT', '-A INPUT -j REJECT --reject-with icmp-host-prohibited'])
const plan = planNode(node(RULES, galeraFlows(['10.99.0.11'])))
const [fix] = plan.fixes as [Fix]

it('is the guarded script, with the tables that it touches and what takes it back', () => {
  expect(fix.proven).toBe(true)
  expect(changeOf(plan)).toEqual({
    node: 'n1',
    opens: fix.opens,
    lasting: [{ backend: 'iptables', persist: fix.persist }],
    request: {
      script: fixScript(plan, { trial: true }),
      snapshots: [{ tool: 'iptables', table: 'filter' }],
      undoTables: fix.undo,
      nftRules: [],
      undo: [],
      keep: [],
    },
  })
})

it('each table is saved once, of every tool', () => {
  const six = filter(['-A INPUT -p ipv6-icmp -j ACCEPT', '-A INPUT -j DROP'])
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

it('takes back ufw by its lines', () => {
  const front = { ...fix, backend: 'ufw', undo: ['ufw delete a', 'ufw delete b'] } as const
  const request = changeOf(withFixes(front, fix))?.request
  expect(request).toMatchObject({ undoTables: fix.undo, undo: front.undo, keep: [] })
})

it('takes back rules of nft by their comments', () => {
  const native = planNode(node([{ tool: 'nft', text: read('nft/rhel9.json') }], galeraFlows(['10.99.0.11'])))
  const request = changeOf(native)?.request
  expect(request).toMatchObject({ undoTables: [], undo: [], keep: [] })
  expect(request?.nftRules[0]?.comment).toBe('pxc-netcheck tcp 4567 from 10.99.0.11')
  expect(request?.nftRules).toHaveLength(native.edits.length)
})

it('tells firewalld nothing permanent before it is kept, and all rules at once', () => {
  const dumps = [{ tool: 'nft', text: read('nft/firewalld-default.json') }] as const
  const flows = galeraFlows(['10.99.0.12'])
  const request = changeOf(planNode(node(dumps, flows, { firewalldActive: true })))?.request
  expect(request?.script).not.toMatch(/^ *rich_\w+ '--permanent'/m)
  const calls = (lines: readonly string[]) =>
    lines.map((line) =>
      line
        .split('\n')
        .at(-1)
        ?.replace(/ 'rule .*/, ''),
    )
  expect(calls(request?.undo ?? [])).toEqual(["rich_remove '' --zone=public"])
  expect(calls(request?.keep ?? [])).toEqual(["rich_add '--permanent' --zone=public"])
  expect(request?.undo[0]?.match(/'rule /g)).toHaveLength(flows.length)
})
