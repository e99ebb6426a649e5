import type { Net } from '../firewall/address.ts'
import { type Dump, isTool, type LoadedDump, loadDumps, TOOLS } from '../firewall/host.ts'
import { isInner } from '../firewall/inner-interface.ts'
import type { BlockedFlow } from '../fix/input.ts'
import { type NodePlan, planNode } from '../fix/plan-fixes.ts'
import type { RulesetDump } from '../session/messages.ts'
import { type Block, blockIn, blockOf, decisionOf } from './blocks.ts'
import type { NodeEvidence } from './evidence.ts'
import type { JudgedFlow } from './judge-flows.ts'

/** null: none could be read. What one back end accepts is no proof where another could not be read. */
export function usableDumps(dumps: readonly RulesetDump[] | null): Dump[] | null {
  const known = (dumps ?? []).flatMap(({ tool, code, text }) =>
    isKind(tool) ? [{ tool, text, failed: code !== 0 }] : [],
  )
  const speaks = known.some(({ tool, failed }) => !failed && (isTool(tool) || tool === 'nft'))
  if (!speaks) return null
  return known.flatMap(({ tool, text, failed }) => {
    if (!failed) return [{ tool, text }]
    // Without nft's words or the sets rules stay unnamed or undecided, and no more.
    return isTool(tool) ? [{ tool, text: NOT_SHOWN }] : []
  })
}

/** As iptables-save itself says that it does not show all: nothing is accepted for certain any more. */
const NOT_SHOWN = "# Table `filter' is incompatible, for it could not be read.\n"

const KINDS: readonly Dump['tool'][] = [...TOOLS, 'nft', 'nft-text', 'ipset']

function isKind(name: string): name is Dump['tool'] {
  return (KINDS as readonly string[]).includes(name)
}

/**
 * The rules by which flows are judged, and not only explained; null where native tables are there that could not be read:
 * what iptables accepts they may drop.
 */
export function judgingRules(
  dumps: readonly RulesetDump[] | null,
  loaded: LoadedDump[] | null,
): LoadedDump[] | null {
  const read = loaded?.some(({ tool }) => tool === 'nft') ?? false
  return !read && hasNativeTables(dumps) ? null : loaded
}

function hasNativeTables(dumps: readonly RulesetDump[] | null): boolean {
  return dumps?.some(({ tool, text }) => tool === 'nft-tables' && hasNativeTable(text)) ?? false
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

type Rulesets = ReadonlyMap<string, readonly LoadedDump[] | null>

/** What a node's own firewall stops: what the packets have shown, and what its rules would do once the other end is open. */
export function blockedFlows(node: string, judged: readonly JudgedFlow[], rulesets: Rulesets): BlockedFlow[] {
  return judged.flatMap((flow) => {
    const block = blockOf(flow)
    if (block === null) return []
    return [block, ...otherEnd(block, flow, rulesets)].flatMap((each) =>
      each.node === node ? [each.flow] : [],
    )
  })
}

/** A request that one end stops has not come to the other, whose rules tell alone. */
function otherEnd(block: Block, flow: JudgedFlow, rulesets: Rulesets): Block[] {
  const { direction } = block.flow
  if (direction !== 'in' && direction !== 'out') return []
  const other = blockIn(direction === 'in' ? 'out' : 'in', flow)
  const dumps = other === null ? null : (rulesets.get(other.node) ?? null)
  if (other === null || dumps === null) return []
  const fate = decisionOf(other, dumps)?.fate
  return fate === 'drop' || fate === 'reject' ? [{ ...other, flow: { ...other.flow, measured: false } }] : []
}

export function planFor(
  node: NodeEvidence,
  dumps: Dump[] | null,
  flows: readonly BlockedFlow[],
  networks: readonly Net[],
): NodePlan {
  const own = flows.map((flow) => ({
    ...flow,
    interface: interfaceOf(node, flow.local),
  }))
  const { osRelease, ...owner } = node.hello?.firewall ?? NO_HINTS
  const isRoot = node.hello?.uid === 0
  return planNode({
    name: node.name,
    dumps,
    isRoot,
    hints: { osId: osRelease, ...owner, nativeNft: hasNativeTables(node.dumps) },
    networks,
    flows: own,
  })
}

/**
 * The interface by which the packets of other hosts come and go, where there is only one. With several the address does not
 * tell: a host takes a packet for any of its addresses on any of its interfaces.
 */
function interfaceOf({ hello }: NodeEvidence, local: string | null): string | null {
  const addresses = hello?.addresses ?? []
  // Peers in containers of this host come by the bridge that has the address which they use.
  const own = addresses.find(({ address }) => address === local)?.interface
  if (own !== undefined && own !== 'lo' && isInner(own)) return own
  const names = new Set(addresses.map((each) => each.interface).filter((name) => !isInner(name)))
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
