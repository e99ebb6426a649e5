import type { Family } from './address.ts'
import { evaluate, type Hook, inHookOrder, type Stage } from './evaluate.ts'
import { type IpSets, parseIpsetSave } from './ipset-save.ts'
import { parseIptablesSave } from './iptables-save.ts'
import type { Decision, Packet, Ruleset } from './model.ts'
import { parseNftJson } from './nft-json.ts'
import { withNative } from './nft-tables.ts'

/** The command a dump was taken with (its `-save`), and so the one that changes what it shows. */
export const TOOLS = [
  'iptables',
  'iptables-nft',
  'iptables-legacy',
  'ip6tables',
  'ip6tables-nft',
  'ip6tables-legacy',
] as const
export type Tool = (typeof TOOLS)[number]

/** Who holds a rule: a program of iptables, or nft for its native tables. */
export type Backend = Tool | 'nft'

/**
 * What a host says of its rules: `TOOL-save`, `nft -j list ruleset`, `ipset save`, and `nft -s -a list ruleset` for nft's
 * own spelling of the rules.
 */
export interface Dump {
  readonly tool: Backend | 'nft-text' | 'ipset'
  readonly text: string
}

export interface LoadedDump {
  readonly tool: Backend
  readonly ruleset: Ruleset
}

export interface HostDecision extends Decision {
  /** Whose rule decides; null when no dump has a say in the packet's family. */
  readonly tool: Backend | null
}

/** Throws `RulesetSyntaxError` for a dump that cannot be read. */
export function loadDumps(dumps: readonly Dump[]): LoadedDump[] {
  const textOf = (tool: Dump['tool']) => dumps.find((dump) => dump.tool === tool)?.text ?? null
  const ipsets = textOf('ipset')
  const sets: IpSets | null = ipsets === null ? null : parseIpsetSave(ipsets)
  const iptables = dumps.flatMap(({ tool, text }): LoadedDump[] =>
    isTool(tool) ? [{ tool, ruleset: parseIptablesSave(text, sets) }] : [],
  )
  const nft = textOf('nft')
  if (nft === null) return iptables
  return withNative(iptables, parseNftJson(nft, textOf('nft-text')))
}

export function isTool(name: string): name is Tool {
  return (TOOLS as readonly string[]).includes(name)
}

/** Null: nft speaks of all families. */
export function familyOf(tool: Backend): Family | null {
  if (tool === 'nft') return null
  return tool.startsWith('ip6') ? 6 : 4
}

/**
 * Every dump of the packet's family has a say: the nft and the legacy back end hook into the same kernel, and an accept
 * is final in its own chain only.
 */
export function evaluateHost(dumps: readonly LoadedDump[], hook: Hook, packet: Packet): HostDecision {
  const mine = stagesOf(dumps)[packet.family]
  if (!mine) {
    const missing = `no IPv${packet.family} ruleset was read`
    return { tool: null, fate: 'unknown', decidedBy: null, path: [], doubts: [missing] }
  }
  return evaluate(mine.stages, hook, packet, mine.incomplete)
}

interface Mine {
  readonly stages: readonly Stage<Backend>[]
  readonly incomplete: readonly string[]
}

type ByFamily = Record<Family, Mine | null>

const known = new WeakMap<readonly LoadedDump[], ByFamily>()

function stagesOf(dumps: readonly LoadedDump[]): ByFamily {
  const before = known.get(dumps)
  if (before) return before
  const stages: ByFamily = { 4: mineOf(dumps, 4), 6: mineOf(dumps, 6) }
  known.set(dumps, stages)
  return stages
}

function mineOf(dumps: readonly LoadedDump[], family: Family): Mine | null {
  const mine = dumps.filter(({ tool }) => (familyOf(tool) ?? family) === family)
  if (mine.length === 0) return null
  const stages = mine.flatMap(({ tool, ruleset }) =>
    [...ruleset.tables].flatMap(([tableKey, table]) =>
      [...table.chains.values()].flatMap((chain) =>
        chain.base ? [{ tool, table, tableKey, chain, base: chain.base }] : [],
      ),
    ),
  )
  return { stages: inHookOrder(stages), incomplete: mine.flatMap(({ ruleset }) => ruleset.incomplete) }
}
