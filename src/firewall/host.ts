import type { Family } from './address.ts'
import { evaluate, type Hook } from './evaluate.ts'
import { parseIptablesSave } from './iptables-save.ts'
import type { Decision, Packet, Ruleset } from './model.ts'

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

export interface Dump {
  readonly tool: Tool
  readonly text: string
}

export interface LoadedDump {
  readonly tool: Tool
  readonly ruleset: Ruleset
}

export interface HostDecision extends Decision {
  /** Whose rule decides; null when there is no dump of the packet's family. */
  readonly tool: Tool | null
}

/** Throws `RulesetSyntaxError` for a dump that cannot be read. */
export function loadDumps(dumps: readonly Dump[]): LoadedDump[] {
  return dumps.map(({ tool, text }) => ({ tool, ruleset: parseIptablesSave(text) }))
}

export function familyOf(tool: Tool): Family {
  return tool.startsWith('ip6') ? 6 : 4
}

/**
 * The nft and the legacy back end hook into the same kernel, and an accept is final only in its own chain: the packet
 * must be accepted by every dump of its family.
 */
export function evaluateHost(dumps: readonly LoadedDump[], hook: Hook, packet: Packet): HostDecision {
  const decisions = dumps
    .filter(({ tool }) => familyOf(tool) === packet.family)
    .map(({ tool, ruleset }): HostDecision => ({ tool, ...evaluate(ruleset, hook, packet) }))
  const doubts = [...new Set(decisions.flatMap((decision) => decision.doubts))]
  const [first] = decisions
  if (!first) {
    const missing = `no IPv${packet.family} ruleset was read`
    return { tool: null, fate: 'unknown', decidedBy: null, path: [], doubts: [missing] }
  }
  const isBlock = ({ fate }: Decision) => fate === 'drop' || fate === 'reject'
  const chosen =
    decisions.find(isBlock) ??
    decisions.find(({ fate }) => fate === 'unknown') ??
    decisions.find(({ decidedBy }) => decidedBy?.position != null) ??
    first
  return { ...chosen, doubts }
}
