import { type Block, blockIn, type Ends, packetsOfBlock } from '../check/blocks.ts'
import { BLOCKED_AT } from '../check/later-packets.ts'
import type { Family } from '../firewall/address.ts'
import { evaluateHost, familyOf, type HostDecision, type LoadedDump } from '../firewall/host.ts'
import type { Packet, RuleRef } from '../firewall/model.ts'
import type { Direction } from '../fix/input.ts'
import { hookOf } from '../fix/opening.ts'
import type { Flow } from '../plan.ts'
import type { RulesObservation } from '../probe/observation.ts'
import { type Reason, rejectReason } from '../reasons.ts'
import type { Verdict } from '../verdict.ts'

/** One end of flows: an address literal, and the rules that were given of it; null for none. */
export interface RuledNode {
  readonly name: string
  readonly address: string
  readonly dumps: readonly LoadedDump[] | null
}

export interface RuledFlow {
  readonly flow: Flow
  readonly verdict: Verdict
  readonly observations: readonly RulesObservation[]
  /** Every place where the rules block it. */
  readonly blocks: readonly Block[]
  /** The rule of the first of them on the packet's way. */
  readonly blocker: { readonly node: string; readonly rule: RuleRef } | null
}

/** In the order in which a connection meets them. */
const TCP_WAY: readonly Direction[] = ['out', 'in', 'reply-out', 'reply-in']
/** Of a service that never answers. */
const ONE_WAY: readonly Direction[] = ['out', 'in']
/** A rule or two tell why; a large ruleset has thousands that it might be. */
const MOST_DOUBTS = 10

interface Judged {
  readonly direction: Direction
  readonly block: Block
  readonly packet: RulesObservation['packet']
  readonly decision: HostDecision
}

/**
 * What the rules of both ends make of a flow that nobody sends: DOWN when either end blocks the first or the later packets
 * under every reading of its rules, OK when both accept all of them under every reading, else UNKNOWN.
 */
export function judgeByRules(flow: Flow, source: RuledNode, target: RuledNode): RuledFlow {
  const ends: Ends = {
    evidence: { flow },
    sourceAddress: source.address,
    ownAddress: source.address,
    observations: [],
  }
  const answers = flow.service.listens !== 'never-answers'
  const nat = sourceNatOf(blockIn('out', ends), source)
  const judged = (answers ? TCP_WAY : ONE_WAY).flatMap((direction) => {
    const block = blockIn(direction, ends)
    const node = block?.node === source.name ? source : target
    if (block === null || !judges(node, block.flow.family)) return []
    const atTarget = direction === 'in' || direction === 'reply-out'
    return [decide(direction, block, node.dumps ?? [], answers, atTarget ? nat : null)]
  })
  const stops = judged.filter(({ decision }) => decision.fate === 'drop' || decision.fate === 'reject')
  const first = stops[0]
  const rule = first?.decision.decidedBy ?? null
  return {
    flow,
    verdict: first ? blocked(first) : notBlocked(judged, source, target),
    observations: judged.map(observation),
    // Nothing has shown the block: where the rules accept there is nothing to look for.
    blocks: stops.map(({ block }) => ({ ...block, flow: { ...block.flow, measured: false } })),
    blocker: first && rule ? { node: first.block.node, rule } : null,
  }
}

/** Whether any of the rules given are of the family. */
function judges({ dumps }: RuledNode, family: Family): boolean {
  return (dumps ?? []).some(({ tool }) => (familyOf(tool) ?? family) === family)
}

/** The source's rule that rewrites, or may rewrite, the address by which the target knows it. */
function sourceNatOf(block: Block | null, { dumps }: RuledNode): string | null {
  const [first] = block === null ? [] : packetsOfBlock(block)
  return first === undefined || dumps === null
    ? null
    : (evaluateHost(dumps, 'OUTPUT', first).sourceNat ?? null)
}

/** At its target, of a source whose address is rewritten to one that a dump does not tell for certain. */
function withoutPeer(packet: Packet, direction: Direction): Packet {
  return { ...packet, ...(direction === 'in' ? { source: null } : { destination: null }) }
}

/** The packet that is not accepted, a certain block before a doubt; else the first. */
function decide(
  direction: Direction,
  block: Block,
  dumps: readonly LoadedDump[],
  answers: boolean,
  nat: string | null,
): Judged {
  // To conntrack, what is never answered stays the first packet of its flow.
  const packets = answers ? packetsOfBlock(block) : packetsOfBlock(block).slice(0, 1)
  const judged = (packet: Packet): HostDecision => {
    const decision = evaluateHost(dumps, hookOf(block.flow), packet)
    return nat === null ? decision : { ...decision, doubts: [nat, ...decision.doubts] }
  }
  const decisions = packets.map((packet, index) => ({
    direction,
    block,
    packet: index === 0 ? ('first' as const) : ('later' as const),
    decision: judged(nat === null ? packet : withoutPeer(packet, direction)),
  }))
  const [first] = decisions
  if (!first) throw new RangeError(`no packet of ${block.flow.id}`)
  const fates = (...wanted: string[]) => decisions.find(({ decision }) => wanted.includes(decision.fate))
  return fates('drop', 'reject') ?? fates('unknown') ?? first
}

function blocked({ direction, block, packet, decision }: Judged): Verdict {
  return {
    status: 'DOWN',
    reason: reasonOf(direction, packet, decision, block.flow.family),
    blockedAt: BLOCKED_AT[direction],
    proof: 'rules',
  }
}

function reasonOf(
  direction: Direction,
  packet: Judged['packet'],
  decision: HostDecision,
  family: Family,
): Reason {
  if (packet === 'later') return 'payload-lost'
  switch (direction) {
    case 'out':
      return 'send-not-permitted'
    case 'in':
      return decision.fate === 'drop' ? 'dropped' : rejectReason(decision.rejectWith, family)
    case 'reply-out':
    case 'reply-in':
      return 'reply-lost'
  }
}

function notBlocked(judged: readonly Judged[], source: RuledNode, target: RuledNode): Verdict {
  const isOpen = judged.some(({ decision }) => decision.fate === 'unknown')
  const has = (node: RuledNode) => judged.some(({ block }) => block.node === node.name)
  const reason: Reason | null = isOpen
    ? 'rules-undecided'
    : !has(target)
      ? 'target-rules-missing'
      : !has(source)
        ? 'source-rules-missing'
        : null
  return reason === null
    ? { status: 'OK', reason: 'rules-accept', blockedAt: null, proof: 'rules' }
    : { status: 'UNKNOWN', reason, blockedAt: null, proof: 'none' }
}

function observation({ direction, block, packet, decision }: Judged): RulesObservation {
  const { fate, rejectWith, decidedBy, doubts } = decision
  return {
    kind: 'rules',
    node: block.node,
    hook: hookOf(block.flow),
    carries: direction === 'out' || direction === 'in' ? 'request' : 'answer',
    packet,
    fate,
    ...(rejectWith === undefined ? {} : { rejectWith }),
    rule: decidedBy?.rule ?? null,
    chain: decidedBy?.chain ?? null,
    position: decidedBy?.position ?? null,
    doubts: fate === 'unknown' ? doubts.slice(0, MOST_DOUBTS) : [],
  }
}
