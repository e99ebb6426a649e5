import { isPrompt } from '../firewall/listing.ts'
import type { RulesText } from './read-rules.ts'

/**
 * Whether a file says nothing: it is empty, or has comments alone. iptables-save prints no more where nft or firewalld keep
 * the firewall, and also where it was not run as root.
 */
export function isBlank({ text }: Pick<RulesText, 'text'>): boolean {
  return text
    .split('\n')
    .map((line) => line.trim())
    .every((line) => line === '' || line.startsWith('#') || isPrompt(line))
}

/** Those that have rules, of each node; where none of its files has any, all of them. */
export function withoutBlanks(texts: readonly RulesText[]): RulesText[] {
  const told = new Set(texts.filter((text) => !isBlank(text)).map(({ node }) => node))
  return texts.filter((text) => !isBlank(text) || !told.has(text.node))
}
