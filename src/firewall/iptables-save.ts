import { builtinBase, isTableName } from './base-chains.ts'
import type { IpSets } from './ipset-save.ts'
import type { Chain, Match, Rule, Ruleset, Table } from './model.ts'
import { splitOption } from './option-names.ts'
import { type RuleSpec, readSpec } from './rule-spec.ts'
import { targetOf } from './target.ts'
import { type LogicalLine, logicalLines, RulesetSyntaxError } from './tokens.ts'

interface DraftRule {
  readonly text: string
  readonly spec: RuleSpec
}

interface DraftTable {
  readonly name: string
  readonly policies: Map<string, Chain['policy']>
  readonly rules: Map<string, DraftRule[]>
}

/**
 * Reads what `iptables-save` prints (with `-c` or without), and what people write into /etc/sysconfig/iptables.
 * Throws `RulesetSyntaxError` for what `iptables-restore` would not load, a dump that breaks off included: half a
 * ruleset must never be judged. `sets` is what `-m set` matches; null leaves such rules undecided.
 */
export function parseIptablesSave(dump: string, sets: IpSets | null = null): Ruleset {
  const tables = new Map<string, Table>()
  const incomplete: string[] = []
  let draft: DraftTable | null = null
  let last = 1
  if (dump.includes('\0')) throw new RulesetSyntaxError(1, 'this is no text')
  for (const line of logicalLines(dump)) {
    last = line.number
    if (line.tokens.length === 0) {
      if (saysIncomplete(line.text)) incomplete.push(line.text)
    } else if (line.text.startsWith('*')) {
      if (draft) throw new RulesetSyntaxError(line.number, `table ${draft.name} has no COMMIT`)
      const name = onlyWord(line).slice(1)
      if (!isTableName(name)) throw new RulesetSyntaxError(line.number, 'iptables has no such table')
      draft = { name, policies: new Map(), rules: new Map() }
    } else if (!draft) {
      throw new RulesetSyntaxError(line.number, 'expected a table (*filter)')
    } else if (line.text === 'COMMIT') {
      tables.set(draft.name, resolve(draft))
      draft = null
    } else if (line.text.startsWith(':')) {
      declareChain(draft, line)
    } else {
      addRule(draft, line, sets)
    }
  }
  if (draft) throw new RulesetSyntaxError(last, `table ${draft.name} has no COMMIT`)
  return { tables, incomplete }
}

/** The ipsets that its rules themselves add to or delete from: what such a set holds, no dump tells. */
export function setsWritten(dump: string): string[] {
  const names: string[] = []
  for (const { tokens } of logicalLines(dump)) {
    for (const [at, { text, quoted }] of tokens.entries()) {
      const { name, argument } = splitOption(text)
      const writes = !quoted && (name === '--add-set' || name === '--del-set')
      if (writes) names.push(argument ?? tokens[at + 1]?.text ?? '')
    }
  }
  return names
}

/** The dump without counters and comments. Parsing it again gives the same ruleset. */
export function printIptablesSave(ruleset: Ruleset): string {
  const lines = [...ruleset.tables.values()].flatMap(({ name, chains }) => [
    `*${name}`,
    ...[...chains.values()].map((chain) => `:${chain.name} ${chain.policy ?? '-'} [0:0]`),
    ...[...chains.values()].flatMap((chain) => chain.rules.map((rule) => rule.text)),
    'COMMIT',
  ])
  return [...lines, ''].join('\n')
}

/**
 * iptables-nft-save's own words, at the start of a line, where a table holds native nft rules that it cannot print:
 * "# Table `filter' is incompatible, use 'nft' tool." and "# Table `filter' contains incompatible base-chains, use …".
 */
function saysIncomplete(comment: string): boolean {
  return /^# Table .* (is incompatible|contains incompatible)/.test(comment)
}

function onlyWord(line: LogicalLine): string {
  const [token, ...rest] = line.tokens
  if (!token || token.text.length < 2 || rest.length > 0) {
    throw new RulesetSyntaxError(line.number, 'expected one word')
  }
  return token.text
}

function declareChain(draft: DraftTable, line: LogicalLine): void {
  const [name, policy] = line.tokens.map((token) => token.text)
  const isOdd = line.tokens.some(({ quoted }) => quoted)
  if (!name || isOdd || name.length < 2 || (policy !== 'ACCEPT' && policy !== 'DROP' && policy !== '-')) {
    throw new RulesetSyntaxError(line.number, 'expected :CHAIN POLICY')
  }
  draft.policies.set(name.slice(1), policy === '-' ? null : policy)
  draft.rules.set(name.slice(1), [])
}

/** `-A CHAIN …`, and the `-I CHAIN [N] …` of hand-written files. */
function addRule(draft: DraftTable, line: LogicalLine, sets: IpSets | null): void {
  const counted = /^\[\d+:\d+\]$/.test(line.tokens[0]?.text ?? '')
  const [command, chain, ...rest] = counted ? line.tokens.slice(1) : line.tokens
  const rules = draft.rules.get(chain?.text ?? '')
  const text = counted ? line.text.slice(line.text.indexOf(']') + 1).trimStart() : line.text
  switch (command?.text) {
    case '-A':
    case '--append':
      if (!rules) throw new RulesetSyntaxError(line.number, 'a rule for a chain that is not declared')
      rules.push(...expand(text, readSpec(rest, line.number, sets)))
      return
    case '-I':
    case '--insert': {
      if (!rules) throw new RulesetSyntaxError(line.number, 'a rule for a chain that is not declared')
      const numbered = /^\d+$/.test(rest[0]?.text ?? '')
      const position = numbered ? Number(rest[0]?.text) : 1
      if (position < 1 || position > rules.length + 1) {
        throw new RulesetSyntaxError(line.number, 'index of insertion too big')
      }
      // iptables inserts each of `-s A,B` at the same number, so they end up in reverse.
      const added = expand(text, readSpec(numbered ? rest.slice(1) : rest, line.number, sets)).reverse()
      rules.splice(position - 1, 0, ...added)
      return
    }
    default:
      throw new RulesetSyntaxError(line.number, 'expected a rule (-A CHAIN …)')
  }
}

function expand(text: string, spec: RuleSpec): DraftRule[] {
  const one = (match: Match | undefined) => (match ? [match] : [])
  const sources = spec.sources.length > 0 ? spec.sources : [undefined]
  const destinations = spec.destinations.length > 0 ? spec.destinations : [undefined]
  return sources.flatMap((source) =>
    destinations.map((destination) => ({
      text,
      spec: { ...spec, matches: [...one(source), ...one(destination), ...spec.matches] },
    })),
  )
}

function resolve({ name, policies, rules }: DraftTable): Table {
  const isChain = (chain: string) => policies.get(chain) === null
  const chains = [...policies].map(([chain, policy]): [string, Chain] => {
    const resolved = (rules.get(chain) ?? []).map(
      ({ text, spec }, i): Rule => ({
        position: i + 1,
        text,
        matches: spec.matches,
        target: spec.target
          ? targetOf(
              spec.target.name,
              spec.target.how,
              isChain,
              (option) => spec.targetOptions.get(option) ?? null,
            )
          : null,
      }),
    )
    const base = policy === null ? null : builtinBase(name, chain)
    return [chain, { name: chain, base, policy, rules: resolved }]
  })
  return { name, families: null, chains: new Map(chains) }
}
