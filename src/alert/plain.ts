import { escapeText } from '../terminal/escape.ts'

/** What our own sentences are written with. */
const SPELLED: Readonly<Record<string, string>> = {
  '→': '->',
  '←': '<-',
  '–': '-',
  '—': '-',
  '…': '...',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
}

/** The text in printable ASCII: cron labels its mail by its own locale, which is often none. */
export function plainText(text: string): string {
  return escapeText(text).replace(/[^ -~]/gu, (character) => SPELLED[character] ?? codePoint(character))
}

export function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
