import type { Net } from '../firewall/address.ts'
import { type Dump, familyOf, isTool, type LoadedDump, loadDumps, TOOLS } from '../firewall/host.ts'
import { isInner } from '../firewall/inner-interface.ts'
import type { BlockedFlow } from '../fix/input.ts'
import { type NodePlan, planNode } from '../fix/plan-fixes.ts'
import type { RulesetDump } from '../session/messages.ts'
import { blockOf } from './blocks.ts'
import type { NodeEvidence } from './evidence.ts'
import type { JudgedFlow } from './judge-flows.ts'

/**
 * null: none could be read. A family of which one back end could not be read is left out whole: the other is no proof. So
 * is everything where native tables are known to be there and could not be read.
 */
export function usableDumps(dumps: readonly RulesetDump[] | null): Dump[] | null {
  const known = (dumps ?? []).flatMap(({ tool, code, text }) =>
    isKind(tool) ? [{ tool, text, failed: code !== 0 }] : [],
  )
  const iptables = known.flatMap(({ tool, ...rest }) => (isTool(tool) ? [{ tool, ...rest }] : []))
  const incomplete = new Set(iptables.filter(({ failed }) => failed).map(({ tool }) => familyOf(tool)))
  const usable = [
    ...iptables.filter(({ tool }) => !incomplete.has(familyOf(tool))),
    // Without them rules stay undecided, or unnamed, and no more.
    ...known.filter(({ tool, failed }) => !isTool(tool) && !failed),
  ]
  const speaks = usable.some(({ tool }) => isTool(tool) || tool === 'nft')
  return speaks ? usable.map(({ tool, text }) => ({ tool, text })) : null
}

const KINDS: readonly Dump['tool'][] = [...TOOLS, 'nft', 'nft-text', 'ipset']

function isKind(name: string): name is Dump['tool'] {
  return (KINDS as readonly string[]).includes(name)
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

/** What a node's own firewall stops. */
export function blockedFlows(node: string, judged: readonly JudgedFlow[]): BlockedFlow[] {
  return judged.flatMap((flow) => {
    const block = blockOf(flow)
    return block?.node === node ? [block.flow] : []
  })
}

export function planFor(
  node: NodeEvidence,
  dumps: Dump[] | null,
  judged: readonly JudgedFlow[],
  networks: readonly Net[],
): NodePlan {
  const flows = blockedFlows(node.name, judged).map((flow) => ({
    ...flow,
    interface: outwardInterface(node),
  }))
  const { osRelease, ...owner } = node.hello?.firewall ?? NO_HINTS
  const nativeNft =
    node.dumps?.some(({ tool, text }) => tool === 'nft-tables' && hasNativeTable(text)) ?? false
  const isRoot = node.hello?.uid === 0
  return planNode({
    name: node.name,
    dumps,
    isRoot,
    hints: { osId: osRelease, ...owner, nativeNft },
    networks,
    flows,
  })
}

/**
 * The interface by which the packets of other hosts come and go, where there is only one. With several the address does not
 * tell: a host takes a packet for any of its addresses on any of its interfaces.
 */
function outwardInterface({ hello }: NodeEvidence): string | null {
  const names = new Set(
    (hello?.addresses ?? []).map((each) => each.interface).filter((name) => !isInner(name)),
  )
  const [only = null, ...others] = names
  return others.length === 0 ? only : null
}

const NO_HINTS = {
  osRelease: null,
  sysconfigIptables: false,
  rulesV4: false,
  nftConf: null,
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
