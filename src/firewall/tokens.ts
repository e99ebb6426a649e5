export interface Token {
  readonly text: string
  /** Any part of it was in double quotes, so it is never an option. */
  readonly quoted: boolean
}

export interface LogicalLine {
  /** Line of the dump it begins on, from 1. */
  readonly number: number
  readonly text: string
  readonly tokens: readonly Token[]
}

export class RulesetSyntaxError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`)
    this.name = 'RulesetSyntaxError'
    this.line = line
  }
}

const SPACE = /[ \t\r]/

/**
 * Splits a dump the way `iptables-restore` does (add_param_to_argv in iptables/xshared.c): white space separates, double
 * quotes group, and a backslash escapes inside quotes only. A line break inside quotes is part of the string: a comment
 * may hold one, and must not pass for a rule of its own. One pass, so its time is linear in the input.
 */
export function* logicalLines(dump: string): Generator<LogicalLine> {
  let begin = 0
  let number = 1
  while (begin < dump.length) {
    const { tokens, end } = dump[begin] === '#' ? comment(dump, begin) : words(dump, begin, number)
    const text = dump.slice(begin, end)
    yield { number, text: text.trim(), tokens }
    number += text.split('\n').length
    begin = end + 1
  }
}

interface Words {
  readonly tokens: readonly Token[]
  /** Where the line break stands that ends the line. */
  readonly end: number
}

function comment(dump: string, begin: number): Words {
  const end = dump.indexOf('\n', begin)
  return { tokens: [], end: end < 0 ? dump.length : end }
}

function words(dump: string, begin: number, line: number): Words {
  const tokens: Token[] = []
  let word = ''
  let inWord = false
  let quoted = false
  let inQuotes = false
  const endWord = () => {
    if (inWord) tokens.push({ text: word, quoted })
    word = ''
    inWord = quoted = false
  }
  let at = begin
  for (; at < dump.length; at++) {
    const char = dump.charAt(at)
    if (inQuotes) {
      if (char === '"') inQuotes = false
      else if (char === '\\') word += dump.charAt(++at)
      else word += char
    } else if (char === '\n') {
      break
    } else if (char === '"') {
      inQuotes = inWord = quoted = true
    } else if (SPACE.test(char)) {
      endWord()
    } else {
      word += char
      inWord = true
    }
  }
  if (inQuotes) throw new RulesetSyntaxError(line, 'a quoted string does not end')
  endWord()
  return { tokens, end: at }
}
