import { stripVTControlCharacters } from 'node:util'

/**
 * What must not reach a terminal as it is: control characters, bidi and other format characters (they reorder or hide
 * text), line and paragraph separators, every space but the plain one, lone surrogates, private and unassigned code points.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

/** Nearly all text is: a large report has a million strings. */
const PRINTABLE_ASCII = /^[ -~]*$/

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' }

/** Enough for any sane rule or error message; what is longer is noise, or an attempt to push the answer off the screen. */
const MAX_LENGTH = 2000

/** Text of a remote host or of the command line, as one line that is safe to print. */
export function escapeText(text: string, maxLength: number = MAX_LENGTH): string {
  if (text.length <= maxLength && PRINTABLE_ASCII.test(text)) return text
  return shorten(showUnsafe(stripVTControlCharacters(text)), maxLength)
}

/** As `escapeText`, but nothing is removed or shortened: for text whose every character matters, such as a command. */
export function showUnsafe(text: string): string {
  return text.replace(UNSAFE, (character) => NAMED[character] ?? codePoint(character))
}

/** True when the text reads the same in a terminal as it is: nothing hidden, moved or executed by it. */
export function isSafe(text: string): boolean {
  return text.search(UNSAFE) === -1
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16)
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}

function shorten(text: string, maxLength: number): string {
  const characters = text.length > maxLength ? [...text] : []
  return characters.length > maxLength
    ? `${characters.slice(0, Math.max(0, maxLength - 3)).join('')}...`
    : text
}
