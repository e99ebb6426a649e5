import { describe, expect, it } from 'vitest'
import type { Ignore } from '../../src/inventory/ignore.ts'
import { acknowledge, expiredIgnores } from '../../src/report/acknowledge.ts'
import { renderTable } from '../../src/report/render/table.ts'
import type { Finding, Report, ReportFlow } from '../../src/report/report.ts'
import { flow, report } from './reports.ts'

const NOW = 1000
const ignore = (what: Ignore['what'], untilMs: number | null = null): Ignore => ({ text: 'X', what, untilMs })
const one = (from: string, to: string, service: string): Ignore => ignore({ kind: 'flow', from, to, service })
const code = (name: string): Ignore => ignore({ kind: 'finding', code: name })
const node = (name: string): Ignore => ignore({ kind: 'node', node: name })
const down: Partial<ReportFlow> = { status: 'DOWN', reason: 'dropped', blockedAt: 'target' }
const finding = (part: Partial<Finding> = {}): Finding => ({
  code: 'clock-drift',
  severity: 'critical',
  node: 'a',
  args: {},
  message: 'x',
  ...part,
})
const blocked = report([flow({ from: 'a', to: 'b', ...down }), flow({ from: 'b', to: 'a' })])
const unknown = report([flow({ from: 'a', to: 'b', status: 'UNKNOWN' }), flow({ from: 'b', to: 'a' })])
const found = report([flow({ from: 'a', to: 'b' })], { findings: [finding()] })
const apart = { ...blocked, findings: [finding({ code: 'partition', node: undefined as never })] }
const logged = { ...blocked, findings: [finding({ code: 'log-no-primary', args: { flows: 'a->b/galera' } })] }
const dark: Report = {
  ...unknown,
  nodes: unknown.nodes.map((each) => ({ ...each, reachable: each.name !== 'a' })),
}

describe('acknowledge', () => {
  it.each<[string, Report, Ignore[], number]>([
    ['the flow', blocked, [one('a', 'b', 'galera')], 0],
    ['by its port', blocked, [one('a', 'b', '4567')], 0],
    ['by port and protocol', blocked, [one('a', 'b', '4567/tcp')], 0],
    ['not by another protocol', blocked, [one('a', 'b', '4567/udp')], 2],
    ['not the other direction', blocked, [one('b', 'a', 'galera')], 2],
    ['by wildcards', blocked, [one('*', '*', '*')], 0],
    ['by part of a name', blocked, [one('a*', '*b', 'gal*a')], 0],
    ['a dot is a dot', report([flow({ from: 'axb', to: 'b', ...down })]), [one('a.b', 'b', '*')], 2],
    ['what cannot be told', unknown, [one('a', '*', '*')], 0],
    ['until then', blocked, [ignore({ kind: 'flow', from: '*', to: '*', service: '*' }, NOW + 1)], 0],
    ['and no longer', blocked, [ignore({ kind: 'flow', from: '*', to: '*', service: '*' }, NOW)], 2],
    ['a finding', found, [code('clock-drift')], 0],
    ['not another', found, [code('partition')], 2],
    ['not by its node through a flow', found, [one('a', '*', '*')], 2],
    ['a finding by its node', found, [node('a')], 0],
    ['a silent node with its flows', dark, [node('a')], 0],
    ['not with those alone', dark, [one('a', '*', '*')], 3],
    ['what follows from the flow', apart, [one('a', 'b', 'galera')], 0],
    [
      'not while it follows from another too',
      { ...apart, flows: [...apart.flows, flow({ from: 'b', to: 'c', ...down, required: false })] },
      [one('a', 'b', 'galera')],
      2,
    ],
    ['what a log says of the flow', logged, [one('a', 'b', 'galera')], 0],
    [
      'what a log says of no flow',
      { ...logged, findings: [finding({ code: 'log-no-primary' })] },
      [one('*', '*', '*')],
      2,
    ],
  ])('%s', (_, given, ignores, exitCode) => {
    const result = acknowledge(given, ignores, { nowMs: NOW, requireListening: false })
    expect(result.exitCode).toBe(exitCode)
    expect(result.status).toBe(['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'][exitCode])
  })

  it('is shown in full, and with --quiet not at all', async () => {
    const given = acknowledge(blocked, [one('a', 'b', '*')], { nowMs: NOW, requireListening: false })
    const style = { columns: 78, color: false, ascii: true, view: 'check' } as const
    const full = await renderTable(given, { ...style, quiet: 0, expired: ['y,z,sst@2020-01-01'] })
    expect(full).toContain('b is blocked on 4567/tcp')
    expect(full).toMatch(
      /\nIgnored by --ignore X: a->b\/galera\nExpired, so it counts again: --ignore y,z,sst@2020-01-01\n\nOK: 1 of 2 flows open between 2 nodes; 1 ignored\n$/,
    )
    expect(await renderTable(given, { ...style, quiet: 1 })).toBe('')
    const both = {
      ...given,
      status: 'CRITICAL',
      exitCode: 2,
      flows: [...given.flows, flow({ from: 'c', to: 'b', ...down })],
    } as const
    const quiet = await renderTable(both, { ...style, quiet: 1 })
    expect(quiet).toContain('1 of 1 peer (c)')
    expect(quiet).not.toMatch(/\ba\b.*\n.*blocked|Ignored/)
  })

  it('knows which have run out', () => {
    const ignores = [
      { ...code('a'), text: 'A', untilMs: NOW },
      { ...code('b'), text: 'B', untilMs: NOW + 1 },
      { ...code('c'), text: 'C', untilMs: null },
    ]
    expect(expiredIgnores(ignores, NOW)).toEqual(['A'])
  })
})
