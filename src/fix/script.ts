import type { Edit } from './edit.ts'
import type { NodePlan } from './plan-fixes.ts'
import { printable, shellWord } from './shell.ts'

/**
 * The guarded form of a node's commands. Every rule is placed only where the analysis saw its place: the rule that stands
 * there, or the policy and the length of the chain, must be what it was (exit 3 if not, and nothing of that rule is done).
 * Run again it changes nothing. `iptables -C` does not tell whether our rule works, for it is true of a copy behind the
 * blocking rule too; so the script looks where the copy stands.
 *
 * Null when there is nothing to do.
 */
export function fixScript(plan: NodePlan): string | null {
  // A shadowed copy is found and removed by the script itself: it may have come after the analysis.
  const edits = plan.edits.filter((edit) => edit.op !== 'delete')
  if (edits.length === 0) return null
  const proven = plan.fixes.every((fix) => fix.backend === 'none' || fix.proven)
  return [
    '#!/bin/sh',
    `# pxc-netcheck: opens blocked flows on ${printable(plan.node)}. Run as root; running it again changes nothing.`,
    ...(proven ? [] : ['# Not proven: read the note of the fix first.']),
    LIBRARY,
    ...edits.map(callOf),
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
`

function callOf(edit: Edit): string {
  const { tool, table, chain, position, before, opening } = edit
  // grep takes lines: a rule with a line break in its comment cannot be told from others.
  if (before.includes('\n')) {
    return `changed ${shellWord(`rule ${position} of ${chain} in ${table} has a line break in it, place the rule by hand`)}`
  }
  const lock = edit.op === 'append' ? (before.split(' ')[1] ?? '') : before
  const words = [tool, table, chain, String(position), lock, opening.canonical].map(shellWord)
  return `${edit.op} ${words.join(' ')}`
}
