import { CONNTRACK_PRIORITY, HOOKS, NAT_SOURCE } from './base-chains.ts'
import { type Subject, sideOf, subjectOf } from './match.ts'
import type { Base, Chain, CtState, Decision, NetfilterHook, Packet, Table } from './model.ts'
import type { Outcome, Redirection } from './outcome.ts'
import { traverse } from './traverse.ts'
import { or, type Tri } from './tri.ts'

export type Hook = 'INPUT' | 'OUTPUT'

/** A base chain that packets cross, and whose it is. */
export interface Stage<Tool> {
  readonly tool: Tool
  readonly table: Table
  /** As the dump's map of tables knows it. */
  readonly tableKey: string
  readonly chain: Chain
  readonly base: Base
}

/** `tool` is whose rule decides; null when no rule and no policy has a say. */
export type ToolDecision<Tool> = Decision & { readonly tool: Tool | null }

type Ended<Tool> = Outcome & { readonly tool: Tool }

/** A packet that DNAT sends on to another host leaves the way of INPUT after prerouting. */
const FORWARDED: readonly NetfilterHook[] = ['forward', 'postrouting', 'egress']
const ROUTES: Record<Hook, readonly NetfilterHook[]> = {
  INPUT: ['ingress', 'prerouting', 'input'],
  OUTPUT: ['output', 'postrouting', 'egress'],
}

/** The base chains in the order in which the kernel calls them. */
export function inHookOrder<Tool>(stages: readonly Stage<Tool>[]): Stage<Tool>[] {
  const rank = ({ base }: Stage<Tool>) => HOOKS.indexOf(base.hook)
  return [...stages].sort((a, b) => rank(a) - rank(b) || a.base.priority - b.base.priority)
}

/**
 * What the chains (in the order of `inHookOrder`) do to a packet that arrives for this host (`INPUT`) or leaves it
 * (`OUTPUT`). A drop in any of them is final, an accept only ends its own chain. `unknown` when the readings of what the
 * dumps leave open differ in their fate, never when they agree.
 */
export function evaluate<Tool>(
  stages: readonly Stage<Tool>[],
  hook: Hook,
  packet: Packet,
  incomplete: readonly string[] = [],
): ToolDecision<Tool> {
  const walk = hook === 'INPUT' ? arriving(stages, packet) : leaving(stages, packet)
  if (walk.open && incomplete.length > 0) {
    for (const text of incomplete) walk.doubts.add(text)
    const { decidedBy = null, path = [], tool = null } = walk.blocks[0] ?? {}
    return { fate: 'unknown', tool, decidedBy, path, doubts: [...walk.doubts] }
  }
  return walk.decision()
}

function arriving<Tool>(stages: readonly Stage<Tool>[], packet: Packet): Evaluation<Tool> {
  const other = otherWay(stages, packet, 'OUTPUT')
  const walk = new Evaluation<Tool>(packet, 'in', { states: statesAfter(packet, other.notrack) })
  walk.heed(other)
  walk.through(stages, ROUTES.INPUT)
  return walk
}

/**
 * An answer to a connection that DNAT sent on comes from the other host, and is forwarded; where DNAT led to another port
 * of this host the answer comes from that one. Behind POSTROUTING each has the address and port that the client asked for.
 */
function leaving<Tool>(stages: readonly Stage<Tool>[], packet: Packet): Evaluation<Tool> {
  const other = otherWay(stages, packet, 'INPUT')
  const states = statesAfter(packet, other.notrack)
  const { redirection } = other
  if (redirection === null || sideOf(packet) !== 'reply') {
    const walk = new Evaluation<Tool>(packet, 'out', { states })
    walk.heed(other)
    walk.through(stages, ROUTES.OUTPUT)
    return walk
  }
  const { address, port, behind } = redirection
  const { source, sourcePort } = packet
  const here = address === null || address === source
  const walk = new Evaluation<Tool>(
    {
      ...packet,
      source: address ?? source,
      sourcePort: port ?? sourcePort,
      inInterface: here ? null : behind,
    },
    here ? 'out' : 'forward',
    {
      states,
      original: { destination: source, destinationPort: sourcePort },
      behindNat: { source, sourcePort },
    },
  )
  walk.heed(other)
  walk.through(stages, here ? ROUTES.OUTPUT : ['ingress', 'prerouting', ...FORWARDED])
  return walk
}

/** What the packets of the other direction meet that tells of this one: whether they are tracked, and where DNAT sends them. */
function otherWay<Tool>(stages: readonly Stage<Tool>[], packet: Packet, hook: Hook): Evaluation<Tool> {
  const walk = new Evaluation<Tool>(reversed(packet), hook === 'INPUT' ? 'in' : 'out')
  if (packet.ctState !== 'ESTABLISHED') return walk
  walk.through(
    stages.filter(({ base }) => beforeConntrack(base) || redirects(base)),
    ROUTES[hook],
  )
  return walk
}

/** `notrack`: whether conntrack has seen nothing of the other direction. */
function statesAfter(packet: Packet, notrack: Tri): readonly CtState[] {
  if (notrack === 'no') return [packet.ctState]
  return notrack === 'yes' ? statesAlone(packet) : [packet.ctState, ...statesAlone(packet)]
}

/**
 * What the packets of one direction are to conntrack by themselves (net/netfilter/nf_conntrack_proto_tcp.c): an answer to
 * a SYN that it has not seen is INVALID, and so is what follows a SYN without answer; what follows the answer is taken up
 * as new unless nf_conntrack_tcp_loose is off.
 */
function statesAlone(packet: Packet): readonly CtState[] {
  if (packet.protocol === 'udp') return ['NEW']
  const isAnswer = sideOf(packet) !== 'original'
  if (packet.protocol === 'tcp' && isAnswer && !packet.tcpFlags.includes('SYN')) return ['NEW', 'INVALID']
  return ['INVALID']
}

interface Walker {
  readonly original?: Subject['original']
  readonly states?: readonly CtState[]
  /** What the packet becomes where POSTROUTING undoes DNAT. */
  readonly behindNat?: Pick<Packet, 'source' | 'sourcePort'>
}

class Evaluation<Tool> {
  readonly blocks: Ended<Tool>[] = []
  readonly doubts = new Set<string>()
  /** False when nothing of the packet gets past the chains. */
  open = true
  /** The one DNAT that the packet certainly meets. */
  redirection: Redirection | null = null
  /** Whether a chain keeps the packet from conntrack. */
  notrack: Tri = 'no'
  /** What ends the packet's way where nothing of it gets past. */
  private end: Ended<Tool> | null = null
  private packet: Packet
  private direction: Subject['hook']
  private original: Subject['original']
  private states: readonly CtState[]
  private behindNat: Pick<Packet, 'source' | 'sourcePort'> | null
  private sourceNat: string | null = null
  private accepted: Ended<Tool> | null = null
  private worth = -1

  constructor(packet: Packet, direction: Subject['hook'], more: Walker = {}) {
    this.packet = packet
    this.direction = direction
    this.original = more.original ?? null
    this.states = more.states ?? [packet.ctState]
    this.behindNat = more.behindNat ?? null
  }

  /** What is not known of the other direction's way is not known of this one's. */
  heed(other: Evaluation<Tool>): void {
    const open = other.blocks.filter(({ fate }) => fate === 'unknown')
    this.blocks.push(...open)
    if (open.length > 0 || other.notrack === 'maybe') for (const doubt of other.doubts) this.doubts.add(doubt)
  }

  through(stages: readonly Stage<Tool>[], route: readonly NetfilterHook[]): void {
    let hooks = route
    let tracked = false
    for (const stage of stages) {
      const { base } = stage
      if (!hooks.includes(base.hook)) continue
      const enters = crosses(stage, this.packet)
      if (enters === 'no') continue
      const early = beforeConntrack(base)
      if (!early && !tracked) {
        this.states = untracked(this.states, this.notrack)
        tracked = true
      }
      if (this.behindNat && isBehindNat(base)) {
        this.packet = { ...this.packet, ...this.behindNat }
        this.behindNat = null
      }
      const states = early ? untracked(['INVALID'], this.notrack) : statesSeen(base, this.states, this.packet)
      const results = states.map((state) => {
        const mayBeUntracked = early && state === 'INVALID' && nearNotrack(stage, stages)
        const more = { original: this.original, mayBeUntracked }
        return traverse(
          stage.table,
          stage.tableKey,
          stage.chain,
          subjectOf(this.packet, this.direction, state, more),
        )
      })
      const outcomes = results
        .flatMap((result) => result.outcomes)
        .map((outcome): Ended<Tool> => ({ ...outcome, tool: stage.tool }))
      for (const result of results) {
        for (const rule of result.doubts) this.doubts.add(rule.text)
        this.notrack = or(this.notrack, result.notrack)
      }
      this.blocks.push(...outcomes.filter((outcome) => outcome.fate !== 'accept'))
      const passes = outcomes.find((outcome) => outcome.fate === 'accept')
      if (passes) this.accept(passes, base)
      if (!passes && outcomes.length > 0 && enters === 'yes') {
        this.open = false
        this.end = outcomes[0] ?? null
        return
      }
      this.sourceNat ??= outcomes.find(({ sourceNat }) => sourceNat)?.decidedBy.rule ?? null
      if (this.redirect(outcomes, base)) hooks = FORWARDED
    }
  }

  decision(): ToolDecision<Tool> {
    return { ...this.decided(), ...(this.sourceNat === null ? {} : { sourceNat: this.sourceNat }) }
  }

  private decided(): ToolDecision<Tool> {
    const doubts = [...this.doubts]
    const [first] = this.blocks
    if (!first) {
      const { tool = null, decidedBy = null, path = [] } = this.accepted ?? {}
      return { fate: 'accept', tool, decidedBy, path, doubts }
    }
    const { tool, decidedBy, path, fate, rejectWith } = this.end ?? first
    const same = !this.open && this.blocks.every((block) => block.fate === fate)
    if (!same) return { fate: 'unknown', tool, decidedBy, path, doubts }
    const sameReject = this.blocks.every((block) => block.rejectWith === rejectWith)
    const how = sameReject && rejectWith !== undefined ? { rejectWith } : {}
    return { fate, ...how, tool, decidedBy, path, doubts }
  }

  /** Every packet passes most chains by default: what a rule of a filter chain says is the better account. */
  private accept(passes: Ended<Tool>, base: Base): void {
    const filters = base.type === 'filter' && base.priority > CONNTRACK_PRIORITY / 2
    const local = base.hook !== 'prerouting' && base.hook !== 'ingress'
    const worth = (filters && local ? 2 : 0) + (passes.decidedBy.position === null ? 0 : 1)
    if (worth <= this.worth) return
    this.accepted = passes
    this.worth = worth
  }

  /** True when the packet is for another host from here on. */
  private redirect(outcomes: readonly Ended<Tool>[], base: Base): boolean {
    const found = outcomes.find(({ redirection }) => redirection)
    if (!found?.redirection) return false
    if (outcomes.length > 1 || !redirects(base)) {
      this.blocks.push({ ...found, fate: 'unknown' })
      return false
    }
    const { address, port, behind } = found.redirection
    const { destination, destinationPort } = this.packet
    this.redirection = found.redirection
    this.original ??= { destination, destinationPort }
    const away = address !== null && address !== destination
    this.packet = {
      ...this.packet,
      destination: address ?? destination,
      destinationPort: port ?? destinationPort,
      ...(away ? { outInterface: behind } : {}),
    }
    if (away) this.direction = 'forward'
    return away
  }
}

/** Whether the packet's family, and as far as that is known its interface, enters the chain. */
function crosses<Tool>({ table, base }: Stage<Tool>, packet: Packet): Tri {
  if (table.families !== null && !table.families.includes(packet.family)) return 'no'
  if (base.devices === null) return 'yes'
  const device = base.hook === 'ingress' ? packet.inInterface : packet.outInterface
  if (device === null || base.devices.length === 0) return 'maybe'
  return base.devices.includes(device) ? 'yes' : 'no'
}

function beforeConntrack({ hook, priority }: Base): boolean {
  if (hook === 'ingress') return true
  return (hook === 'prerouting' || hook === 'output') && priority < CONNTRACK_PRIORITY
}

function redirects({ type, hook }: Base): boolean {
  return type === 'nat' && hook === 'prerouting'
}

/**
 * nat sees only the first packet of a tracked connection, and what it did to that
 * holds for the later ones: they are sent through it as if they were the first.
 */
function statesSeen(base: Base, states: readonly CtState[], packet: Packet): readonly CtState[] {
  if (base.type !== 'nat') return states
  const isLater =
    states.includes('ESTABLISHED') &&
    redirects(base) &&
    packet.destinationPort !== null &&
    sideOf(packet) !== 'reply'
  return isLater ? ['NEW'] : states.filter((state) => state === 'NEW')
}

/** In the chain's own table, or in another chain of its priority: which of the two is first, a dump does not tell. */
function nearNotrack<Tool>({ table, base }: Stage<Tool>, stages: readonly Stage<Tool>[]): boolean {
  const isTied = (other: Base) => other.hook === base.hook && other.priority === base.priority
  return setsNotrack(table) || stages.some((other) => isTied(other.base) && setsNotrack(other.table))
}

const notracking = new WeakMap<Table, boolean>()

/** Whether a rule of the table may have made the packet UNTRACKED before a later one looks at its state. */
function setsNotrack(table: Table): boolean {
  const before = notracking.get(table)
  if (before !== undefined) return before
  const rules = [...table.chains.values()].flatMap((chain) => chain.rules)
  const sets = rules.some(({ target }) =>
    target?.kind === 'sequence'
      ? target.targets.some(({ kind }) => kind === 'notrack')
      : target?.kind === 'notrack',
  )
  notracking.set(table, sets)
  return sets
}

function isBehindNat({ hook, priority }: Base): boolean {
  return hook === 'egress' || (hook === 'postrouting' && priority > NAT_SOURCE)
}

/** A packet of the other direction; of what kind it is in ICMP is not told. */
function reversed({ icmp: _, ...packet }: Packet): Packet {
  const { source, destination, sourcePort, destinationPort, tcpFlags } = packet
  const side = sideOf(packet)
  const opens = tcpFlags.includes('SYN') && tcpFlags.includes('ACK')
  return {
    ...packet,
    ...(side === null ? {} : { side: side === 'reply' ? 'original' : 'reply' }),
    tcpFlags: opens ? ['SYN'] : tcpFlags,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    inInterface: packet.outInterface,
    outInterface: packet.inInterface,
  }
}

function untracked(states: readonly CtState[], notrack: Tri): readonly CtState[] {
  if (notrack === 'no') return [...states]
  return notrack === 'yes' ? ['UNTRACKED'] : [...new Set<CtState>([...states, 'UNTRACKED'])]
}
