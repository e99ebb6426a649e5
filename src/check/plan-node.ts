import { type Dump, familyOf, type LoadedDump, loadDumps, TOOLS, type Tool } from '../firewall/host.ts'
import { type NodePlan, planNode } from '../fix/plan-fixes.ts'
import type { RulesetDump } from '../session/messages.ts'
import { blockOf } from './blocks.ts'
import type { NodeEvidence } from './evidence.ts'
import type { JudgedFlow } from './judge-flows.ts'

/** null: none could be read. A family of which one back end could not be read is left out whole: the other is no proof. */
export function usableDumps(dumps: readonly RulesetDump[] | null): Dump[] | null {
  const known = (dumps ?? []).flatMap(({ tool, code, text }) =>
    isTool(tool) ? [{ tool, text, failed: code !== 0 }] : [],
  )
  const incomplete = new Set(known.filter(({ failed }) => failed).map(({ tool }) => familyOf(tool)))
  const usable = known.filter(({ tool }) => !incomplete.has(familyOf(tool)))
  return usable.length === 0 ? null : usable.map(({ tool, text }) => ({ tool, text }))
}

function isTool(name: string): name is Tool {
  return (TOOLS as readonly string[]).includes(name)
}

export function loadOrNull(dumps: readonly Dump[] | null): LoadedDump[] | null {
  if (dumps === null) return null
  try {
    return loadDumps(dumps)
  } catch {
    // The fix of the node says that its ruleset could not be understood.
    return null
  }
}

export function planFor(node: NodeEvidence, dumps: Dump[] | null, judged: readonly JudgedFlow[]): NodePlan {
  const flows = judged.flatMap((flow) => {
    const block = blockOf(flow)
    return block?.node === node.name ? [block.flow] : []
  })
  const rules = (dumps ?? []).reduce((sum, { text }) => sum + text.split('\n').length, 0)
  if (flows.length > 0 && rules > MOST_RULES) return tooManyRules(node.name, rules)
  const { osRelease, ...owner } = node.hello?.firewall ?? NO_HINTS
  const nativeNft =
    node.dumps?.some(({ tool, text }) => tool === 'nft-tables' && hasNativeTable(text)) ?? false
  const isRoot = node.hello?.uid === 0
  return planNode({ name: node.name, dumps, isRoot, hints: { osId: osRelease, ...owner, nativeNft }, flows })
}

/** Planning tries its commands on the whole ruleset again and again: past this it takes longer than a user waits. */
const MOST_RULES = 12_000

function tooManyRules(node: string, rules: number): NodePlan {
  const note = `The ruleset has ${rules} lines, too many to prove commands on. The blocking rule is named with each flow: put an ACCEPT before it.`
  const nothing = { commands: [], persist: [], undo: [], opens: [] }
  return { node, edits: [], fixes: [{ node, backend: 'none', ...nothing, proven: false, note }] }
}

const NO_HINTS = {
  osRelease: null,
  sysconfigIptables: false,
  rulesV4: false,
  netfilterPersistent: false,
  firewalldActive: false,
  ufwActive: false,
}

/** `nft list tables`: all but the tables that iptables-nft itself makes. */
function hasNativeTable(text: string): boolean {
  return text
    .split('\n')
    .some(
      (line) =>
        /^table \S+ \S+/.test(line) && !/^table ip6? (filter|nat|mangle|raw|security)$/.test(line.trim()),
    )
}
