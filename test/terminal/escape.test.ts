import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeText, isSafe, showUnsafe } from '../../src/terminal/escape.ts'
import { shellQuote } from '../../src/terminal/shell-quote.ts'
import { wrap } from '../../src/terminal/wrap.ts'

/** Text as an attacker writes it: any code unit, with control and format characters far more often than by chance. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)),
      fc.constantFrom(
        '\x1b[31m',
        '\x1b]0;title\x07',
        '\x1bP',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u2028',
        '\ud800',
        '\u00ad',
        '\ufeff',
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''))

describe('escapeText', () => {
  it.each([
    ['plain text stays', '-A INPUT -j DROP', '-A INPUT -j DROP'],
    ['colours are removed', '\x1b[31mred\x1b[0m', 'red'],
    ['a title sequence is removed', 'a\x1b]0;owned\x07b', 'ab'],
    ['an unfinished sequence is shown', 'a\x1bb', 'a\\x1bb'],
    ['line breaks are shown', 'a\nb\r\tc\0', 'a\\nb\\r\\tc\\0'],
    ['C1 controls are shown', 'a\x85b', 'a\\x85b'],
    ['bidi overrides are shown', 'user\u202etxt', 'user\\u{202e}txt'],
    ['zero width characters are shown', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['line separators are shown', 'a\u2028b', 'a\\u{2028}b'],
    ['odd spaces are shown', 'a\u00a0b', 'a\\xa0b'],
    ['lone surrogates are shown', 'a\ud800b', 'a\\u{d800}b'],
    ['tag characters beyond the BMP are shown', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['letters of all scripts stay', 'Knoten-ä 節点', 'Knoten-ä 節点'],
  ])('%s', (_, text, shown) => {
    expect(escapeText(text)).toBe(shown)
  })

  it('does not build a new sequence out of what it leaves', () => {
    expect(escapeText('\x1b\x1b[0m[31mx')).not.toContain('\x1b')
  })

  it('shortens', () => {
    expect(escapeText('x'.repeat(50), 10)).toBe('xxxxxxx...')
    expect(escapeText('x'.repeat(10), 10)).toBe('xxxxxxxxxx')
    expect(escapeText('x'.repeat(5000))).toHaveLength(2000)
  })

  it('is safe, of bounded length and stable, whatever it gets', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = escapeText(text, 40)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(shown).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2028\u2029]/)
        expect(isSafe(shown)).toBe(true)
        expect([...shown].length).toBeLessThanOrEqual(40)
        expect(escapeText(shown, 40)).toBe(shown)
      }),
      { numRuns: 2000 },
    )
  })

  it('showUnsafe loses nothing: every harmless character is still there', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = showUnsafe(text)
        expect(isSafe(shown)).toBe(true)
        expect(isSafe(text)).toBe(shown === text)
      }),
    )
  })
})

describe('shellQuote', () => {
  it.each([
    ['plain', 'plain'],
    ['10.0.0.1/32', '10.0.0.1/32'],
    ['a=b', 'a=b'],
    ['=b', "'=b'"],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['$(id)', "'$(id)'"],
    ['~root', "'~root'"],
    ['a;b', "'a;b'"],
    ['*', "'*'"],
  ])('%s', (word, quoted) => {
    expect(shellQuote(word)).toBe(quoted)
  })

  it('a real shell reads back exactly what was quoted', () => {
    // A shell word cannot hold NUL, and a lone surrogate is no UTF-8.
    const words = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(words, (given) => {
        const clean = given.map((word) => word.replaceAll('\0', ''))
        const script = `printf '%s\\0' ${clean.map(shellQuote).join(' ')}`
        const read = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })
        expect(read.split('\0').slice(0, -1)).toEqual(clean)
      }),
      { numRuns: 40 },
    )
  })
})

describe('wrap', () => {
  it.each([
    ['short text stays', 'a b', 10, ['a b']],
    ['breaks at spaces', 'one two three', 8, ['one two', '  three']],
    ['keeps a leading indent', '  1. one two', 9, ['  1. one', '  two']],
    ['gives a long word its own line', 'a veryverylongword b', 8, ['a', '  veryverylongword', '  b']],
    ['empty', '', 8, ['']],
  ])('%s', (_, text, columns, lines) => {
    expect(wrap(text, columns, '  ')).toEqual(lines)
  })
})
