import { createHash } from 'node:crypto'
import { shellQuote } from '../../terminal/shell-quote.ts'

/** Stands where the user has named nothing: no cloud takes it for a name, so a command pasted with it fails. */
export const PLACEHOLDER = 'REPLACE-ME'

/** One command line. Throws RangeError on a word that is not printable ASCII: no name of a cloud has any. */
export function commandLine(...words: readonly string[]): string {
  const odd = words.find((word) => !/^[\x20-\x7e]+$/.test(word))
  if (odd !== undefined) throw new RangeError(`no word of a command: ${JSON.stringify(odd)}`)
  return words.map(shellQuote).join(' ')
}

/** 32 bits that say what a rule does. Two runs give the same rule the same name, and never one name to two rules. */
export function fingerprint(rule: unknown): string {
  return createHash('sha256').update(JSON.stringify(rule)).digest('hex').slice(0, 8)
}

/** A name that every cloud accepts. */
export function ruleName(rule: unknown): string {
  return `pxc-netcheck-${fingerprint(rule)}`
}

/** The sentence in front of a note when there is a place to fill in. */
export function fillIn(named: boolean, what: string, option: string): string {
  return named ? '' : `Put ${what} in place of ${PLACEHOLDER}, or give it: --cloud ${option}. `
}
