import { filterDump, isForeignChain, type ShownChain } from './filter-dump.ts'
import { isPrompt } from './listing.ts'
import { logicalLines, RulesetSyntaxError } from './tokens.ts'

/**
 * Reads what `iptables -S` prints, the filter table's rules without its name, and writes it as a dump of `iptables-save`.
 * Throws `RulesetSyntaxError` for chains of another table, and for anything that is no rule.
 */
export function dumpOfSpecs(text: string): string {
  const chains = new Map<string, ShownChain & { readonly rules: string[] }>()
  for (const { number, text: line, tokens } of logicalLines(text)) {
    const [command, name = '', policy = ''] = tokens.map((token) => token.text)
    if (command === undefined || isPrompt(line)) continue
    if (isForeignChain(name)) throw new RulesetSyntaxError(number, `${name} is no chain of the filter table`)
    if (command === '-P' && (policy === 'ACCEPT' || policy === 'DROP')) {
      chains.set(name, { name, policy, rules: [] })
    } else if (command === '-N' && name !== '') {
      chains.set(name, { name, policy: '-', rules: [] })
    } else if (command === '-A' && chains.has(name)) {
      chains.get(name)?.rules.push(line)
    } else {
      throw new RulesetSyntaxError(
        number,
        'this is no line of iptables -S, which begins with each chain (-P, -N)',
      )
    }
  }
  return filterDump([...chains.values()])
}
