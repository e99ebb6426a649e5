import { evaluateHost, type HostDecision, type LoadedDump } from '../firewall/host.ts'
import type { Chain } from '../firewall/model.ts'
import { applyEdit, type Edit } from './edit.ts'
import type { BlockedFlow } from './input.ts'
import { hookOf, openingOf, packetsOf } from './opening.ts'

export interface Placed {
  readonly dumps: readonly LoadedDump[]
  readonly edits: readonly Edit[]
  /** What blocked, in the order it was met. */
  readonly blockers: readonly HostDecision[]
  /** The evaluator now accepts every packet of the flow under every reading. */
  readonly opened: boolean
}

/** Each round opens a chain or moves the rule further up in it; two back ends have six chains each on a packet's way. */
const MAX_ROUNDS = 24

/**
 * Opens one flow: an ACCEPT before whatever blocks its first packet or its later ones, in every chain that does, for an
 * accept is final in its own chain only.
 */
export function place(dumps: readonly LoadedDump[], flow: BlockedFlow): Placed {
  let current = dumps
  const edits: Edit[] = []
  const blockers: HostDecision[] = []
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const blocked = packetsOf(flow)
      .map((packet) => evaluateHost(current, hookOf(flow), packet))
      .filter((decision) => decision.fate !== 'accept')
    const blocker = earliest(blocked)
    if (!blocker) return { dumps: current, edits, blockers, opened: true }
    const added = editsFor(current, flow, blocker)
    if (added.length === 0) break
    blockers.push(blocker)
    edits.push(...added)
    current = added.reduce<readonly LoadedDump[]>(applyEdit, current)
  }
  return { dumps: current, edits, blockers, opened: false }
}

/** The first decision, or one of the same chain whose rule stands before: one rule then serves the packets of both. */
function earliest(decisions: readonly HostDecision[]): HostDecision | undefined {
  const [first, ...others] = decisions
  return others.reduce((best, other) => {
    const same =
      best?.tool === other.tool &&
      best?.decidedBy?.table === other.decidedBy?.table &&
      best?.path[0]?.chain === other.path[0]?.chain
    return same && positionOf(other) < positionOf(best) ? other : best
  }, first)
}

function positionOf(decision: HostDecision | undefined): number {
  return decision?.path[0]?.position ?? Number.POSITIVE_INFINITY
}

function editsFor(dumps: readonly LoadedDump[], flow: BlockedFlow, blocker: HostDecision): Edit[] {
  const { tool, decidedBy } = blocker
  const [base] = blocker.path
  const table = decidedBy?.table ?? ''
  const chain = dumps
    .find((dump) => dump.tool === tool)
    ?.ruleset.tables.get(table)
    ?.chains.get(base?.chain ?? '')
  // An ACCEPT in nat does not let a packet through, it keeps it from being rewritten: not ours to decide.
  if (!tool || !base || !chain || table === 'nat') return []
  const opening = openingOf(flow, chain.name)
  const position = base.position ?? chain.rules.length + 1
  const place = { tool, table, chain: chain.name, opening }
  const shadowed = shadowedCopy(chain, position, opening.canonical)
  const deletion: Edit[] = shadowed
    ? [{ ...place, op: 'delete', position: shadowed.position, before: shadowed.text }]
    : []
  const before = chain.rules[position - 1]?.text ?? `:${chain.name} ${chain.policy}`
  return [...deletion, { ...place, op: base.position === null ? 'append' : 'insert', position, before }]
}

/** An identical rule behind the blocker does nothing but make `iptables -C` say that all is well. */
function shadowedCopy(chain: Chain, position: number, canonical: string) {
  return chain.rules.find(
    (rule) => rule.position >= position && rule.text === `-A ${chain.name} ${canonical}`,
  )
}
