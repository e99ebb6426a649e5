import type { LoadedDump, Tool } from '../firewall/host.ts'
import type { Chain, Ruleset } from '../firewall/model.ts'
import { type Opening, ruleOf } from './opening.ts'

/** One change of a ruleset, at the place it has when all edits before it are made. */
export interface Edit {
  readonly op: 'insert' | 'append' | 'delete'
  readonly tool: Tool
  readonly table: string
  readonly chain: string
  /** Where the rule will stand, or (delete) stands. */
  readonly position: number
  readonly opening: Opening
  /** What stands there now, as dumped: the rule, or `:CHAIN POLICY` where the rule is appended. */
  readonly before: string
}

/** The line to paste. Deleting names the rule, not its number: the wrong rule can never go. */
export function commandOf({ op, tool, table, chain, position, opening }: Edit): string {
  const where = table === 'filter' ? tool : `${tool} -t ${table}`
  switch (op) {
    case 'insert':
      return `${where} -I ${chain} ${position} ${opening.command}`
    case 'append':
      return `${where} -A ${chain} ${opening.command}`
    case 'delete':
      return `${where} -D ${chain} ${opening.command}`
  }
}

/** Undoes `edit`, when done right after it. */
export function inverse(edit: Edit): Edit {
  return { ...edit, op: edit.op === 'delete' ? 'insert' : 'delete' }
}

/** Does to the model what the command does to the kernel. */
export function applyEdit(dumps: readonly LoadedDump[], edit: Edit): LoadedDump[] {
  return dumps.map((dump) =>
    dump.tool === edit.tool ? { ...dump, ruleset: editRuleset(dump.ruleset, edit) } : dump,
  )
}

function editRuleset(ruleset: Ruleset, edit: Edit): Ruleset {
  const table = ruleset.tables.get(edit.table)
  const chain = table?.chains.get(edit.chain)
  if (!table || !chain) throw new RangeError(`no chain ${edit.chain} in table ${edit.table}`)
  const chains = new Map(table.chains).set(edit.chain, editChain(chain, edit))
  return { ...ruleset, tables: new Map(ruleset.tables).set(edit.table, { ...table, chains }) }
}

function editChain(chain: Chain, { op, position, opening }: Edit): Chain {
  const rules = [...chain.rules]
  const text = `-A ${chain.name} ${opening.canonical}`
  const rule = { ...ruleOf(chain.name, opening.command), text }
  if (op === 'delete') {
    // As `iptables -D` with a rule: the first that is identical.
    const at = rules.findIndex((candidate) => candidate.text === text)
    if (at < 0) throw new RangeError(`no such rule in ${chain.name}`)
    rules.splice(at, 1)
  } else if (op === 'append') {
    rules.push(rule)
  } else {
    if (position > rules.length + 1) throw new RangeError(`index of insertion too big in ${chain.name}`)
    rules.splice(position - 1, 0, rule)
  }
  return { ...chain, rules: rules.map((each, i) => ({ ...each, position: i + 1 })) }
}
