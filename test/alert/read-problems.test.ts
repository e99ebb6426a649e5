import { describe, expect, it } from 'vitest'
import { type Problem, subjectOf } from '../../src/alert/problem.ts'
import { readProblems } from '../../src/alert/read-problems.ts'
import { acknowledge } from '../../src/report/acknowledge.ts'
import { errorReport } from '../../src/report/render/json.ts'
import type { Finding, Report } from '../../src/report/report.ts'
import { FIXTURES, flow, readReport, report } from '../report/reports.ts'
import { down } from './runs.ts'

const finding = (part: Partial<Finding> = {}): Finding => ({
  code: 'clock-drift',
  severity: 'warning',
  node: 'a',
  args: {},
  message: 'x',
  ...part,
})
const subjects = (given: Report, requireListening = false) =>
  readProblems(given, requireListening).problems.map(subjectOf)

describe('what is a problem', () => {
  it.each(FIXTURES)('is there exactly where the run is not OK: %s', (name) => {
    const given = readReport(name)
    const levels = readProblems(given, false).problems.map(({ level }) => level)
    expect(
      levels.includes('CRITICAL') ? 'CRITICAL' : levels.includes('UNKNOWN') ? 'UNKNOWN' : (levels[0] ?? 'OK'),
    ).toBe(given.status)
  })

  it('CLOSED only where it must listen; optional flows as a warning; what is not needed not at all', () => {
    const closed = flow({ from: 'a', to: 'b', status: 'CLOSED' })
    const optional = flow({ from: 'b', to: 'a', status: 'DOWN', required: false })
    expect(subjects(report([closed]))).toEqual([])
    expect(subjects(report([closed]), true)).toEqual(['flow a->b/galera'])
    expect(readProblems(report([optional]), false).problems).toMatchObject([{ level: 'WARNING' }])
    expect(subjects(report([{ ...optional, needed: false }]))).toEqual([])
    expect(subjects(report([flow({ from: 'a', to: 'b', status: 'UNKNOWN', required: false })]))).toEqual([])
    expect(subjects(report([], { findings: [finding({ severity: 'info' })] }))).toEqual([])
  })

  it('a finding is the same one whatever its figures are, and another where it is about something else', () => {
    const seen = (args: Finding['args']) => subjects(report([], { findings: [finding({ args })] }))
    expect(seen({ driftMs: 61_000, nodes: 'a,b' })).toEqual(seen({ driftMs: 75_123, nodes: 'a' }))
    expect(seen({ path: '/a' })).not.toEqual(seen({ path: '/b' }))
  })

  it('no run at all is one too', () => {
    const run = { tool: { name: 'x', version: '1' }, startedAt: '', finishedAt: '', durationMs: 0 }
    const { problems, absent } = readProblems(errorReport(run, { code: 'no-members', message: 'x' }), false)
    expect(problems).toEqual([{ kind: 'run', level: 'UNKNOWN', code: 'no-members' }])
    expect(absent(down('a', 'b'))).toBe('untold')
  })
})

describe('what is gone', () => {
  const up = report([flow({ from: 'a', to: 'b' })])
  const dark: Report = { ...up, nodes: up.nodes.map((node) => ({ ...node, reachable: node.name !== 'a' })) }
  const ofA: Problem = { kind: 'finding', level: 'WARNING', code: 'clock-drift', node: 'a', args: [] }
  const node = (name: string): Problem => ({ kind: 'node', level: 'UNKNOWN', node: name, code: '' })

  it.each<[string, Report, Problem, string]>([
    ['a flow that is open', up, down('a', 'b'), 'well'],
    ['a flow that is not in the run', up, down('a', 'c'), 'unchecked'],
    ['a node that is reached', up, node('a'), 'well'],
    ['a node that is not in the run', up, node('c'), 'unchecked'],
    ['a finding on a node that is reached', up, ofA, 'well'],
    ['a finding on one that is silent', dark, ofA, 'untold'],
    ['a finding on another than the silent one', dark, { ...ofA, node: 'b' }, 'well'],
    ['a finding on all of them while one is silent', dark, { ...ofA, node: null }, 'untold'],
    ['a finding on a node that is not in the run', up, { ...ofA, node: 'c' }, 'unchecked'],
    ['that there was no run', up, { kind: 'run', level: 'UNKNOWN', code: 'x' }, 'well'],
  ])('%s', (_, given, problem, absent) => {
    expect(readProblems(given, false).absent(problem)).toBe(absent)
  })

  it('what is ignored', () => {
    const all = { text: 'node:a', what: { kind: 'node', node: 'a' }, untilMs: null } as const
    const given = { ...dark, findings: [finding()] }
    const { problems, absent } = readProblems(
      acknowledge(given, [all], { nowMs: 0, requireListening: false }),
      false,
    )
    expect(problems).toEqual([])
    expect([ofA, node('a'), down('a', 'b')].map(absent)).toEqual(['ignored', 'ignored', 'ignored'])
  })
})
