/** What the dumps say of where a rule stands and how it ends, read apart from the product's own parsers. */

interface Base {
  readonly hook: string
  readonly priority: number
}

export interface DumpedChain {
  readonly base: Base | null
  readonly policy: string | null
  /** By position, from 0: `accept`, `drop`, `reject TYPE`, or null where the rule may let the packet go on. */
  readonly ends: readonly (string | null)[]
  /** nft's handles, by position. */
  readonly handles: readonly number[]
}

/** By `TOOL TABLE CHAIN`, the table with its family where the tool is nft. */
export type DumpedRules = ReadonlyMap<string, DumpedChain>

type Writable = { base: Base | null; policy: string | null; ends: (string | null)[]; handles: number[] }

const PRIORITIES: Record<string, number> = { raw: -300, mangle: -150, filter: 0 }

export function readSaved(tool: string, text: string): Map<string, DumpedChain> {
  const chains = new Map<string, Writable>()
  let table = ''
  for (const line of text.split('\n')) {
    const [first = '', second = ''] = line.split(' ')
    if (line.startsWith('*')) table = line.slice(1)
    if (line.startsWith(':')) {
      const base = { hook: first.slice(1).toLowerCase(), priority: PRIORITIES[table] ?? 0 }
      const policy = second === '-' ? null : second.toLowerCase()
      const key = `${tool} ${table} ${first.slice(1)}`
      chains.set(key, { base: policy === null ? null : base, policy, ends: [], handles: [] })
    }
    if (first === '-A') chains.get(`${tool} ${table} ${second}`)?.ends.push(endOfSaved(line))
  }
  return chains
}

function endOfSaved(line: string): string | null {
  const plain = line.replace(/"(\\.|[^"\\])*"/g, '""')
  const target = / -j (\S+)/.exec(plain)?.[1]
  if (target === 'ACCEPT' || target === 'DROP') return target.toLowerCase()
  if (target !== 'REJECT') return null
  return `reject ${/--reject-with (\S+)/.exec(plain)?.[1] ?? 'icmp-port-unreachable'}`
}

interface Listed {
  readonly chain?: {
    family: string
    table: string
    name: string
    hook?: string
    prio?: number
    policy?: string
  }
  readonly rule?: { family: string; table: string; chain: string; handle: number; expr: readonly object[] }
}

/** Of nft's JSON, the tables of iptables-nft too: by `nft FAMILY TABLE CHAIN`. */
export function readNft(json: string): Map<string, DumpedChain> {
  const chains = new Map<string, Writable>()
  for (const { chain, rule } of JSON.parse(json).nftables as readonly Listed[]) {
    if (chain) {
      const base = chain.hook === undefined ? null : { hook: chain.hook, priority: chain.prio ?? 0 }
      const key = `nft ${chain.family} ${chain.table} ${chain.name}`
      chains.set(key, { base, policy: chain.policy ?? null, ends: [], handles: [] })
    }
    if (rule) {
      const found = chains.get(`nft ${rule.family} ${rule.table} ${rule.chain}`)
      found?.ends.push(endOfNft(rule.expr))
      found?.handles.push(rule.handle)
    }
  }
  return chains
}

function endOfNft(expressions: readonly object[]): string | null {
  for (const expression of expressions) {
    if ('accept' in expression) return 'accept'
    if ('drop' in expression) return 'drop'
    if (!('reject' in expression)) continue
    const { type = 'icmpx', expr = 'port-unreachable' } = (expression.reject ?? {}) as Record<string, string>
    return `reject ${type === 'tcp reset' ? type : `${type} ${expr}`}`
  }
  return null
}
