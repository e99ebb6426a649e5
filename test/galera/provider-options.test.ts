import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseBoolean, parsePeriod, parseProviderOptions } from '../../src/galera/provider-options.ts'

it.each([
  ['', {}],
  ['a=1', { a: '1' }],
  ['a = 1; b=2 ;', { a: '1', b: '2' }],
  [' ;; a=1;;a=2; ', { a: '2' }],
  ['a=;b=1', { a: '', b: '1' }],
  ['a;=1;b=2', { b: '2' }],
  ['a=1\\;2;b=x\\=y', { a: '1;2', b: 'x=y' }],
  ['a=b=c', { a: 'b=c' }],
  [
    'gmcast.listen_addr = tcp://[::]:4567; pc.weight=2',
    { 'gmcast.listen_addr': 'tcp://[::]:4567', 'pc.weight': '2' },
  ],
  [
    '__proto__=1;constructor=2',
    Object.fromEntries([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]),
  ],
])('reads %j', (text, options) => {
  expect(Object.fromEntries(parseProviderOptions(text))).toEqual(options)
})

it.each([
  ['PT3S', 3000],
  ['PT0.5S', 500],
  ['PT7.5S', 7500],
  ['PT1M30S', 90_000],
  ['PT1H', 3_600_000],
  ['P1D', 86_400_000],
  ['P1DT1S', 86_401_000],
  ['P1M', 2_592_000_000],
  ['P1Y', 31_104_000_000],
  ['P3S', 3000],
  ['3', 3000],
  ['0.25', 250],
  ['.5', 500],
  ['0', 0],
])('takes %s for a period', (text, ms) => expect(parsePeriod(text)).toBe(ms))

it.each([
  '',
  'PTS',
  'pt3s',
  'PT3',
  '3s',
  '-1',
  'PT-3S',
  '1e3',
  'Infinity',
  'P99999999999999Y',
  'PT3S ',
  'banana',
])('takes %j for none', (text) => expect(parsePeriod(text)).toBeNull())

it.each([
  [true, ['1', 'on', 'ON', 'yes', 'YES', 'true', 'y', ' yes ']],
  [false, ['0', 'off', 'OFF', 'no', 'false', 'FALSE', 'N', 'none']],
  [null, ['', '2', 'maybe', 'onn']],
])('reads booleans that are %s', (value, words) => {
  for (const word of words) expect(parseBoolean(word)).toBe(value)
})

it('throws on no text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'PT0123456789.SMHDY;=\\ ') }),
  )
  fc.assert(
    fc.property(text, (each) => {
      const ms = parsePeriod(each)
      expect(ms === null || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true)
      for (const key of parseProviderOptions(each).keys()) expect(key.trim()).not.toBe('')
      parseBoolean(each)
    }),
    { numRuns: 2000, verbose: 1 },
  )
})
