import type { Dump } from '../../../src/firewall/host.ts'
import { type DumpedRules, readNft, readSaved } from './dumped.ts'
import type { Lab } from './lab.ts'
import type { Random } from './random.ts'
import type { Stack } from './stack.ts'

export interface DumpedStack {
  /** For the evaluator. */
  readonly dumps: readonly Dump[]
  /** The same with iptables' rules as they were written, before the kernel had them. */
  readonly written: readonly Dump[]
  /** For the judge. */
  readonly rules: DumpedRules
}

/** What a host says of its rules. */
export async function dumpStack(lab: Lab, { texts, families }: Stack, random: Random): Promise<DumpedStack> {
  const json = await lab.save('nft')
  const loaded = new Map(texts.map(({ tool, text }) => [tool, text]))
  // A host is asked for everything, also for what says nothing, or shows native rules wrongly.
  const more = random.chance(0.5)
    ? families.map((family) => (family === 4 ? 'iptables-nft' : 'ip6tables-nft'))
    : []
  const tools = [...new Set([...loaded.keys(), ...more])].filter((tool) => tool !== 'nft')
  const saved = (await Promise.all(tools.map((tool) => saveOrNothing(lab, tool)))).flat()
  const hasNative = loaded.has('nft')
  const nft = hasNative || random.chance(0.5) ? [{ tool: 'nft', text: json }] : []
  // nft's JSON does not say which device a chain is for (1.0.6).
  const nftText = nft.length > 0 ? [{ tool: 'nft-text', text: await lab.save('nft-text') }] : []
  const dumps = [...saved, ...nft, ...nftText] as Dump[]
  const written = dumps.map((dump) => ({
    ...dump,
    text: (dump.tool !== 'nft' && loaded.get(dump.tool)) || dump.text,
  }))
  const own = saved.filter(({ tool }) => loaded.has(tool))
  const rules = new Map([...readNft(json), ...own.flatMap(({ tool, text }) => [...readSaved(tool, text)])])
  return { dumps, written, rules }
}

/** Some native rules make iptables-save fail, and then there is no dump. */
async function saveOrNothing(lab: Lab, tool: string) {
  try {
    return [{ tool, text: await lab.save(tool) }]
  } catch {
    return []
  }
}
