import { describe, expect, it } from 'vitest'
import type { Finding, ReportFlow, ReportNode } from '../../src/report/report.ts'
import { overallStatus, type StatusParts } from '../../src/report/status.ts'
import { summaryLine } from '../../src/report/summary.ts'
import type { FlowStatus } from '../../src/verdict.ts'
import { flow, readReport, report } from './reports.ts'

const required = (status: FlowStatus): ReportFlow => flow({ from: 'a', to: 'b', status })
const optional = (status: FlowStatus): ReportFlow =>
  flow({ from: 'a', to: 'b', service: 'galera-udp', required: false, status })
const node = (part: Partial<ReportNode>): ReportNode => ({
  name: 'a',
  address: 'a',
  via: 'ssh',
  reachable: true,
  privileged: false,
  ...part,
})
const finding = (severity: Finding['severity']): Finding => ({
  code: 'clock-drift',
  severity,
  args: {},
  message: 'x',
})

const fine: StatusParts = { nodes: [node({})], flows: [required('OK')], findings: [] }
const down: Partial<StatusParts> = { flows: [required('DOWN')] }

describe('overallStatus', () => {
  it.each<[string, Partial<StatusParts>, { requireListening?: boolean; ignored?: string[] }, number]>([
    ['all open', {}, {}, 0],
    ['a required flow DOWN', down, {}, 2],
    ['one of many DOWN', { flows: [required('OK'), required('DOWN')] }, {}, 2],
    ['a required flow CLOSED', { flows: [required('CLOSED')] }, {}, 0],
    ['CLOSED with --require-listening', { flows: [required('CLOSED')] }, { requireListening: true }, 2],
    [
      'an optional flow CLOSED with --require-listening',
      { flows: [optional('CLOSED')] },
      { requireListening: true },
      1,
    ],
    ['a required flow UNKNOWN', { flows: [required('UNKNOWN')] }, {}, 3],
    ['an optional flow UNKNOWN', { flows: [required('OK'), optional('UNKNOWN')] }, {}, 0],
    ['an optional flow DOWN', { flows: [required('OK'), optional('DOWN')] }, {}, 1],
    ['the same, ignored', { flows: [required('OK'), optional('DOWN')] }, { ignored: ['a->b/galera-udp'] }, 0],
    ['a node not reached', { nodes: [node({ reachable: false })] }, {}, 3],
    ['a node that nobody tried to reach', { nodes: [node({ reachable: false, via: 'none' })] }, {}, 0],
    ['an information', { findings: [finding('info')] }, {}, 0],
    ['a warning', { findings: [finding('warning')] }, {}, 1],
    ['a critical finding', { findings: [finding('critical')] }, {}, 2],
    ['no flow at all', { flows: [] }, {}, 3],
    ['a run that could not be made', { error: { code: 'x', message: 'x' } }, {}, 3],
    ['CRITICAL beats UNKNOWN', { ...down, nodes: [node({ reachable: false })] }, {}, 2],
    ['UNKNOWN beats WARNING', { flows: [required('UNKNOWN')], findings: [finding('warning')] }, {}, 3],
    ['CRITICAL beats WARNING', { ...down, findings: [finding('warning')] }, {}, 2],
  ])('%s', (_, parts, { requireListening = false, ignored = [] }, exitCode) => {
    const result = overallStatus({ ...fine, ...parts }, { requireListening, ignored: new Set(ignored) })
    expect(result).toEqual({ status: ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'][exitCode], exitCode })
  })

  it.each(['healthy', 'article-blocked', 'network-block', 'node-unreachable', 'udp-warning'] as const)(
    'agrees with %s',
    (name) => {
      const { status, exitCode, ...parts } = readReport(name)
      expect(overallStatus(parts, { requireListening: false, ignored: new Set() })).toEqual({
        status,
        exitCode,
      })
    },
  )
})

describe('summaryLine', () => {
  it.each([
    ['healthy', 'OK: 30 of 30 flows open between 3 nodes'],
    ['article-blocked', 'CRITICAL: 24 of 30 flows DOWN between 3 nodes (18 required); 4 CLOSED'],
    ['network-block', 'CRITICAL: 6 of 30 flows DOWN between 3 nodes (6 required)'],
    ['node-unreachable', 'UNKNOWN: 14 of 30 flows open between 3 nodes; 16 UNKNOWN; not reached: n3'],
    ['udp-warning', 'WARNING: 2 of 30 flows DOWN between 3 nodes (none required); 1 finding'],
  ] as const)('%s', (name, line) => {
    expect(summaryLine(readReport(name))).toBe(line)
    expect(line.length).toBeLessThan(80)
  })

  it('says when nothing was checked, and why a run could not be made', () => {
    expect(summaryLine(report([], { status: 'UNKNOWN' }))).toBe('UNKNOWN: no flow was checked')
    const error = { code: 'no-nodes', message: 'No nodes are given.' }
    expect(summaryLine(report([], { status: 'UNKNOWN', error }))).toBe('UNKNOWN: No nodes are given.')
  })

  it('counts nodes instead of listing many', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((name) => node({ name, reachable: false }))
    expect(summaryLine(report([flow({ from: 'a', to: 'b' })], { status: 'UNKNOWN', nodes }))).toMatch(
      /not reached: 4 nodes$/,
    )
  })
})
