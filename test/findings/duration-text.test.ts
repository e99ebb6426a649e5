import { expect, it } from 'vitest'
import { durationText } from '../../src/findings/duration-text.ts'

it.each([
  [7_203_244.4, 3.1, '2 h 0 min 3.244 s (± 0.004 s)'],
  [2_000, 0.2, '2.000 s (± 0.001 s)'],
  [2_000, 0.000_01, '2.000 s (± 0.001 s)'],
  [59_999.9, 1, '1 min 0.000 s (± 0.002 s)'],
  [61_234, 30, '1 min 1.23 s (± 0.04 s)'],
  [61_234, 99, '1 min 1.23 s (± 0.11 s)'],
  [61_234, 420, '1 min 1.2 s (± 0.5 s)'],
  [3_661_234, 4_000, '1 h 1 min 1 s (± 5 s)'],
  [3_661_234, 45_000, '1 h 1 min 1 s (± 46 s)'],
  [1_780_000_000_000, 5, '20601 d 20 h 26 min 40.000 s (± 0.006 s)'],
])('%d ms, give or take %d: %s', (ms, errorMs, text) => {
  expect(durationText(ms, errorMs)).toBe(text)
})
