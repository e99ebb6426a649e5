import type { Backend, LoadedDump } from './host.ts'
import type { Ruleset, Table } from './model.ts'
import type { NftRuleset } from './nft-json.ts'

/** The tables that iptables-nft makes, and the programs that print them. */
const SHARED = ['filter', 'nat', 'mangle', 'raw', 'security']

/**
 * nft lists the tables of iptables-nft as well, but not what their rules match (`xt`); and iptables-save prints native
 * rules of such a table as something else, without a word. So a table is taken from whichever of the two can show all
 * of it; where neither can, nothing is proven.
 */
export function withNative(
  iptables: readonly LoadedDump[],
  { ruleset, makes }: NftRuleset,
  isLegacy: (tool: Backend) => boolean,
): LoadedDump[] {
  const native = new Map(ruleset.tables)
  const incomplete = [...ruleset.incomplete]
  const loaded = iptables.map((dump) => {
    const family = dump.tool.startsWith('ip6') ? 'ip6' : 'ip'
    if (isLegacy(dump.tool)) return dump
    const tables = new Map<string, Table>(dump.ruleset.tables)
    for (const name of SHARED) {
      const key = `${family} ${name}`
      const make = makes.get(key) ?? { xt: false, native: false }
      const [shown, all] = [tables.get(name), native.get(key)]
      if (!shown || !all) continue
      if (!make.native) keepOrDelete(native, key, without(all, shown))
      else if (make.xt) {
        native.delete(key)
        incomplete.push(`table ${key} holds rules of iptables and of nft, and no program prints both`)
      } else tables.delete(name)
    }
    return { tool: dump.tool, ruleset: { tables, incomplete: [] } satisfies Ruleset }
  })
  return [...loaded, { tool: 'nft', ruleset: { tables: native, incomplete } }]
}

/** Base chains of names and priorities that iptables does not know, it leaves out. */
function without(all: Table, shown: Table): Table {
  return { ...all, chains: new Map([...all.chains].filter(([name]) => !shown.chains.has(name))) }
}

function keepOrDelete(tables: Map<string, Table>, key: string, table: Table): void {
  if (table.chains.size > 0) tables.set(key, table)
  else tables.delete(key)
}
