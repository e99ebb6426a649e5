import { spawnSync } from 'node:child_process'
import type { Family } from '../../../src/firewall/address.ts'
import type { Hook } from '../../../src/firewall/evaluate.ts'
import {
  type Bullet,
  type LoadResult,
  type RulesText,
  Scratch,
  type ShellResult,
  type Shot,
  unshareArgv,
} from '../../../src/prove/scratch.ts'
import type { Protocol } from '../../../src/services.ts'
import { FAR, LOCAL, WIRE } from './hosts.ts'
import lab from './lab.py'
import legacyCounters from './legacy_counters.py'
import nftTrace from './nft_trace.py'

/** A rule that a packet met, or a policy (handle null); `verdict` in nft's words. */
export type TraceStep = readonly [
  family: string,
  table: string,
  chain: string,
  handle: number | null,
  verdict: string,
]

export interface WatchedShot extends Shot {
  /** Through nftables, in order. */
  readonly trace: readonly TraceStep[]
  /** By `iptables-legacy` or `ip6tables-legacy`: what has counted, as `table chain position`. */
  readonly legacy: Readonly<Record<string, readonly string[]>>
}

export interface Opening {
  readonly family: Family
  readonly protocol: Protocol
  readonly source: string
  readonly port: number
  readonly opener?: 'peer' | 'host'
}

/**
 * Why the kernel cannot be asked here, or null. In CI that is an error: a test that everybody believes to run must run.
 */
export function whyNoLab(): string | null {
  const probe =
    'iptables-nft-save && iptables-legacy-save -t filter && ip6tables-nft-save && nft list ruleset && python3 --version'
  const [program = '', ...args] = [...unshareArgv(process.getuid?.() === 0), 'sh', '-ec', probe]
  const tried = spawnSync(program, args, { encoding: 'utf8' })
  if (tried.status === 0) return null
  const why = (tried.error?.message ?? tried.stderr).trim() || `unshare ended with ${tried.status}`
  if (process.env.CI === 'true') throw new Error(`the kernel lab must run in CI, but: ${why}`)
  console.warn(`SKIPPED, not passed: no namespaces or iptables to compare with the kernel: ${why}`)
  return why
}

/** The scratch host of the product with one wire, `vb`, and its rules watched: see lab.py. */
export class Lab {
  private readonly scratch: Scratch

  private constructor(scratch: Scratch) {
    this.scratch = scratch
  }

  static async start(): Promise<Lab> {
    const addresses = [`${LOCAL[4]}/24`, `${LOCAL[6]}/64`]
    const peers = [...FAR[4], ...FAR[6]].map((address) => ({ address, interface: WIRE }))
    const settings = { interfaces: [{ name: WIRE, addresses }], peers }
    const modules = [
      ['nft_trace', nftTrace],
      ['legacy_counters', legacyCounters],
      ['lab', lab],
    ] as const
    return new Lab(await Scratch.start(settings, modules))
  }

  /** Replaces all rules. The flows are opened before, while nothing is blocked. */
  loadStack(stack: readonly RulesText[], openings: readonly Opening[] = []): Promise<LoadResult> {
    const establish = openings.map(({ family, protocol, source, port, opener = 'peer' }) => {
      return { family, protocol, peer: source, local: LOCAL[family], port, interface: WIRE, opener }
    })
    return this.scratch.load(stack, establish)
  }

  load(tool: string, text: string): Promise<LoadResult> {
    return this.loadStack([{ tool, text }])
  }

  /** `TOOL-save`; for `nft` its JSON. */
  save(tool: string): Promise<string> {
    return this.scratch.dump(tool)
  }

  shoot(hook: Hook, packet: object): Promise<Shot> {
    return this.scratch.shoot(hook, packet as Bullet, WIRE)
  }

  watch(hook: Hook, packet: Bullet): Promise<WatchedShot> {
    return this.scratch.ask({ op: 'watch', hook, packet, interface: WIRE })
  }

  sh(script: string): Promise<ShellResult> {
    return this.scratch.sh(script)
  }

  stop(): Promise<void> {
    return this.scratch.stop()
  }
}
