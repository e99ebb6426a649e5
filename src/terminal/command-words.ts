import { isIP } from 'node:net'
import { InputError } from '../inventory/input-error.ts'
import { escapeText } from './escape.ts'
import { shellQuote } from './shell-quote.ts'

const COMMANDS = ['check', 'fix', 'analyze', 'pmm', 'explain'] as const
export type Command = (typeof COMMANDS)[number]

/** What stands on the command line besides the words, for the advice. */
interface Given {
  readonly nodes: readonly string[]
  readonly rules: readonly string[]
  /** Long names of all options, with `--`. */
  readonly options: readonly string[]
}

/**
 * The command that the words without an option are: one or none. Throws an `InputError` for any other word, with the command
 * line that was meant.
 */
export function commandOf(words: readonly string[], given: Given): Command {
  const [first, ...others] = words
  const command = COMMANDS.find((name) => name === first)
  const rest = command === undefined ? words : others
  if (command === 'explain' && (rest.length > 0 || given.nodes.length > 0)) throw explainForm(rest, given)
  const [word] = rest
  if (word === undefined) return command ?? 'check'
  if (isNoNode(word, rest, given)) throw noCommand(word, given.options)
  if (command === 'analyze') throw analyzeForm(rest, given)
  const names = [...given.nodes, ...rest.flatMap((each) => each.split(','))].filter(Boolean)
  throw new InputError(
    'nodes-as-words',
    `Nodes are given with --nodes, by commas and without spaces: ` +
      `pxc-netcheck ${command === undefined || command === 'check' ? '' : `${command} `}--nodes ${escapeText(names.join(','), 120)}`,
  )
}

/** The name of an option without its hyphens, or a command mistyped where the nodes are given already. */
function isNoNode(word: string, rest: readonly string[], { nodes, options }: Given): boolean {
  if (options.includes(`--${word}`)) return true
  const complete = nodes.length > 0 && nodes.every(Boolean) && rest.length === 1
  return complete && COMMANDS.some((command) => word.slice(0, 3) === command.slice(0, 3))
}

function noCommand(word: string, options: readonly string[]): InputError {
  const advice = options.includes(`--${word}`) ? ` ${optionAdvice(word)}` : ''
  return new InputError(
    'unknown-command',
    `"${escapeText(word, 80)}" is no command. There are check (the default), fix, analyze, pmm and explain.${advice}`,
  )
}

const FLOW = /^[^,]+,[^,]+,[^,]+$/

/** The command explains log lines, the option a flow: whoever names a flow, or nodes, means the option. */
function explainForm([word = '']: readonly string[], { nodes }: Given): InputError {
  if (nodes.length === 0 && !FLOW.test(word)) {
    return new InputError(
      'explain-form',
      `explain reads log lines from stdin, and takes no words: pxc-netcheck explain <${FILE.test(word) ? escapeText(shellQuote(word), 120) : 'FILE'}`,
    )
  }
  const flow = FLOW.test(word) ? word : [...nodes, 'n1', 'n2'].slice(0, 2).join(',').concat(',galera')
  const listed = nodes.length > 0 ? nodes.join(',') : flow.split(',').slice(0, 2).join(',')
  return new InputError(
    'explain-form',
    'explain alone is for log lines on stdin. For one flow --explain is an option: ' +
      `pxc-netcheck --nodes ${escapeText(listed, 120)} --explain ${escapeText(flow, 80)}`,
  )
}

function optionAdvice(word: string): string {
  switch (word) {
    case 'help':
      return 'Help: pxc-netcheck --help'
    case 'apply':
      return '--apply is an option of fix: pxc-netcheck fix --apply --nodes n1,n2,n3'
    default:
      return `--${word} is an option: see pxc-netcheck --help`
  }
}

const FILE = /[/\\]|\.(rules|txt|json|save|nft|v4|v6|out|dump|log|conf|ipset)$/i

/** `a b`, `n1.rules n2.rules` and `n1=n1.rules` alike, as `--nodes n1=ADDRESS,… --rules n1=n1.rules …`. */
function analyzeForm(rest: readonly string[], { nodes, rules }: Given): InputError {
  const addresses = new Map<string, string>()
  const files: (readonly [node: string, file: string])[] = rules.map((item) => cut(item))
  for (const item of [...nodes, ...rest.flatMap((word) => word.split(','))].filter(Boolean)) {
    const [left, right] = cut(item)
    const value = right === '' ? left : right
    const name = right === '' && FILE.test(left) ? stem(left) : left
    if (FILE.test(value)) files.push([name, value])
    if (!addresses.has(name) || isIP(value) !== 0) addresses.set(name, isIP(value) === 0 ? 'ADDRESS' : value)
  }
  const named = [...addresses].map(([name, address]) => `${name}=${address}`)
  const given = [...addresses.keys()].flatMap((name) => {
    const own = files.filter(([node]) => node === name).map(([, file]) => file)
    return (own.length > 0 ? own : ['FILE']).map((file) => ` --rules ${name}=${file}`)
  })
  return new InputError(
    'nodes-as-words',
    'analyze takes each node with its address, and what was saved there with --rules: ' +
      escapeText(`pxc-netcheck analyze --nodes ${named.join(',')}${given.join('')}`, 400),
  )
}

function cut(item: string): readonly [string, string] {
  const equals = item.indexOf('=')
  return equals === -1 ? [item, ''] : [item.slice(0, equals), item.slice(equals + 1)]
}

/** `/tmp/n1.rules` → `n1`. */
function stem(file: string): string {
  return (file.split(/[/\\]/).at(-1) ?? '').replace(/\.[^.]*$/, '') || 'n1'
}
