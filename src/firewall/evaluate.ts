import { CONNTRACK_PRIORITY, HOOKS } from './base-chains.ts'
import { type Subject, subjectOf } from './match.ts'
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
  const walk = new Evaluation<Tool>(packet, 'in')
  walk.through(stages, ROUTES.INPUT)
  return walk
}

/** An answer to a connection that DNAT sent on comes from the other host, and is forwarded. */
function leaving<Tool>(stages: readonly Stage<Tool>[], packet: Packet): Evaluation<Tool> {
  const nat = isAnswer(packet) ? stages.filter(({ base }) => redirects(base)) : []
  const asked = new Evaluation<Tool>(reversed(packet), 'in')
  if (nat.length > 0) asked.through(nat, ROUTES.INPUT)
  const { redirection } = asked
  if (redirection === null || redirection.address === null) {
    const walk = new Evaluation<Tool>(packet, 'out')
    walk.through(stages, ROUTES.OUTPUT)
    return walk
  }
  const { address, port, behind } = redirection
  const walk = new Evaluation<Tool>(
    { ...packet, source: address, sourcePort: port ?? packet.sourcePort, inInterface: behind },
    'forward',
    { destination: packet.source, destinationPort: packet.sourcePort },
  )
  walk.through(stages, FORWARDED)
  return walk
}

class Evaluation<Tool> {
  readonly blocks: Ended<Tool>[] = []
  readonly doubts = new Set<string>()
  /** False when nothing of the packet gets past the chains. */
  open = true
  /** The one DNAT that the packet certainly meets. */
  redirection: Redirection | null = null
  /** What ends the packet's way where nothing of it gets past. */
  private end: Ended<Tool> | null = null
  private packet: Packet
  private direction: Subject['hook']
  private original: Subject['original']
  private states: CtState[]
  private accepted: Ended<Tool> | null = null
  private worth = -1

  constructor(packet: Packet, direction: Subject['hook'], original: Subject['original'] = null) {
    this.packet = packet
    this.direction = direction
    this.original = original
    this.states = [packet.ctState]
  }

  through(stages: readonly Stage<Tool>[], route: readonly NetfilterHook[]): void {
    let hooks = route
    let notrack: Tri = 'no'
    for (const stage of stages) {
      const { base } = stage
      if (!hooks.includes(base.hook)) continue
      const enters = crosses(stage, this.packet)
      if (enters === 'no') continue
      if (!beforeConntrack(base) && notrack !== 'no') {
        this.states = untracked(this.states, notrack)
        notrack = 'no'
      }
      const early = beforeConntrack(base)
      const states = early ? untracked(['INVALID'], notrack) : statesSeen(base, this.states, this.packet)
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
        notrack = or(notrack, result.notrack)
      }
      this.blocks.push(...outcomes.filter((outcome) => outcome.fate !== 'accept'))
      const passes = outcomes.find((outcome) => outcome.fate === 'accept')
      if (passes) this.accept(passes, base)
      if (!passes && outcomes.length > 0 && enters === 'yes') {
        this.open = false
        this.end = outcomes[0] ?? null
        return
      }
      if (this.redirect(outcomes, base)) hooks = FORWARDED
    }
  }

  decision(): ToolDecision<Tool> {
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
  const isLater = states.includes('ESTABLISHED') && redirects(base) && packet.destinationPort !== null
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

function isAnswer({ ctState, sourcePort, destinationPort }: Packet): boolean {
  return ctState === 'ESTABLISHED' && sourcePort !== null && destinationPort === null
}

function reversed(packet: Packet): Packet {
  const { source, destination, sourcePort, destinationPort } = packet
  return {
    ...packet,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    inInterface: packet.outInterface,
    outInterface: null,
  }
}

function untracked(states: readonly CtState[], notrack: Tri): CtState[] {
  if (notrack === 'no') return [...states]
  return notrack === 'yes' ? ['UNTRACKED'] : [...new Set<CtState>([...states, 'UNTRACKED'])]
}
