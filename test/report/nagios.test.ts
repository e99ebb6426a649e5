import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorReport } from '../../src/report/render/json.ts'
import { renderNagios } from '../../src/report/render/nagios.ts'
import { type Finding, type Report, type ReportFlow, RUN_STATUSES } from '../../src/report/report.ts'
import { flow, readReport, report } from './reports.ts'

const LIMIT = 10_000

interface Perf {
  readonly value: number
  readonly unit: string
}

/** A line by the grammar of the monitoring plugins' guidelines (2.1 and 2.6); fails on any other. */
function parse(output: string) {
  const [line = '', ...rest] = output.split('\n')
  expect(rest).toEqual([''])
  expect([...line].length).toBeLessThan(80)
  const [head = '', perfdata, ...bars] = line.split('|')
  expect(bars).toEqual([])
  const { status, text } =
    /^PXC-NETCHECK (?<status>OK|WARNING|CRITICAL|UNKNOWN) - (?<text>.+)$/.exec(head)?.groups ?? {}
  expect(status, line).toBeDefined()
  // What Nagios takes out of its macros, and what no terminal prints.
  expect(text).toMatch(/^[^`~$&'"<>\p{Cc}]+$/u)
  if (perfdata === undefined) return { status, text, perf: {} }
  const number = '-?[0-9]+(?:\\.[0-9]+)?'
  const range = `(?:@?(?:(?:${number}|~)?:)?(?:${number})?)`
  const item = new RegExp(
    `^(?:'(?<quoted>(?:[^'=]|'')+)'|(?<label>[^\\s'=|]+))=(?<value>${number})(?<unit>s|us|ms|%|[KMGT]?B|c)?(?:;${range}){0,2}(?:;(?:${number})?){0,2}$`,
  )
  const perf: Record<string, Perf> = {}
  for (const word of perfdata.trim().split(/ +/)) {
    const found = item.exec(word)?.groups
    expect(found, word).toBeDefined()
    const label = found?.quoted ?? found?.label ?? ''
    expect(perf[label]).toBeUndefined()
    perf[label] = { value: Number(found?.value), unit: found?.unit ?? '' }
  }
  return { status, text: text?.trimEnd(), perf }
}

const told = (given: Report, limit = LIMIT) => parse(renderNagios(given, limit))
const down = (from: string, to: string, part: Partial<ReportFlow> = {}) =>
  flow({ from, to, status: 'DOWN', reason: 'dropped', blockedAt: 'target', ...part })
const finding = (part: Partial<Finding>): Finding => ({
  code: 'sst-impossible',
  severity: 'critical',
  args: {},
  message: 'x',
  ...part,
})
const unreachable = { name: 'c', address: 'c', via: 'ssh', reachable: false, privileged: false }

describe('the text names what matters', () => {
  const [a, b] = [flow({ from: 'a', to: 'b' }), flow({ from: 'b', to: 'a' })]
  const ok = { status: 'OK', exitCode: 0 } as const
  const warning = { status: 'WARNING', exitCode: 1 } as const
  const unknown = { status: 'UNKNOWN', exitCode: 3 } as const
  it.each<[string, Report, string]>([
    ['all is well', report([a, b], ok), '2 of 2 flows open'],
    ['nothing was checked', report([], unknown), 'no flow was checked'],
    ['one target', report([down('a', 'c'), down('b', 'c'), a]), '2 of 3 DOWN to c, 1 open'],
    ['one source', report([down('a', 'c'), down('a', 'b'), b]), '2 of 3 DOWN from a, 1 open'],
    ['one flow', report([down('a', 'b'), b]), '1 of 2 DOWN from a to b'],
    ['several', report([down('a', 'b'), down('b', 'a', { port: 1 })]), '2 of 2 DOWN'],
    [
      'some of them not needed',
      report([down('a', 'b'), down('b', 'a', { required: false, port: 1 })]),
      '1 required DOWN to b',
    ],
    [
      'only what is not needed',
      report([a, down('b', 'a', { required: false })], warning),
      '1 of 2 DOWN, none required',
    ],
    ['a critical finding', report([a], { findings: [finding({ node: 'a' })] }), 'sst-impossible on a'],
    [
      'several findings',
      report([a], { findings: [finding({}), finding({ code: 'no-donor' })] }),
      'sst-impossible and 1 more',
    ],
    [
      'a warning',
      report([a], {
        ...warning,
        findings: [finding({ code: 'clock-drift', severity: 'warning', node: 'b' })],
      }),
      'clock-drift on b, 1 open',
    ],
    [
      'what is ignored is neither told nor counted',
      report([a, down('b', 'a', { acknowledged: 'b,a,galera' })], {
        ...ok,
        nodes: [{ ...unreachable, acknowledged: 'c' }],
        findings: [finding({ acknowledged: 'sst-impossible' })],
      }),
      '1 of 2 flows open, 3 ignored',
    ],
    [
      'no listener',
      report([flow({ from: 'a', to: 'b', status: 'CLOSED' })], warning),
      '1 CLOSED, 1 of 1 flows open',
    ],
    ['a node', report([a], { ...unknown, nodes: [unreachable] }), 'not reached: c, 1 open'],
    [
      'an unknown flow',
      report([a, flow({ from: 'b', to: 'a', status: 'UNKNOWN', reason: 'no-answer' })], unknown),
      '1 of 2 UNKNOWN, 1 open',
    ],
  ])('%s', (_, given, text) => {
    expect(told(given)).toMatchObject({ status: given.status, text })
  })

  it('the counts and the time are perfdata', () => {
    expect(told(readReport('article-blocked')).perf).toEqual({
      down: { value: 24, unit: '' },
      unknown: { value: 0, unit: '' },
      time: { value: 2.1, unit: 's' },
    })
  })

  it('a clock that was set back makes no negative time', () => {
    expect(told(report([a], { ...ok, durationMs: -5000 })).perf.time).toEqual({ value: 0, unit: 's' })
  })
})

describe('a run that was cut short says so', () => {
  const missed = flow({ from: 'a', to: 'b', status: 'UNKNOWN', reason: 'not-probed' })
  it.each<[string, Report, RegExp]>([
    ['by the deadline', report([missed], { durationMs: 10_004 }), /^1 of 1 UNKNOWN, cut short$/],
    [
      'beside what is DOWN',
      report([down('a', 'b'), missed], { durationMs: 10_004 }),
      /^1 of 2 DOWN, cut short$/,
    ],
    ['otherwise', report([missed], { durationMs: 1000 }), /, 1 not probed$/],
    [
      'even where the line is full',
      report(
        Array.from({ length: 39_800 }, () => down('a-very-long-name-of-a-node.example.org', 'b')),
        { durationMs: 3_600_123 },
      ),
      /^39800 of 39800 DOWN, cut short$/,
    ],
  ])('%s', (_, given, text) => {
    expect(told(given, given.durationMs > 3e6 ? 3_600_000 : LIMIT).text).toMatch(text)
  })

  it('and one that was not does not', () => {
    expect(renderNagios(report([down('a', 'b')], { durationMs: 9_999 }), LIMIT)).not.toMatch(/cut|probed/)
  })
})

describe('hostile text', () => {
  it('an error is one line, whatever it says', () => {
    const message = `"a|b"\n'c' $(id) \`x\` <y> & ~\u001b[2J${'z'.repeat(500)}`
    const { status, text } = told(errorReport(readReport('healthy'), { code: 'x', message }))
    expect(status).toBe('UNKNOWN')
    expect(text).toMatch(/^ab\\nc \(id\) x y {2}z+\.\.\.$/)
  })

  it('any report is one line that a plugin may print', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    const name = fc.oneof(text, fc.constantFrom('n1', 'n2', "it's|=1;2;3", '節点'))
    const status = fc.constantFrom('OK', 'CLOSED', 'DOWN', 'UNKNOWN') as fc.Arbitrary<ReportFlow['status']>
    const flows = fc.array(
      fc.record({ from: name, to: name, status, required: fc.boolean() }).map((part) => flow(part)),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...RUN_STATUSES),
        flows,
        fc.array(name, { maxLength: 4 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.option(text, { nil: undefined }),
        (overall, some, names, durationMs, message) => {
          const given = report(some, {
            status: overall,
            durationMs,
            nodes: names.map((each) => ({ ...unreachable, name: each })),
            findings: names.map((node) => finding({ node })),
            ...(message !== undefined && { error: { code: 'x', message: `m${message}` } }),
          })
          expect(told(given).status).toBe(overall)
        },
      ),
    )
  })
})
