import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockDrift, type NodeClock } from '../../src/findings/clock-drift.ts'

/** Clocks of n1, n2, … ahead by so many seconds, read at the same time with this error. */
const clocks = (seconds: readonly number[], errorMs = 1): NodeClock[] =>
  seconds.map((ahead, index) => ({
    node: `n${index + 1}`,
    offsetMs: 1_780_000_000_000 + ahead * 1000,
    errorMs,
    fromMs: 5,
    toMs: 5,
  }))
const told = (list: readonly NodeClock[]) =>
  clockDrift(list).map(({ severity, node, args }) => [severity, node, args.nodes, args.comparedWith])

describe('tells which clock is wrong', () => {
  it('one of three, in words and figures', () => {
    expect(clockDrift(clocks([0, 0, -7203.2]))).toEqual([
      {
        code: 'clock-drift',
        severity: 'warning',
        node: 'n3',
        args: { nodes: 'n3', comparedWith: 'n1,n2', offsetMs: -7_203_200, errorMs: 2 },
        message:
          'by its clock, n3 is 2 h 0 min 3.200 s (± 0.003 s) behind n1 and n2. ' +
          'Certificates may count as not yet valid or as expired, and SST and IST over TLS fail; graphs of PMM have gaps; the logs of the nodes do not fit together. ' +
          'Next: on n3 look at "timedatectl", and let chronyd, ntpd or systemd-timesyncd keep its time.',
      },
    ])
  })
  it.each([
    ['nobody', [0, 0.5, -0.4], []],
    ['nobody without nodes', [], []],
    ['nobody of one node', [0], []],
    ['none of two: only the difference', [0, 100], [['warning', undefined, 'n2', 'n1']]],
    ['one ahead', [100, 0.1, 0], [['warning', 'n1', 'n1', 'n2,n3']]],
    ['two alike', [0, 99, 0, 99.1, 0], [['warning', undefined, 'n2,n4', 'n1,n3,n5']]],
    ['a few seconds are no more than a note', [0, 0, 3], [['info', 'n3', 'n3', 'n1,n2']]],
    [
      'two, each in its way',
      [0, -100, 0, 5, 0],
      [
        ['warning', 'n2', 'n2', 'n1,n3,n5'],
        ['info', 'n4', 'n4', 'n1,n3,n5'],
      ],
    ],
    ['no majority among four', [0, 0, 90, 90], [['warning', undefined, 'n3,n4', 'n1,n2']]],
    [
      'three that all differ: from the middle one',
      [0, 100, 300],
      [
        ['warning', undefined, 'n1', 'n2'],
        ['warning', undefined, 'n3', 'n2'],
      ],
    ],
    [
      'both ends, which only together are far apart',
      [0, 40, 80],
      [
        ['info', undefined, 'n1', 'n2'],
        ['info', undefined, 'n3', 'n2'],
        ['warning', undefined, 'n3', 'n1'],
      ],
    ],
    ['a chain of small steps', [0, 1.5, 3], [['info', 'n3', 'n3', 'n1']]],
  ])('%s', (_what, seconds, findings) => {
    expect(told(clocks(seconds))).toEqual(findings)
  })
})

describe('tells nothing that the error leaves open', () => {
  it.each([
    [2.004, 1, ['info']],
    [2.004, 3, []],
    [60.004, 1, ['warning']],
    [60.004, 3, ['info']],
    [30, 20_000, []],
  ])('%d s, each clock give or take %d ms', (seconds, errorMs, severities) => {
    expect(clockDrift(clocks([0, seconds], errorMs)).map(({ severity }) => severity)).toEqual(severities)
  })
  it('what two clocks may part while one is read long after the other belongs to the error', () => {
    const [a, b] = clocks([0, 61]) as [NodeClock, NodeClock]
    const [finding] = clockDrift([a, { ...b, fromMs: 10_004, toMs: 10_005 }])
    expect(finding).toMatchObject({ severity: 'info', args: { errorMs: 2002 } })
  })
  it('an inexact clock beside an exact one is not named', () => {
    const [a, b, c] = clocks([0, 0.1, 3]) as [NodeClock, NodeClock, NodeClock]
    expect(told([a, { ...b, errorMs: 5000 }, c])).toEqual([['info', 'n3', 'n3', 'n1']])
  })
})

it('every difference told is true of every pair it names, and none that is certain is kept back', () => {
  const node = fc.record({
    ahead: fc.oneof(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: -2e5, max: 2e5, noNaN: true }),
    ),
    wrong: fc.double({ min: -1, max: 1, noNaN: true }),
    errorMs: fc.oneof(
      fc.double({ min: 0.01, max: 50, noNaN: true }),
      fc.double({ min: 0.01, max: 90_000, noNaN: true }),
    ),
  })
  fc.assert(
    fc.property(fc.array(node, { maxLength: 6 }), (nodes) => {
      const list = nodes.map(({ ahead, wrong, errorMs }, index) => {
        const offsetMs = ahead * 1000 + wrong * errorMs
        return { node: `n${index}`, offsetMs, errorMs, fromMs: 0, toMs: 0 }
      })
      const trueMs = new Map(nodes.map(({ ahead }, index) => [`n${index}`, ahead * 1000]))
      const findings = clockDrift(list)
      for (const { severity, args } of findings) {
        const [offset, error] = [Number(args.offsetMs), Number(args.errorMs)]
        expect(Math.abs(offset) - error).toBeGreaterThanOrEqual(severity === 'warning' ? 59_999 : 1999)
        for (const a of String(args.nodes).split(',')) {
          for (const b of String(args.comparedWith).split(',')) {
            const real = (trueMs.get(a) ?? Number.NaN) - (trueMs.get(b) ?? Number.NaN)
            expect(Math.abs(real - offset)).toBeLessThanOrEqual(error + 0.01)
          }
        }
      }
      const certain = list.flatMap((a) => list.map((b) => a.offsetMs - b.offsetMs - a.errorMs - b.errorMs))
      const worst = Math.max(0, ...certain)
      expect(findings.some(({ severity }) => severity === 'warning')).toBe(worst >= 60_000)
      expect(findings.length > 0).toBe(worst >= 2000)
    }),
    { numRuns: 3000 },
  )
})
