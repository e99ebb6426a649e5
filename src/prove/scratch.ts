import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Family } from '../firewall/address.ts'
import type { Hook } from '../firewall/evaluate.ts'
import type { Packet } from '../firewall/model.ts'
import type { Protocol } from '../services.ts'
import { BOOT, type Module, SCRATCH_MODULES } from './program.ts'

/** What a host's rules are loaded from: `TOOL-restore`, `nft -f`, `nft -j -f`, `ipset restore`. */
export interface RulesText {
  readonly tool: string
  readonly text: string
}

export interface Interface {
  readonly name: string
  /** With a prefix length where the host's own network is to be on the link. */
  readonly addresses: readonly string[]
}

/** A connection to be opened before the rules are loaded. */
export interface Establish {
  readonly family: Family
  readonly protocol: Protocol
  readonly peer: string
  readonly local: string
  /** Of the side that does not open it. */
  readonly port: number
  readonly interface: string
  readonly opener: 'peer' | 'host'
}

/** An established connection as its packets come in: from the peer to the host. */
export interface OpenFlow {
  readonly family: Family
  readonly protocol: Protocol
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
  /** Of TCP. */
  readonly seq?: number
  readonly ack?: number
}

/** What is put on the wire: the packet, and numbers that no rule looks at. */
export type Bullet = Omit<Packet, 'ctState' | 'inInterface' | 'outInterface'> & {
  readonly seq?: number
  readonly ack?: number
  readonly icmpId?: number
}

export interface Shot {
  /** It got past the firewall: a raw socket behind INPUT saw it, or it came out at the other end of the wire. */
  readonly passed: boolean
  /** What came back on the wire, from the EtherType on, in hex. */
  readonly frames: readonly string[]
}

export interface ShellResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type LoadResult = {
  readonly ok: boolean
  readonly output: string
  readonly flows: readonly OpenFlow[]
}

/** How a process gets namespaces of its own: without root in a user namespace, where those are allowed. */
export function unshareArgv(root: boolean): readonly string[] {
  const user = root ? [] : ['--user', '--map-root-user']
  return ['unshare', ...user, '--mount', '--pid', '--net', '--fork', '--kill-child', '--mount-proc']
}

/**
 * A host with a firewall, in namespaces of its own on this machine: see scratch.py. Nothing outside of them is read or
 * changed, and when this process ends, the kernel ends all of it.
 */
export class Scratch {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly answers: AsyncIterator<string>
  private stderr = ''

  private constructor(modules: readonly Module[]) {
    const [program = '', ...args] = [...unshareArgv(process.getuid?.() === 0), 'python3', '-c', BOOT]
    this.child = spawn(program, args)
    this.child.stderr.on('data', (data: Buffer) => {
      this.stderr = (this.stderr + data.toString()).slice(-4000)
    })
    // What cannot be spawned or has ended shows as an end of its answers.
    this.child.on('error', (error) => {
      this.stderr = error.message
    })
    this.child.stdin.on('error', () => {})
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    this.child.stdin.write(`${JSON.stringify(modules)}\n`)
  }

  /** Throws with what the host says where none can be made. `extra` modules come after the scratch host's own. */
  static async start(settings: object, extra: readonly Module[] = []): Promise<Scratch> {
    const scratch = new Scratch([...SCRATCH_MODULES, ...extra])
    try {
      await scratch.ask(settings)
      return scratch
    } catch (error) {
      await scratch.stop()
      throw error
    }
  }

  /** Throws with what the host says when it fails. */
  async ask<T>(request: object): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.answers.next()
    if (done) throw new Error(this.stderr.trim() || 'the scratch host ended')
    const { answer, failed } = JSON.parse(value)
    if (failed !== undefined) throw new Error(failed)
    return answer
  }

  async peers(peers: readonly { readonly address: string; readonly interface: string }[]): Promise<void> {
    await this.ask({ op: 'peers', peers })
  }

  /** Replaces all rules. The connections are opened before, while nothing is blocked. */
  load(stack: readonly RulesText[], establish: readonly Establish[]): Promise<LoadResult> {
    return this.ask({ op: 'load', stack, establish })
  }

  /** `TOOL-save`, or for `nft` its JSON. */
  async dump(tool: string): Promise<string> {
    return (await this.ask<{ text: string }>({ op: 'dump', tool })).text
  }

  shoot(hook: Hook, packet: Bullet, wire: string): Promise<Shot> {
    return this.ask({ op: 'shoot', hook, packet, interface: wire })
  }

  /** Runs a script in the host with `sh`, as someone who pastes it. */
  sh(script: string): Promise<ShellResult> {
    return this.ask({ op: 'sh', script })
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = new Promise((resolve) => this.child.once('close', resolve))
    this.child.stdin.end()
    await ended
  }
}
