import type { Net } from '../firewall/address.ts'
import { evaluateHost, type HostDecision, type LoadedDump } from '../firewall/host.ts'
import { applyEdit, type Edit } from './edit.ts'
import type { BlockedFlow } from './input.ts'
import { hookOf, packetsOf } from './opening.ts'
import { PROPOSALS } from './proposals.ts'

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
export function place(dumps: readonly LoadedDump[], flow: BlockedFlow, networks: readonly Net[]): Placed {
  let current = dumps
  const edits: Edit[] = []
  const blockers: HostDecision[] = []
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const blocked = packetsOf(flow)
      .map((packet) => evaluateHost(current, hookOf(flow), packet))
      .filter((decision) => decision.fate !== 'accept')
    const blocker = earliest(blocked)
    if (!blocker) return { dumps: current, edits, blockers, opened: true }
    const added = editsFor(current, flow, blocker, networks)
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

/** The edits of the first owner whose change gets the packets past the blocker. */
function editsFor(
  dumps: readonly LoadedDump[],
  flow: BlockedFlow,
  blocker: HostDecision,
  networks: readonly Net[],
): Edit[] {
  for (const propose of PROPOSALS) {
    const edits = propose({ dumps, flow, blocker, networks })
    if (edits.length > 0 && helps(dumps, edits, flow, blocker)) return edits
  }
  return []
}

/** The blocker no longer decides over any packet of the flow, or from a later place. */
function helps(
  dumps: readonly LoadedDump[],
  edits: readonly Edit[],
  flow: BlockedFlow,
  blocker: HostDecision,
): boolean {
  const after = edits.reduce<readonly LoadedDump[]>(applyEdit, dumps)
  return packetsOf(flow).some((packet) => {
    const old = evaluateHost(dumps, hookOf(flow), packet)
    const now = evaluateHost(after, hookOf(flow), packet)
    return (
      old.decidedBy?.rule === blocker.decidedBy?.rule &&
      (now.fate === 'accept' || now.decidedBy?.rule !== old.decidedBy?.rule)
    )
  })
}
