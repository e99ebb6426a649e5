import type { Hook } from '../firewall/evaluate.ts'
import { chainIn, evaluateHost, type LoadedDump } from '../firewall/host.ts'
import { printIptablesSave } from '../firewall/iptables-save.ts'
import { matchRule, subjectOf } from '../firewall/match.ts'
import type { Rule } from '../firewall/model.ts'
import { applyEdit, type Edit, inverse, seesForwarded } from './edit.ts'
import { type Crossing, grid } from './grid.ts'
import type { BlockedFlow } from './input.ts'
import { hookOf, packetsOf, ruleOf } from './opening.ts'

/**
 * Whether the edits do what they are for and nothing else, by evaluation: every packet of the flows is accepted under every
 * reading, no packet of the grid that the new rules do not name has another fate, reject type or deciding rule, and the
 * undo gives back the ruleset to the letter.
 */
export function proves(
  before: readonly LoadedDump[],
  after: readonly LoadedDump[],
  edits: readonly Edit[],
  flows: readonly BlockedFlow[],
): boolean {
  return (
    flows.every((flow) =>
      packetsOf(flow).every((packet) => evaluateHost(after, hookOf(flow), packet).fate === 'accept'),
    ) &&
    edits.every((edit) => !opensForwarding(before, edit)) &&
    changesNothingElse(before, after, edits, flows) &&
    undoRestores(before, after, edits)
  )
}

/** The fate, reject type and deciding rule of every packet of the grid that no new rule names. */
export function changesNothingElse(
  before: readonly LoadedDump[],
  after: readonly LoadedDump[],
  edits: readonly Edit[],
  flows: readonly BlockedFlow[],
): boolean {
  const opened = edits.map(({ hook, opening }) => ({ hook, rule: ruleOf(opening, '', 1) }))
  return grid(before, flows).every((crossing) => unchanged(before, after, opened, crossing))
}

/** A rule where forwarded packets pass, and that does not say that it is for this host. */
function opensForwarding(before: readonly LoadedDump[], edit: Edit): boolean {
  const { opening } = edit
  const there = chainIn(before, edit)
  return (
    there !== undefined &&
    seesForwarded(there) &&
    !opening.beforeDnat &&
    !(opening.source && opening.destination)
  )
}

function unchanged(
  before: readonly LoadedDump[],
  after: readonly LoadedDump[],
  opened: readonly { readonly hook: Hook; readonly rule: Rule }[],
  { hook, packet }: Crossing,
): boolean {
  const subject = subjectOf(packet, hook === 'INPUT' ? 'in' : 'out', packet.ctState)
  if (opened.some((each) => each.hook === hook && matchRule(each.rule, subject) !== 'no')) return true
  const [old, now] = [evaluateHost(before, hook, packet), evaluateHost(after, hook, packet)]
  return (
    old.fate === now.fate &&
    old.rejectWith === now.rejectWith &&
    old.tool === now.tool &&
    old.decidedBy?.rule === now.decidedBy?.rule &&
    old.doubts.join('\n') === now.doubts.join('\n')
  )
}

function undoRestores(
  before: readonly LoadedDump[],
  after: readonly LoadedDump[],
  edits: readonly Edit[],
): boolean {
  const undone = [...edits].reverse().map(inverse).reduce<readonly LoadedDump[]>(applyEdit, after)
  return undone.every(({ ruleset }, i) => {
    const original = before[i]
    return original !== undefined && printIptablesSave(ruleset) === printIptablesSave(original.ruleset)
  })
}
