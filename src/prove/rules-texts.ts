import { type Dump, isTool, type LoadedDump, loadDumps } from '../firewall/host.ts'
import { nativeTables } from './native-tables.ts'
import type { RulesText } from './scratch.ts'

/**
 * A node's dumps as a scratch host loads them, each table once: from iptables-save where that shows it, else from nft's
 * JSON. Throws a RangeError, or a RulesetSyntaxError, where they cannot be loaded as they are on the node.
 */
export function rulesTexts(dumps: readonly Dump[]): RulesText[] {
  const loaded = loadDumps(dumps)
  const doubtful = loaded.flatMap(({ ruleset }) => ruleset.incomplete)[0]
  if (doubtful !== undefined) throw new RangeError(doubtful)
  const textOf = (tool: Dump['tool']) => dumps.find((dump) => dump.tool === tool)?.text ?? null
  const ipsets = textOf('ipset')
  const iptables = dumps.flatMap(({ tool, text }) => {
    if (!isTool(tool)) return []
    const tables = loaded.find((each) => each.tool === tool)?.ruleset.tables ?? new Map()
    return [{ tool, text: onlyTables(text, new Set(tables.keys())) }]
  })
  const json = textOf('nft')
  const native = nativeNames(loaded)
  refuseBoth(loaded.map(({ tool, ruleset }) => ({ tool, tables: [...ruleset.tables.keys()] })))
  return [
    ...(ipsets === null ? [] : [{ tool: 'ipset', text: ipsets }]),
    ...iptables,
    ...(json === null || native.size === 0
      ? []
      : [{ tool: 'nft-json', text: nativeTables(json, textOf('nft-text'), native) }]),
  ]
}

/** The tables that only nft shows, `inet filter`. */
export function nativeNames(loaded: readonly LoadedDump[]): ReadonlySet<string> {
  return new Set(loaded.find(({ tool }) => tool === 'nft')?.ruleset.tables.keys())
}

/** Chains that only nft shows, in a table that iptables-save shows too. */
function refuseBoth(loaded: readonly { readonly tool: string; readonly tables: readonly string[] }[]): void {
  const native = new Set(loaded.find(({ tool }) => tool === 'nft')?.tables ?? [])
  for (const { tool, tables } of loaded) {
    if (tool === 'nft' || tool.endsWith('-legacy')) continue
    const family = tool.startsWith('ip6') ? 'ip6' : 'ip'
    const both = tables.find((table) => native.has(`${family} ${table}`))
    if (both !== undefined)
      throw new RangeError(`table ${family} ${both} holds chains of iptables and of nft`)
  }
}

function onlyTables(text: string, names: ReadonlySet<string>): string {
  let keeps = true
  const lines = text.split('\n').filter((line) => {
    if (line.startsWith('*')) keeps = names.has(line.slice(1).trim())
    return keeps
  })
  return lines.join('\n')
}
