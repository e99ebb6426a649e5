import type { Family } from '../../../src/firewall/address.ts'
import type { Hook } from '../../../src/firewall/evaluate.ts'
import type { DumpedChain, DumpedRules } from './dumped.ts'
import { answerOf, answerSeen } from './icmp-errors.ts'
import type { TraceStep, WatchedShot } from './lab.ts'

/** What the kernel did with a packet. */
export interface KernelVerdict {
  readonly fate: 'accept' | 'drop' | 'reject'
  /** `tcp-reset`, or an ICMP error's `type/code`. */
  readonly answer: string | null
  /** `TOOL TABLE CHAIN POSITION`, or `… policy`: what blocked it, or all that accepted it, each in its base chain. */
  readonly deciders: readonly string[]
  /** The base chain that blocked it, `TOOL TABLE CHAIN`. */
  readonly base: string | null
}

/** The host sent something of its own while the packet was under way, and the counters do not tell the two apart. */
export class Blurred extends Error {}

const WAY = { INPUT: ['ingress', 'prerouting', 'input'], OUTPUT: ['output', 'postrouting', 'egress'] }

export function kernelVerdict(
  shot: WatchedShot,
  hook: Hook,
  family: Family,
  rules: DumpedRules,
): KernelVerdict {
  const traced = followTrace(shot.trace, rules)
  const counted = Object.entries(shot.legacy).flatMap(([tool, places]) =>
    followCounters(tool, places, hook, rules),
  )
  const native = traced.filter(({ verdict }) => verdict !== 'accept')
  // A packet is dropped once: what counts behind a drop are the host's own answers.
  const blocks = native.length > 0 ? native : counted.filter(({ verdict }) => verdict !== 'accept')
  if (shot.passed) {
    const told = native.map(({ decider }) => decider)
    if (told.length > 0) throw new Error(`a packet came through, but ${told} dropped it`)
    const deciders = [...traced, ...counted].flatMap(({ verdict, decider }) =>
      verdict === 'accept' ? [decider] : [],
    )
    return { fate: 'accept', answer: null, deciders, base: null }
  }
  const [block, ...others] = blocks
  if (!block || others.length > 0)
    throw new Blurred(`not one rule stopped the packet: ${JSON.stringify(blocks)}`)
  // A locally generated packet that is rejected leaves no frame on the wire: its rule tells.
  const told = block.verdict.startsWith('reject ') ? answerOf(block.verdict.slice(7), family) : null
  const answer = hook === 'INPUT' ? answerSeen(shot.frames) : told
  return { fate: answer === null ? 'drop' : 'reject', answer, deciders: [block.decider], base: block.base }
}

interface End {
  /** `accept`, `drop`, `reject TYPE`. */
  readonly verdict: string
  readonly decider: string
  /** The base chain, `TOOL TABLE CHAIN`. */
  readonly base: string
}

/** What nftables did: iptables' tables among its own are told by their names. */
function followTrace(trace: readonly TraceStep[], rules: DumpedRules): End[] {
  let base = ''
  return trace.flatMap(([family, table, chain, handle, verdict]): End[] => {
    const native = rules.get(`nft ${family} ${table} ${chain}`)
    if (!native) throw new Error(`no dump shows the chain ${family} ${table} ${chain}`)
    const tool = family === 'ip' ? 'iptables-nft' : 'ip6tables-nft'
    const saved = rules.get(`${tool} ${table} ${chain}`)
    const key = saved ? `${tool} ${table} ${chain}` : `nft ${family} ${table} ${chain}`
    if (native.base) base = key
    if (verdict !== 'accept' && verdict !== 'drop') return []
    if (handle === null) return [{ verdict, decider: `${key} policy`, base }]
    const at = native.handles.indexOf(handle)
    const end = (saved ?? native).ends[at] ?? verdict
    return [{ verdict: verdict === 'accept' ? verdict : end, decider: `${key} ${at + 1}`, base }]
  })
}

/** What iptables-legacy did in each of the base chains on the packet's way. */
function followCounters(tool: string, places: readonly string[], hook: Hook, rules: DumpedRules): End[] {
  const users = [...rules].filter(([key, { policy }]) => key.startsWith(`${tool} `) && policy === null)
  return [...rules].flatMap(([key, chain]): End[] => {
    if (!key.startsWith(`${tool} `) || chain.base === null || !WAY[hook].includes(chain.base.hook)) return []
    const table = key.split(' ')[1]
    const mine = [[key, chain] as const, ...users.filter(([name]) => name.startsWith(`${tool} ${table} `))]
    const ends = mine.flatMap(([name, each]) => endsOf(tool, name, each, places))
    if (ends.length > 1) throw new Blurred(`one packet, but ${JSON.stringify(ends)} have counted`)
    const [end] = ends
    if (end) return [{ ...end, base: key }]
    const isPolicy = places.includes(`${key.slice(tool.length + 1)} policy`)
    return isPolicy ? [{ verdict: chain.policy ?? 'accept', decider: `${key} policy`, base: key }] : []
  })
}

function endsOf(tool: string, name: string, chain: DumpedChain, places: readonly string[]) {
  return chain.ends.flatMap((verdict, n) => {
    const decider = `${name} ${n + 1}`
    return verdict !== null && places.includes(decider.slice(tool.length + 1)) ? [{ verdict, decider }] : []
  })
}
