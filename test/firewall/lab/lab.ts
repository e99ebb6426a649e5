import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Family } from '../../../src/firewall/address.ts'
import type { Hook } from '../../../src/firewall/evaluate.ts'
import type { Packet } from '../../../src/firewall/model.ts'

const UNSHARE = ['--mount', '--pid', '--net', '--fork', '--kill-child', '--mount-proc']

export interface Shot {
  /** The packet got past the firewall: a raw socket behind INPUT saw it, or it came out at the other end of the wire. */
  readonly passed: boolean
  /** `iptables-save -c` before and after it. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** What the host sent, from the EtherType on, in hex. */
  readonly frames: readonly string[]
}

/** An established connection from outside, by its addresses and ports (and TCP numbers). */
export type OpenFlow = Pick<Packet, 'family' | 'protocol'> & {
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq?: number
  readonly ack?: number
}

export interface Establish {
  readonly family: Family
  readonly protocol: 'tcp' | 'udp'
  readonly source: string
  readonly port: number
}

export interface ShellResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Why the kernel cannot be asked here, or null. In CI that is an error: a test that everybody believes to run must run.
 */
export function whyNoLab(): string | null {
  const probe =
    'iptables-nft-save && iptables-legacy-save && ip6tables-nft-save && nft list ruleset && python3 --version'
  const tried = spawnSync('unshare', [...UNSHARE, 'sh', '-ec', probe], { encoding: 'utf8' })
  if (tried.status === 0) return null
  const why = (tried.error?.message ?? tried.stderr).trim() || `unshare ended with ${tried.status}`
  if (process.env.CI === 'true') throw new Error(`the kernel lab must run in CI, but: ${why}`)
  console.warn(`SKIPPED, not passed: no namespaces or iptables to compare with the kernel: ${why}`)
  return why
}

/** A host with a firewall, in namespaces of its own: see lab.py. Nothing outside of them is read or changed. */
export class Lab {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly answers: AsyncIterator<string>
  private stderr = ''

  private constructor() {
    const script = fileURLToPath(new URL('lab.py', import.meta.url))
    this.child = spawn('unshare', [...UNSHARE, 'python3', script])
    this.child.stderr.on('data', (data: Buffer) => {
      this.stderr += data.toString()
    })
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  static async start(): Promise<Lab> {
    const lab = new Lab()
    await lab.answer()
    return lab
  }

  /** Replaces raw, mangle and filter. The flows are opened before, while nothing is blocked. */
  async load(
    tool: string,
    text: string,
    establish: readonly Establish[] = [],
  ): Promise<{ ok: boolean; output: string; flows: readonly OpenFlow[] }> {
    return this.ask({ op: 'load', tool, text, establish })
  }

  async save(tool: string): Promise<string> {
    return (await this.ask<{ text: string }>({ op: 'save', tool })).text
  }

  async shoot(tool: string, hook: Hook, packet: object): Promise<Shot> {
    return this.ask({ op: 'shoot', tool, hook, packet })
  }

  /** Runs a script in the host with `sh`, as someone who pastes it. */
  async sh(script: string): Promise<ShellResult> {
    return this.ask({ op: 'sh', script })
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve))
    this.child.stdin.end()
    await ended
  }

  private async ask<T>(request: object): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`)
    return (await this.answer()) as T
  }

  private async answer(): Promise<unknown> {
    const { value, done } = await this.answers.next()
    if (done) throw new Error(`the lab ended: ${this.stderr}`)
    return JSON.parse(value)
  }
}
