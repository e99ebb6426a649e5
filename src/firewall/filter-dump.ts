import { escapeQuotes, quoteWord } from './quote-word.ts'

/** A chain as something less than `iptables-save` shows it. */
export interface ShownChain {
  readonly name: string
  /** `-` of a user chain. */
  readonly policy: string
  /** `-A CHAIN …` each. */
  readonly rules: readonly string[]
}

const BASE_CHAINS = ['INPUT', 'FORWARD', 'OUTPUT']

/** Where the chain stands tells that the table is not filter. */
export function isForeignChain(name: string): boolean {
  return name === 'PREROUTING' || name === 'POSTROUTING'
}

/**
 * The chains as a dump of the filter table. The table always has INPUT, FORWARD and OUTPUT: where one is missing the text
 * shows a part only, and may break off within its last chain. What is not shown may accept or block. `remarks`: comments.
 */
export function filterDump(chains: readonly ShownChain[], remarks: readonly string[] = []): string {
  const names = chains.map(({ name }) => name)
  const missing = BASE_CHAINS.filter((name) => !names.includes(name))
  const last = names.at(-1)
  return [
    ...remarks,
    '*filter',
    ...chains.map(({ name, policy }) => `:${name} ${policy} [0:0]`),
    ...missing.map((name) => `:${name} ACCEPT [0:0]`),
    ...chains.flatMap(({ rules }) => rules),
    ...(missing.length > 0 && last !== undefined ? [unread(last, 'the file may break off here')] : []),
    ...missing.map((name) => unread(name, `the file has no chain ${name}`)),
    'COMMIT',
    '',
  ].join('\n')
}

/** A match that may hold or not, in the spelling of a dump. `text` is what stands in its place. */
export function unreadMatch(text: string): string {
  return `-m unread --text "${escapeQuotes(text)}"`
}

function unread(chain: string, why: string): string {
  return `-A ${quoteWord(chain)} ${unreadMatch(why)} -j UNREAD`
}
