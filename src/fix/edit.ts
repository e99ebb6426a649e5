import { inheritIndex } from '../firewall/candidates.ts'
import type { Hook } from '../firewall/evaluate.ts'
import type { Backend, LoadedDump } from '../firewall/host.ts'
import type { Chain, Ruleset } from '../firewall/model.ts'
import type { RichRule } from './firewalld.ts'
import { iptablesCanonical, iptablesSpec } from './idioms/iptables.ts'
import { nftComment, nftRule } from './idioms/nft.ts'
import { type Opening, ruleOf } from './opening.ts'
import { shellWord } from './shell.ts'

/** One change of a ruleset, at the place it has when all edits before it are made. */
export interface Place {
  readonly op: 'insert' | 'append' | 'delete'
  /** Whose packets it is about. */
  readonly hook: Hook
  readonly tool: Backend
  /** As the dump's map of tables knows it: `filter`, `inet filter`. */
  readonly table: string
  readonly chain: string
  /** Where the rule will stand, or (delete) stands. */
  readonly position: number
  readonly opening: Opening
  /** What stands there now, as dumped: the rule, or `:CHAIN POLICY` where the rule is appended. */
  readonly before: string
  /** `before` is no text that the host would list. */
  readonly paraphrased?: true
}

/** In whose words the change is made. */
export type Idiom =
  | { readonly idiom: 'iptables' }
  /** `handle` is that of the rule before which the new one goes; null to append. */
  | { readonly idiom: 'nft'; readonly handle: number | null }
  | ({ readonly idiom: 'firewalld'; readonly rule: RichRule } & FrontLines)
  | ({ readonly idiom: 'ufw' } & FrontLines)

/** A front end writes the rules itself; what it is told, and what takes that back. */
interface FrontLines {
  readonly commands: readonly string[]
  readonly persist: readonly string[]
  readonly undo: readonly string[]
}

export type Edit = Place & Idiom

/** The lines to paste. Deleting names the rule, not its number: the wrong rule can never go. */
export function commandsOf(edit: Edit): string[] {
  const { op, tool, table, chain, position, opening } = edit
  switch (edit.idiom) {
    case 'iptables': {
      const where = table === 'filter' ? tool : `${tool} -t ${table}`
      const at = op === 'insert' ? `-I ${chain} ${position}` : `${op === 'append' ? '-A' : '-D'} ${chain}`
      return [`${where} ${at} ${iptablesSpec(opening)}`]
    }
    case 'nft': {
      const where = `${table} ${chain}`
      if (!isNftPlace(table, chain)) throw new RangeError('an odd name of a table or chain')
      if (op === 'delete') return [deleteByComment(where, opening)]
      const place = op === 'insert' ? `insert rule ${where} handle ${edit.handle}` : `add rule ${where}`
      return [`nft ${shellWord(`${place} ${nftRule(opening)}`)}`]
    }
    case 'firewalld':
    case 'ufw':
      return [...edit.commands]
  }
}

/** The handle of a rule that is not there yet is known only to the host, afterwards. Ours stands before an older copy. */
function deleteByComment(where: string, opening: Opening): string {
  const find = `s|^.* comment "${nftComment(opening)}" # handle \\([0-9]*\\)$|\\1|p`
  return `nft delete rule ${where} handle "$(nft -a list chain ${where} | sed -n ${shellWord(find)} | head -n 1)"`
}

/**
 * Names of tables and chains come from the host, and other programs than nft may give any: only such as nft itself takes,
 * which it does without quotes alone, may stand in a command. `table` with its family.
 */
export function isNftPlace(table: string, chain: string): boolean {
  return /^(ip6?|inet|netdev) [A-Za-z_.][\w./-]*$/.test(table) && /^[A-Za-z_.][\w./-]*$/.test(chain)
}

/** Undoes `edit`, when done right after it. */
export function inverse(edit: Edit): Edit {
  const op = edit.op === 'delete' ? 'insert' : 'delete'
  if (edit.idiom === 'iptables' || edit.idiom === 'nft') return { ...edit, op }
  return { ...edit, op, commands: edit.undo, undo: edit.commands }
}

/** Does to the model what the command does to the kernel. */
export function applyEdit(dumps: readonly LoadedDump[], edit: Edit): LoadedDump[] {
  return dumps.map((dump) =>
    dump.tool === edit.tool ? { ...dump, ruleset: editRuleset(dump.ruleset, edit) } : dump,
  )
}

/** As the dump of the back end will show the new rule. */
function textOf(edit: Edit): string {
  return edit.tool === 'nft' ? nftRule(edit.opening) : `-A ${edit.chain} ${iptablesCanonical(edit.opening)}`
}

function editRuleset(ruleset: Ruleset, edit: Edit): Ruleset {
  const table = ruleset.tables.get(edit.table)
  const chain = table?.chains.get(edit.chain)
  if (!table || !chain) throw new RangeError(`no chain ${edit.chain} in table ${edit.table}`)
  const chains = new Map(table.chains).set(edit.chain, editChain(chain, edit))
  return { ...ruleset, tables: new Map(ruleset.tables).set(edit.table, { ...table, chains }) }
}

function editChain(chain: Chain, edit: Edit): Chain {
  const { op, position, opening } = edit
  const rules = [...chain.rules]
  const text = textOf(edit)
  const rule = ruleOf(opening, text, position)
  let at = position - 1
  if (op === 'delete') {
    // As `iptables -D` with a rule: the first that is identical.
    at = rules.findIndex((candidate) => candidate.text === text)
    if (at < 0) throw new RangeError(`no such rule in ${chain.name}`)
    rules.splice(at, 1)
  } else if (op === 'append') {
    at = rules.length
    rules.push(rule)
  } else {
    if (position > rules.length + 1) throw new RangeError(`index of insertion too big in ${chain.name}`)
    rules.splice(at, 0, rule)
  }
  const edited = {
    ...chain,
    // A rule that keeps its number keeps its identity.
    rules: rules.map((each, i) => (each.position === i + 1 ? each : { ...each, position: i + 1 })),
  }
  inheritIndex(chain, edited, { op: op === 'delete' ? 'delete' : 'insert', at })
  return edited
}

/** Such chains see packets that are only forwarded too: there a rule must name this host as well. */
export function seesForwarded({ base }: Chain): boolean {
  return base !== null && base.hook !== 'input' && base.hook !== 'output'
}
