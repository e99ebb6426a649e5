import { escapeText, isSafe } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'

/** What a shell would act on outside quotes. No shell runs the prefix, so it would silently mean something else. */
const SHELL_ONLY = /[$`;|&<>()*?~]/
const EXPANDS_IN_DOUBLE_QUOTES = /[$`]/
/** The characters that a backslash escapes between double quotes. */
const ESCAPABLE_IN_DOUBLE_QUOTES = /[$`"\\]/

/** Splits as a POSIX shell does, quotes and backslashes included, but expands nothing. */
export function splitWords(text: string): string[] {
  if (!isSafe(text)) {
    throw new InputError(
      'via-control',
      `--via "${escapeText(text, 80)}" has control or invisible characters. Retype it.`,
    )
  }
  const words: string[] = []
  let word: string | null = null
  let index = 0
  while (index < text.length) {
    const character = text.charAt(index)
    if (character === ' ') {
      if (word !== null) words.push(word)
      word = null
      index += 1
      continue
    }
    const part = readPart(text, index)
    word = (word ?? '') + part.value
    index = part.end
  }
  return word === null ? words : [...words, word]
}

interface Part {
  readonly value: string
  readonly end: number
}

function readPart(text: string, start: number): Part {
  const character = text.charAt(start)
  if (character === "'") return readSingleQuoted(text, start)
  if (character === '"') return readDoubleQuoted(text, start)
  if (character === '\\') {
    if (start + 1 >= text.length) throw unfinished(text, 'a backslash with nothing behind it')
    return { value: text.charAt(start + 1), end: start + 2 }
  }
  if (SHELL_ONLY.test(character)) throw shellOnly(character)
  return { value: character, end: start + 1 }
}

function readSingleQuoted(text: string, start: number): Part {
  const end = text.indexOf("'", start + 1)
  if (end === -1) throw unfinished(text, 'a single quote that is not closed')
  return { value: text.slice(start + 1, end), end: end + 1 }
}

function readDoubleQuoted(text: string, start: number): Part {
  let value = ''
  let index = start + 1
  while (index < text.length) {
    const character = text.charAt(index)
    if (character === '"') return { value, end: index + 1 }
    if (EXPANDS_IN_DOUBLE_QUOTES.test(character)) throw shellOnly(character)
    const escaped = character === '\\' && ESCAPABLE_IN_DOUBLE_QUOTES.test(text.charAt(index + 1))
    value += escaped ? text.charAt(index + 1) : character
    index += escaped ? 2 : 1
  }
  throw unfinished(text, 'a double quote that is not closed')
}

function shellOnly(character: string): InputError {
  return new InputError(
    'via-shell',
    `--via has an unquoted "${character}", which only a shell understands, and no shell runs the prefix. ` +
      `Put it in single quotes if it is meant literally, else call a script.`,
  )
}

function unfinished(text: string, what: string): InputError {
  return new InputError('via-quotes', `--via "${escapeText(text, 80)}" ends in ${what}.`)
}
