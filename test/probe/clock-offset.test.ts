import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clockOffset } from '../../src/probe/clock-offset.ts'

const delay = fc.double({ min: 0, max: 20_000, noNaN: true })

it('the true offset is never farther away than the error, however the delays are shared out', () => {
  const run = fc.record({
    askedMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    trueMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
    there: delay,
    busy: delay,
    back: delay,
  })
  fc.assert(
    fc.property(run, ({ askedMs, trueMs, there, busy, back }) => {
      const node = (ms: number) => Math.floor((askedMs + ms + trueMs) * 1000)
      const heardMs = askedMs + there + busy + back
      const times = { receivedUs: node(there), answeredUs: node(there + busy) }
      const offset = clockOffset({ askedMs, heardMs, ...times })
      // A round trip shorter than a microsecond may come out as less than none.
      if (offset === null) {
        expect(there + back).toBeLessThan(0.002)
        return
      }
      expect(Math.abs(offset.offsetMs - trueMs)).toBeLessThanOrEqual(offset.errorMs)
      expect(offset.errorMs).toBeLessThanOrEqual((there + back) / 2 + 0.01)
    }),
    { numRuns: 5000 },
  )
})

it('is exact where the way there takes as long as the way back', () => {
  const exchange = { askedMs: 10, heardMs: 20, receivedUs: 7_200_014_000, answeredUs: 7_200_016_000 }
  expect(clockOffset(exchange)).toEqual({ offsetMs: 7_200_000, errorMs: 4.002, fromMs: 10, toMs: 20 })
})

it.each([
  ['answers before it is asked', { receivedUs: 5000, answeredUs: 4000 }],
  ['is set forward meanwhile, or lies', { receivedUs: 5000, answeredUs: 5_000_000 }],
])('believes no clock that %s', (_what, times) => {
  expect(clockOffset({ askedMs: 0, heardMs: 100, ...times })).toBeNull()
})
