import type { Edit } from './edit.ts'
import { RICH_RULES_LIBRARY, type RichRule, richRuleCalls } from './firewalld.ts'
import { iptablesCanonical } from './idioms/iptables.ts'
import { nftComment, nftRule } from './idioms/nft.ts'
import type { NodePlan, SeenChain } from './plan-fixes.ts'
import { printable, shellWord } from './shell.ts'

/**
 * The guarded form of a node's commands. Every rule is placed only where the analysis saw its place: the rule that stands
 * there, or the policy and the length of the chain, must be what it was (exit 3 if not, and nothing of that rule is done).
 * Run again it changes nothing. `iptables -C` does not tell whether our rule works, for it is true of a copy behind the
 * blocking rule too; so the script looks where the copy stands.
 *
 * A `trial` is gone with the next boot: firewalld is told nothing permanent. (ufw keeps what it is told by itself.)
 *
 * Null when there is nothing to do.
 */
export function fixScript(plan: NodePlan, { trial = false } = {}): string | null {
  const { edits } = plan
  if (edits.length === 0) return null
  const proven = plan.fixes.every((fix) => fix.backend === 'none' || fix.proven)
  return [
    '#!/bin/sh',
    `# pxc-netcheck: opens blocked flows on ${printable(plan.node)}. Run as root; running it again changes nothing.`,
    ...(proven ? [] : ['# Not proven: read the note of the fix first.']),
    LIBRARY,
    ...throughFirewalld(plan, trial),
    ...throughUfw(plan),
    // A shadowed copy is found and removed by the script itself: it may have come after the analysis.
    ...edits.flatMap((edit) =>
      edit.idiom === 'iptables' && edit.op !== 'delete' ? [iptablesCall(edit)] : [],
    ),
    ...edits.flatMap((edit) => (edit.idiom === 'nft' ? [nftCall(edit)] : [])),
    '',
    '# To survive a reboot:',
    ...plan.fixes.flatMap((fix) => fix.persist.map((line) => `# ${line.replace(/^# /, '')}`)),
    '',
  ].join('\n')
}

const LIBRARY = `set -eu
LC_ALL=C
export LC_ALL

changed() {
  echo "pxc-netcheck: $1: the ruleset has changed since the analysis, run pxc-netcheck again" >&2
  exit 3
}

# number TEXT: the number of the first rule of $rules that reads TEXT, 0 if there is none. Line 1 of $rules is the policy.
number() {
  line=$(printf '%s\\n' "$rules" | grep -nxF -e "$1" | head -n 1 | cut -d : -f 1)
  echo $((\${line:-1} - 1))
}

# $rule is several words on purpose, and made of nothing but option names, addresses and numbers.
list() {
  rules=$("$tool" -w 5 -t "$table" -S "$chain")
  ours=$(number "-A $chain $rule")
}

# insert TOOL TABLE CHAIN NUMBER BLOCKER RULE: RULE as number NUMBER, where BLOCKER stands now
insert() {
  tool=$1 table=$2 chain=$3 place=$4 blocker=$5 rule=$6
  list
  at=$(number "$blocker")
  [ "$at" -gt 0 ] || changed "rule $place of $chain in $table"
  if [ "$ours" -gt 0 ] && [ "$ours" -lt "$at" ]; then return 0; fi
  [ "$("$tool" -w 5 -t "$table" -S "$chain" "$place")" = "$blocker" ] || changed "rule $place of $chain in $table"
  [ "$at" -eq "$place" ] || changed "rule $place of $chain in $table"
  # a copy behind the blocking rule does nothing
  if [ "$ours" -gt 0 ]; then "$tool" -w 5 -t "$table" -D "$chain" $rule; fi
  "$tool" -w 5 -t "$table" -I "$chain" "$place" $rule
  list
  [ "$ours" -eq "$place" ] || changed "rule $place of $chain in $table"
}

# append TOOL TABLE CHAIN NUMBER POLICY RULE: RULE as number NUMBER, behind the last one, where POLICY decides now
append() {
  tool=$1 table=$2 chain=$3 place=$4 policy=$5 rule=$6
  list
  if [ "$ours" -gt 0 ]; then return 0; fi
  [ "$(printf '%s\\n' "$rules" | head -n 1)" = "-P $chain $policy" ] || changed "the policy of $chain in $table"
  [ "$(printf '%s\\n' "$rules" | wc -l)" -eq "$place" ] || changed "the length of $chain in $table"
  "$tool" -w 5 -t "$table" -A "$chain" $rule
}

# stands_before TOOL TABLE CHAIN NEXT RULE: RULE is there, and before NEXT, if that is there
stands_before() {
  tool=$1 table=$2 chain=$3 next=$4 rule=$5
  list
  at=$(number "$next")
  [ "$ours" -gt 0 ] && { [ -z "$next" ] || [ "$at" -eq 0 ] || [ "$ours" -lt "$at" ]; }
}

# same TOOL TABLE CHAIN RULES: the chain holds just these rules
same() {
  [ "$("$1" -w 5 -t "$2" -S "$3" | tail -n +2)" = "$4" ] || changed "chain $3 of $2"
}

tab=$(printf '\\t')

# nft_listing CHAIN: its rules, a line each: HANDLE RULE
nft_listing() {
  nft -s -a list chain $1 | sed -n "s/^$tab$tab\\(.*\\) # handle \\([0-9]*\\)$/\\2 \\1/p"
}

nft_rules() {
  nft_listing "$1" | sed 's/^[0-9]* //'
}

same_nft() {
  [ "$(nft_rules "$1")" = "$2" ] || changed "chain $1"
}

# nft_look CHAIN COMMENT: reads $rules, and where ours stands, 0 if nowhere
nft_look() {
  rules=$(nft_rules "$1")
  ours=$(printf '%s\\n' "$rules" | grep -nF -e "comment \\"$2\\"" | head -n 1 | cut -d : -f 1)
  ours=\${ours:-0}
}

# nft_insert CHAIN NUMBER BLOCKER COMMENT RULE: RULE as number NUMBER, where BLOCKER stands now
nft_insert() {
  nft_look "$1" "$4"
  at=$(printf '%s\\n' "$rules" | grep -nxF -e "$3" | head -n 1 | cut -d : -f 1)
  [ -n "$at" ] || changed "rule $2 of $1"
  if [ "$ours" -gt 0 ] && [ "$ours" -lt "$at" ]; then return 0; fi
  [ "$at" -eq "$2" ] || changed "rule $2 of $1"
  handle=$(nft_listing "$1" | sed -n "\${at}s/ .*//p")
  nft "insert rule $1 handle $handle $5"
}

# nft_append CHAIN NUMBER POLICY COMMENT RULE: RULE as number NUMBER, behind the last one, where POLICY decides now
nft_append() {
  nft_look "$1" "$4"
  if [ "$ours" -gt 0 ]; then return 0; fi
  nft -s list chain $1 | grep -q "policy $3;" || changed "the policy of $1"
  [ "$(printf '%s' "$rules" | grep -c '')" -eq "$(($2 - 1))" ] || changed "the length of $1"
  nft "add rule $1 $5"
}
`

function iptablesCall(edit: Edit): string {
  const { tool, table, chain, position, before, opening } = edit
  // grep takes lines: a rule with a line break in its comment cannot be told from others.
  if (before.includes('\n')) return refusal(edit, 'has a line break in it')
  const lock = edit.op === 'append' ? policyOf(before) : before
  const words = [tool, table, chain, String(position), lock, iptablesCanonical(opening)].map(shellWord)
  return `${edit.op} ${words.join(' ')}`
}

function nftCall(edit: Edit): string {
  const { table, chain, position, before, opening } = edit
  if (edit.paraphrased) return refusal(edit, 'is known by its JSON only')
  const lock = edit.op === 'append' ? policyOf(before).toLowerCase() : before
  const words = [`${table} ${chain}`, String(position), lock, nftComment(opening), nftRule(opening)].map(
    shellWord,
  )
  return `nft_${edit.op} ${words.join(' ')}`
}

function refusal({ position, chain, table }: Edit, why: string): string {
  return `changed ${shellWord(`rule ${position} of ${chain} in ${table} ${why}, place the rule by hand`)}`
}

/** `:INPUT DROP` → `DROP`. */
function policyOf(before: string): string {
  return before.split(' ')[1] ?? ''
}

/** Nothing where all is there already; otherwise the chains must be as they were before the front end is told. */
function throughFirewalld(plan: NodePlan, trial: boolean): string[] {
  const rules = richRulesOf(plan)
  if (rules.length === 0) return []
  return [
    RICH_RULES_LIBRARY,
    `if ! { ${richRuleCalls('has', rules, false).join(' && ')}; }; then`,
    ...sameCalls('firewalld', plan).map((line) => `  ${line}`),
    ...richRuleCalls('add', rules, false).map((line) => `  ${line}`),
    'fi',
    ...(trial ? [] : richRuleCalls('add', rules, true)),
  ]
}

/** What a plan tells firewalld. */
export function richRulesOf({ edits }: NodePlan): RichRule[] {
  return edits.flatMap((edit) => (edit.idiom === 'firewalld' ? [edit.rule] : []))
}

function throughUfw(plan: NodePlan): string[] {
  const own = plan.edits.flatMap((edit) => (edit.idiom === 'ufw' ? [edit] : []))
  if (own.length === 0) return []
  const there = own.map(({ tool, table, chain, before, opening }) =>
    ['stands_before', ...[tool, table, chain, before, iptablesCanonical(opening)].map(shellWord)].join(' '),
  )
  return [
    `if ! { ${there.join(' && ')}; }; then`,
    ...sameCalls('ufw', plan).map((line) => `  ${line}`),
    ...own.flatMap(({ commands }) => commands.map((line) => `  ${line} >/dev/null`)),
    'fi',
  ]
}

function sameCalls(idiom: 'firewalld' | 'ufw', { edits, seen }: NodePlan): string[] {
  const own = edits.filter((edit) => edit.idiom === idiom)
  return seen
    .filter(({ tool, table }) => own.some((edit) => edit.tool === tool && edit.table === table))
    .map(sameCall)
}

function sameCall({ tool, table, chain, rules }: SeenChain): string {
  const name = tool === 'nft' ? `${table} ${chain}` : chain
  const program = tool === 'nft' ? ['same_nft'] : ['same', tool, table]
  return [...program, name, rules.join('\n')].map(shellWord).join(' ')
}
