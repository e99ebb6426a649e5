import {
  type Backend,
  chainIn,
  evaluateHost,
  type HostDecision,
  type LoadedDump,
  loadDumps,
} from '../firewall/host.ts'
import { RulesetSyntaxError } from '../firewall/tokens.ts'
import type { Fix } from '../report/report.ts'
import { commandsOf, type Edit, type Idiom, inverse, isNftPlace } from './edit.ts'
import type { BlockedFlow, NodeInput, OsHints } from './input.ts'
import { stopsNeighbours } from './neighbours.ts'
import { hookOf, packetsOf } from './opening.ts'
import { inOrder } from './order.ts'
import { hiddenRules, ownerNotes, tableAdvice } from './owners.ts'
import { forgetLines, persistLines } from './persist.ts'
import { type Placed, place } from './place.ts'
import { proves } from './proof.ts'
import { printable } from './shell.ts'
import { unreadableFix } from './unreadable.ts'

/** The fixes of one node, and the edits they are made of, which the guarded script needs. */
export interface NodePlan {
  readonly node: string
  readonly fixes: readonly Fix[]
  readonly edits: readonly Edit[]
  /** What the analysis saw of the chains that a front end writes for us. */
  readonly seen: readonly SeenChain[]
}

/** A chain as it was, by the texts of its rules. */
export interface SeenChain {
  readonly tool: Backend
  readonly table: string
  readonly chain: string
  readonly rules: readonly string[]
}

/** What to paste on one node so that its blocked flows pass. Flows that pass already get no command. */
export function planFixes(input: NodeInput): Fix[] {
  return [...planNode(input).fixes]
}

export function planNode(input: NodeInput): NodePlan {
  const flows = inOrder(input.flows)
  const none = { node: input.name, fixes: [], edits: [], seen: [] }
  if (flows.length === 0) return none
  if (!input.dumps) {
    return { ...none, fixes: [unreadableFix(input, flows, input.isRoot ? NOTHING_TO_READ : NOT_READ)] }
  }
  let dumps: LoadedDump[]
  try {
    dumps = loadDumps(input.dumps)
  } catch (error) {
    if (!(error instanceof RulesetSyntaxError)) throw error
    return {
      ...none,
      fixes: [unreadableFix(input, flows, `The ruleset could not be understood (${error.message}).`)],
    }
  }
  return planOn(
    input,
    dumps,
    flows.map((flow) => withoutLowerDevices(flow, dumps)),
  )
}

/** Chains of devices see packets below a bond, bridge or VLAN too, where the interface has another name. */
function withoutLowerDevices(flow: BlockedFlow, dumps: readonly LoadedDump[]): BlockedFlow {
  const device = flow.interface ?? null
  const foreign = dumps.some(({ ruleset }) =>
    [...ruleset.tables.values()].some((table) =>
      [...table.chains.values()].some(
        ({ base }) => base?.devices && device !== null && !base.devices.includes(device),
      ),
    ),
  )
  return foreign ? { ...flow, interface: null } : flow
}

const NOT_READ = 'The ruleset could not be read: run again with --become.'
const NOTHING_TO_READ =
  'Root found no iptables ruleset to read: iptables is not installed there, or its programs failed; look for nft or firewalld.'
const UNPROVEN =
  'The evaluator could not show that these commands open every flow and change nothing else: read them before use.'
const BLIND =
  'The rules stop IPv6 neighbour discovery too (ICMPv6 133 to 136), without which no IPv6 flow passes: accept it first.'
const TOGETHER = 'Several back ends block here: the commands of all of them are needed.'
const HIDDEN =
  'Native nft tables decide here too, which iptables does not show: an accept in iptables opens nothing that they drop.'

interface Outcome {
  readonly flow: BlockedFlow
  readonly shutBefore: boolean
  readonly placed: Placed
}

function planOn(input: NodeInput, before: readonly LoadedDump[], flows: readonly BlockedFlow[]): NodePlan {
  const outcomes: Outcome[] = []
  let after = before
  for (const flow of flows) {
    const shutBefore = packetsOf(flow).some(
      (packet) => evaluateHost(before, hookOf(flow), packet).fate !== 'accept',
    )
    const placed = place(after, flow, input.networks ?? [])
    outcomes.push({ flow, shutBefore, placed })
    after = placed.dumps
  }
  const edits = outcomes.flatMap(({ placed }) => placed.edits)
  const handled = outcomes.filter(
    ({ placed, shutBefore }) => shutBefore && (placed.opened || placed.edits.length > 0),
  )
  const stuck = outcomes.filter(({ placed }) => !placed.opened && placed.edits.length === 0)
  const elsewhere = outcomes.filter(({ flow, shutBefore }) => !shutBefore && flow.measured)
  const fixes = [
    ...commandFixes(input, before, after, handled),
    ...(stuck.length > 0 ? [noFix(input.name, stuck, undecided(before, stuck))] : []),
    ...(elsewhere.length > 0 ? [noFix(input.name, elsewhere, elsewhereNote(input.hints, before))] : []),
  ]
  return { node: input.name, fixes, edits, seen: seenBy(edits, outcomes, before) }
}

/** The chains that firewalld and ufw are about to write to, and those in which they stop the packets now. */
function seenBy(
  edits: readonly Edit[],
  outcomes: readonly Outcome[],
  before: readonly LoadedDump[],
): SeenChain[] {
  const fronts = edits.filter(({ idiom }) => idiom === 'firewalld' || idiom === 'ufw')
  if (fronts.length === 0) return []
  const deciding = outcomes
    .filter(({ placed }) => placed.edits.some((edit) => fronts.includes(edit)))
    .flatMap(({ placed }) => placed.blockers)
    .flatMap(({ tool, decidedBy }) =>
      tool && decidedBy ? [{ tool, table: decidedBy.table, chain: decidedBy.chain }] : [],
    )
  const places = new Map(
    [...fronts, ...deciding].map((place) => [`${place.tool} ${place.table} ${place.chain}`, place]),
  )
  return [...places.values()].flatMap(({ tool, table, chain }) => {
    const found = chainIn(before, { tool, table, chain })
    // A policy is no rule of a front end's chain.
    return found && found.base === null
      ? [{ tool, table, chain, rules: found.rules.map(({ text }) => text) }]
      : []
  })
}

/** In the order in which they are shown. */
const IDIOMS: readonly Idiom['idiom'][] = ['firewalld', 'ufw', 'iptables', 'nft']

/** A fix for each back end that has a part in it; what is proven is that all of them together do it. */
function commandFixes(
  input: NodeInput,
  before: readonly LoadedDump[],
  after: readonly LoadedDump[],
  outcomes: readonly Outcome[],
): Fix[] {
  const edits = outcomes.flatMap(({ placed }) => placed.edits)
  const flows = outcomes.map(({ flow }) => flow)
  const hidden = hiddenRules(input.hints, before)
  const blind = flows.some(({ family }) => family === 6) && stopsNeighbours(after)
  const proven = edits.length > 0 && !hidden && !blind && proves(before, after, edits, flows)
  const used = IDIOMS.filter((idiom) => edits.some((edit) => edit.idiom === idiom))
  return used.map((backend) => {
    const own = edits.filter(({ idiom }) => idiom === backend)
    const parts = outcomes.filter(
      ({ placed }) => used.length === 1 || placed.edits.some(({ idiom }) => idiom === backend),
    )
    const notes = [
      ...ownerNotes(
        input.hints,
        parts.flatMap(({ placed }) => placed.blockers),
        backend,
      ),
      ...(used.length > 1 ? [TOGETHER] : []),
      ...(hidden ? [HIDDEN] : []),
      ...(blind ? [BLIND] : []),
      ...(proven || hidden || blind ? [] : [UNPROVEN]),
    ]
    return {
      node: input.name,
      backend,
      commands: own.flatMap(commandsOf),
      persist: persistLines(input.hints, before, own),
      undo: [...[...own].reverse().map(inverse).flatMap(commandsOf), ...forgetLines(input.hints, own)],
      opens: parts.map(({ flow }) => flow.id),
      proven,
      ...(notes.length > 0 ? { note: notes.join(' ') } : {}),
    }
  })
}

function noFix(node: string, outcomes: readonly Outcome[], note: string): Fix {
  const opens: string[] = []
  const flows = outcomes.map(({ flow }) => flow.id).join(', ')
  return {
    node,
    backend: 'none',
    commands: [],
    persist: [],
    undo: [],
    opens,
    proven: false,
    note: `${flows}: ${note}`,
  }
}

/** Why no command can be given although the rules block, or may block. */
function undecided(dumps: readonly LoadedDump[], outcomes: readonly Outcome[]): string {
  const decisions = outcomes
    .flatMap(({ flow }) => packetsOf(flow).map((packet) => evaluateHost(dumps, hookOf(flow), packet)))
    .filter(({ fate }) => fate !== 'accept')
  for (const { tool, decidedBy } of decisions) {
    const advice = tool === 'nft' && decidedBy ? tableAdvice(decidedBy.table) : null
    if (advice) return advice
  }
  const certain = decisions.find(({ fate }) => fate !== 'unknown')
  if (certain) return decidedNote(certain)
  const [first = 'nothing said why'] = decisions.flatMap((decision) => decision.doubts)
  return `the rules do not tell what becomes of these packets (${printable(first)}), so no command is given.`
}

function decidedNote({ tool, decidedBy, path }: HostDecision): string {
  const { table = '', chain = '', rule = '' } = decidedBy ?? {}
  const isOdd = tool === 'nft' && !isNftPlace(table, path[0]?.chain ?? '')
  const why = isOdd ? 'nft takes no such names in a command' : 'no rule was found that would let them past'
  return `${printable(`${rule} in ${chain} of ${table}`)} blocks these packets, and ${why}.`
}

function elsewhereNote({ firewalldActive }: OsHints, dumps: readonly LoadedDump[]): string {
  const all = dumps.some(({ tool }) => tool === 'nft')

  const where = all
    ? 'look at what no rule decides: rp_filter and routes, a full conntrack table, eBPF programs, another network namespace'
    : firewalldActive
      ? 'firewalld is active and decides in its own nft tables: open the ports with firewall-cmd'
      : 'look at native nft tables (nft list ruleset), netdev hooks, rp_filter'
  return `this node drops these packets, but its ${all ? '' : 'iptables '}rules accept them: no command would help; ${where}.`
}
