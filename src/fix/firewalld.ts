import { type Access, checkAccess, netText } from './net-text.ts'
import { shellWord } from './shell.ts'

/**
 * Whose rules a packet meets: those of its zone, or of a policy that stands before all zones (negative priority), which
 * no rule of a zone can overrule.
 */
export interface Governor {
  readonly kind: 'zone' | 'policy'
  readonly name: string
}

/**
 * 0 stands behind the deny rules of its zone, a negative one before them. The lowest that firewalld takes beats a deny
 * rule that has a negative priority itself.
 */
export type Priority = 0 | -1 | -32768

export interface RichRule {
  readonly governor: Governor
  readonly text: string
}

/** Where firewalld puts a rich rule of which priority, with either back end. */
export interface RichRulePlace {
  readonly chain: string
  readonly at: 'first' | 'last'
}

/**
 * Whom to tell, from the names of the chains that the packet was in when it was stopped, from the base chain down. Null
 * where firewalld has no rule to stand before it: what INPUT itself drops, as INVALID, or direct rules.
 *
 * It must be read from the rules: `--get-zone-of-source` compares strings, and knows no zone of 10.99.0.1 where
 * 10.99.0.0/24 is bound to one.
 */
export function governorOf(chains: readonly string[]): Governor | null {
  const pre = chains.findIndex((chain) => /^(filter_)?INPUT_POLICIES_pre$/.test(chain))
  if (pre >= 0) {
    const name = /^(?:filter_IN_policy|IN)_(.+)$/.exec(chains[pre + 1] ?? '')?.[1]
    return name === undefined ? null : { kind: 'policy', name }
  }
  const zones = chains.findIndex((chain) => /^(filter_)?INPUT_ZONES$/.test(chain))
  const name = zones < 0 ? undefined : /^(?:filter_)?IN_(.+)$/.exec(chains[zones + 1] ?? '')?.[1]
  return name === undefined ? null : { kind: 'zone', name }
}

/** The gentlest priority that stands before what stopped the packet. */
export function priorityOf(chains: readonly string[], governor: Governor): Priority {
  const end = chains.at(-1) ?? ''
  const part = ['pre', 'log', 'deny'].find((name) => end.endsWith(`IN_${inChain(governor, end)}_${name}`))
  if (part === 'pre') return -32768
  return part === undefined ? 0 : -1
}

/** `chain` is one of the same back end, for with nftables the names of policies are spelt differently. */
export function placeOf(governor: Governor, priority: Priority, chain: string): RichRulePlace {
  const prefix = chain.startsWith('filter_') ? 'filter_' : ''
  const part = priority === 0 ? 'allow' : 'pre'
  return {
    chain: `${prefix}IN_${inChain(governor, chain)}_${part}`,
    at: priority === -32768 ? 'first' : 'last',
  }
}

function inChain({ kind, name }: Governor, chain: string): string {
  return kind === 'policy' && chain.startsWith('filter_') ? `policy_${name}` : name
}

/**
 * firewalld.richlanguage(5), in the order and with the quotes in which `--list-rich-rules` prints it. One rule for each
 * port; a rule in a zone opens exactly what it names, where a zone of its own for the peer would take over all of the
 * peer's traffic.
 */
export function richRule(access: Access, priority: Priority = 0): string {
  checkAccess(access)
  const { source, port, protocol } = access
  return [
    `rule${priority === 0 ? '' : ` priority="${priority}"`} family="ipv${source.family}"`,
    `source address="${netText(source)}"`,
    `port port="${port}" protocol="${protocol}" accept`,
  ].join(' ')
}

/** Done twice it says ALREADY_ENABLED (or NOT_ENABLED), with code 0. */
export function richRuleLine(
  action: 'add' | 'remove',
  { governor, text }: RichRule,
  permanent: boolean,
): string {
  const where = governorWord(governor)
  return `firewall-cmd${permanent ? ' --permanent' : ''} ${where} --${action}-rich-rule=${shellWord(text)}`
}

function governorWord({ kind, name }: Governor): string {
  return `--${kind}=${/^[\w-]+$/.test(name) ? name : shellWord(name)}`
}

/**
 * For now and for after the next reload. Not one of them and then `--reload`, which throws away what others have added
 * for now only. Whether the permanent rule is ours is not known, so its removal is a comment line.
 */
export function richRuleLines(rule: RichRule): { commands: string[]; persist: string[]; undo: string[] } {
  return {
    commands: [richRuleLine('add', rule, false)],
    persist: [richRuleLine('add', rule, true)],
    undo: [
      richRuleLine('remove', rule, false),
      `# if it was not permanent before, and was made so: ${richRuleLine('remove', rule, true)}`,
    ],
  }
}

/**
 * Shell functions for many rules at once, since firewall-cmd takes a third of a second to start. Given several rules it
 * ends with code 0 when only one of them was taken, so what it lists afterwards is looked at.
 */
export const RICH_RULES_LIBRARY = `# rich_call VERB PERMANENT GOVERNOR RULE...
rich_call() {
  verb=$1 permanent=$2 governor=$3
  shift 3
  for text; do
    shift
    set -- "$@" "--$verb-rich-rule=$text"
  done
  firewall-cmd $permanent "$governor" "$@" >/dev/null
}

# rich_count PERMANENT GOVERNOR RULE...: how many of them firewalld has
rich_count() {
  listed=$(firewall-cmd $1 "$2" --list-rich-rules) || return 1
  shift 2
  has=0
  for text; do
    if printf '%s\\n' "$listed" | grep -qxF -e "$text"; then has=$((has + 1)); fi
  done
  echo $has
}

rich_has() {
  [ "$(rich_count "$@")" = $(($# - 2)) ]
}

rich_add() {
  rich_has "$@" || { rich_call add "$@" && rich_has "$@"; } || {
    echo "pxc-netcheck: firewalld has not taken all rules: $1 $2" >&2
    return 1
  }
}

rich_remove() {
  [ "$(rich_count "$@")" = 0 ] || { rich_call remove "$@" && [ "$(rich_count "$@")" = 0 ]; } || {
    echo "pxc-netcheck: firewalld still has some of the rules: $1 $2" >&2
    return 1
  }
}
`

/** Calls of this library, one for each governor. */
export function richRuleCalls(
  action: 'has' | 'add' | 'remove',
  rules: readonly RichRule[],
  permanent: boolean,
): string[] {
  const wheres = [...new Set(rules.map(({ governor }) => governorWord(governor)))]
  return wheres.map((where) => {
    const texts = rules.flatMap(({ governor, text }) =>
      governorWord(governor) === where ? [shellWord(text)] : [],
    )
    return [`rich_${action} '${permanent ? '--permanent' : ''}' ${where}`, ...new Set(texts)].join(' ')
  })
}
