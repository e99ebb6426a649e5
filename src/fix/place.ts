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
    if (!added) break
    blockers.push(blocker)
    edits.push(...added.edits)
    current = added.after
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

/** The edits of the first owner whose change gets the packets past the blocker, and what they make of the rules. */
function editsFor(
  dumps: readonly LoadedDump[],
  flow: BlockedFlow,
  blocker: HostDecision,
  networks: readonly Net[],
): { readonly edits: readonly Edit[]; readonly after: readonly LoadedDump[] } | null {
  for (const propose of PROPOSALS) {
    const edits = propose({ dumps, flow, blocker, networks })
    if (edits.length === 0) continue
    const after = edits.reduce<readonly LoadedDump[]>(applyEdit, dumps)
    if (helps(dumps, after, flow, blocker)) return { edits, after }
  }
  return null
}

/** The blocker no longer decides over any packet of the flow, or from a later place. */
function helps(
  dumps: readonly LoadedDump[],
  after: readonly LoadedDump[],
  flow: BlockedFlow,
  blocker: HostDecision,
): boolean {
  return packetsOf(flow).some((packet) => {
    const old = evaluateHost(dumps, hookOf(flow), packet)
    const now = evaluateHost(after, hookOf(flow), packet)
    return (
      old.decidedBy?.rule === blocker.decidedBy?.rule &&
      (now.fate === 'accept' ||
        now.decidedBy?.rule !== old.decidedBy?.rule ||
        chainsOf(now) !== chainsOf(old))
    )
  })
}

/** Several ways may lead to one rule, where it is not known which of them the packet takes. */
function chainsOf({ path }: HostDecision): string {
  return path.map(({ chain }) => chain).join('\n')
}
