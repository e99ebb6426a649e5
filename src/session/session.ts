import { type ChildProcess, spawn } from 'node:child_process'
import { SHELL_STAGE } from '../agent/bootstrap.ts'
import { AGENT_PROGRAM } from '../agent/program.ts'
import { classifyEnding, type SessionFailure, startFailure } from './failure.ts'
import { LineReader } from './lines.ts'
import {
  type Applied,
  type FlowResult,
  type Hello,
  type Message,
  type MessageOf,
  parseMessage,
  type Settled,
} from './messages.ts'
import type {
  AgentConfig,
  ApplyRequest,
  HttpRequest,
  InspectRequest,
  ListenRequest,
  MtuRequest,
  ProbeRequest,
  RttRequest,
  SurveyRequest,
  WatchRequest,
} from './requests.ts'
import { agentCommand, type Transport } from './transport.ts'

const PROTOCOL_VERSION = 1
const SYNC = /^\0\0pxc-netcheck-agent (\d+)$/
const MAX_STDERR = 16_384
const MAX_NOISE = 65_536
/** A client has this long to end after its stdin is closed, as long again after SIGTERM, and then it is killed. */
const KILL_AFTER_MS = 500

export class SessionError extends Error {
  readonly failure: SessionFailure
  constructor(failure: SessionFailure) {
    super(`${failure.code}: ${failure.detail}`)
    this.failure = failure
  }
}

/** One agent on one node, from spawn to close. Every method rejects with a SessionError once the session has failed. */
export class Session {
  readonly #child: ChildProcess
  readonly #hello: Promise<Hello>
  #settled: Promise<Settled> | null = null
  readonly #ended: Promise<void>
  #gone: () => void = () => {}
  readonly #transport: Transport
  readonly #become: boolean
  #failure: SessionFailure | null = null
  #stderr = ''
  #noise = ''
  #shellStarted = false
  #agentStarted = false
  #ending = false
  #onFlow: ((flow: FlowResult) => void) | null = null
  #onReleased: () => void = () => {}
  readonly #waiting = new Map<Message['type'], { resolve: (m: never) => void; reject: (e: Error) => void }>()

  constructor(transport: Transport, become: boolean, config: AgentConfig) {
    this.#transport = transport
    this.#become = become
    const [file, ...args] = agentCommand(transport, become) as [string, ...string[]]
    // A session of its own: Ctrl-C reaches this process alone, which then ends the clients in its own order, and
    // no client can ask for a password on the terminal.
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    this.#hello = this.#receive('hello')
    this.#hello.catch(() => {}) // a caller that never asks for it hears of the failure by what it does ask for
    // No pipes where there were no descriptors left for them.
    const { stdin, stdout, stderr } = this.#child
    stdin?.on('error', () => {})
    stdin?.write(`${AGENT_PROGRAM}${JSON.stringify(config)}\n`)
    const lines = new LineReader(
      (line) => this.#line(line),
      () => this.#fail({ code: 'agent-garbage', detail: 'a line or an answer without end' }),
    )
    stdout?.on('data', (chunk: Buffer) => lines.push(chunk))
    // Nothing can come any more, even if the client lives on; and whatever inherited its pipes is not waited for.
    stdout?.on('end', () => this.#end())
    this.#child.on('exit', () => this.#end())
    stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-MAX_STDERR)
    })
    this.#ended = new Promise((resolve) => {
      this.#gone = resolve
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        // Also what a signal of ours that was not permitted reports: only without a pid has nothing been started.
        if (this.#child.pid !== undefined) return
        this.#fail(startFailure(file, error.code ?? error.message))
        resolve()
      })
      this.#child.on('close', (exitCode) => {
        this.#fail(
          classifyEnding({
            transport: this.#transport.kind,
            exitCode,
            stderr: this.#stderr,
            shellStarted: this.#shellStarted,
            agentStarted: this.#agentStarted,
            stdout: this.#noise + lines.rest(),
            become: this.#become,
          }),
        )
        resolve()
      })
    })
  }

  /** What the agent says first, unasked. */
  hello(): Promise<Hello> {
    return this.#hello
  }

  /** Other peers and ports than those of the beginning. */
  watch(request: WatchRequest): Promise<MessageOf<'watching'>> {
    return this.#ask({ do: 'watch', ...request }, 'watching')
  }

  /** Listens for so long at most; `onReleased` is called when mysqld is started meanwhile and gets its ports. */
  async listen(
    listeners: readonly ListenRequest[],
    seconds = 30,
    onReleased: () => void = () => {},
  ): Promise<MessageOf<'listening'>['listeners']> {
    this.#onReleased = onReleased
    return (await this.#ask({ do: 'listen', listeners, seconds }, 'listening')).listeners
  }

  /** Ends these probes as they are; their flows are still reported. */
  withdraw(ids: readonly string[]): void {
    this.#write({ do: 'withdraw', ids })
  }

  /** Runs the probes; `onFlow` is called as each flow is settled. */
  async probe(
    probes: readonly ProbeRequest[],
    timeoutMs: number,
    onFlow: (flow: FlowResult) => void,
  ): Promise<void> {
    this.#onFlow = onFlow
    await this.#ask({ do: 'probe', timeoutMs, probes }, 'probed')
  }

  /** Sends full-sized packets that may not be fragmented; the targets' accounts tell which arrived. */
  async pathMtu(paths: readonly MtuRequest[], repeat: boolean): Promise<MessageOf<'mtu'>['paths']> {
    return (await this.#ask({ do: 'mtu', paths, repeat }, 'mtu')).paths
  }

  /** Measures round trips by half-open SYNs; takes as long as the request says. */
  async roundTrips(request: RttRequest): Promise<MessageOf<'rtt'>['paths']> {
    return (await this.#ask({ do: 'rtt', ...request }, 'rtt')).paths
  }

  account(): Promise<MessageOf<'account'>> {
    return this.#ask({ do: 'account' }, 'account')
  }

  /** One reading of the node's wall clock; the agent answers at once, whatever it is busy with. */
  clock(): Promise<MessageOf<'clock'>> {
    return this.#ask({ do: 'clock' }, 'clock')
  }

  /** Makes these requests, some at a time, each within the time; the results come in their order. One call at a time. */
  http(checks: readonly HttpRequest[], timeoutMs: number): Promise<MessageOf<'http'>> {
    return this.#ask({ do: 'http', checks, timeoutMs }, 'http')
  }

  /** Asks the NTP server at an IP literal for its time. */
  ntp(address: string, timeoutMs: number): Promise<MessageOf<'ntp'>> {
    return this.#ask({ do: 'ntp', address, timeoutMs }, 'ntp')
  }

  /** What the node's database servers are set to, and say of themselves. */
  survey(request: SurveyRequest): Promise<MessageOf<'survey'>> {
    return this.#ask({ do: 'survey', ...request }, 'survey')
  }

  /** What is in these files, behind these names, and on the way to these addresses. */
  inspect(request: InspectRequest): Promise<MessageOf<'inspection'>> {
    return this.#ask({ do: 'inspect', ...request }, 'inspection')
  }

  rulesets(): Promise<MessageOf<'rulesets'>> {
    return this.#ask({ do: 'rulesets' }, 'rulesets')
  }

  /** Tries a change of the node's rules; once a session. The agent ends with it. */
  apply(request: ApplyRequest): Promise<Applied> {
    // It may come unasked: when the script fails, or the node's own time is over.
    this.#settled = this.#receive('settled')
    this.#settled.catch(() => {}) // whoever asks hears of it
    return this.#ask({ do: 'apply', ...request }, 'applied')
  }

  /** What became of the change: it may be over already, whatever is asked for here. */
  settle(order: 'keep' | 'roll-back'): Promise<Settled> {
    this.#write({ do: order })
    return this.#settled ?? Promise.reject(new RangeError('nothing was applied'))
  }

  /** Makes every pending and later request fail with this, and ends the client. */
  abandon(failure: SessionFailure): void {
    // What was on stderr or stdout so far may tell what it hangs at before the agent runs.
    const hangs = failure.code === 'agent-silent' && !this.#agentStarted
    const said = hangs ? this.#stderr || this.#noise : ''
    this.#fail({ ...failure, detail: failure.detail || said })
  }

  /**
   * Closes the agent's stdin, which ends it, and waits until the client is gone; bounded, whatever the client does.
   * What is still pending fails as cancelled.
   */
  async close(): Promise<void> {
    this.#settle({ code: 'cancelled', detail: '' })
    this.#end()
    await this.#ended
  }

  #ask<T extends Message['type']>(command: object, answer: T): Promise<MessageOf<T>> {
    const received = this.#receive(answer)
    this.#write(command)
    return received
  }

  #write(command: object): void {
    if (this.#failure === null) this.#child.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  #receive<T extends Message['type']>(type: T): Promise<MessageOf<T>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) reject(new SessionError(this.#failure))
      else this.#waiting.set(type, { resolve, reject })
    })
  }

  #line(line: string): void {
    if (this.#failure !== null) return
    if (!this.#agentStarted) {
      const sync = SYNC.exec(line)
      if (sync !== null) {
        this.#agentStarted = true
        if (Number(sync[1]) !== PROTOCOL_VERSION)
          this.#fail({ code: 'agent-version', detail: `version ${sync[1]}` })
        // Not the whole line: a login script that prints without a newline comes before it.
      } else if (line.endsWith(SHELL_STAGE)) this.#shellStarted = true
      else if (this.#noise.length < MAX_NOISE) this.#noise += `${line}\n`
      return
    }
    const message = parseMessage(line)
    if (message === null) this.#fail({ code: 'agent-garbage', detail: line.slice(0, 200) })
    else if (message.type === 'crash')
      this.#fail({ code: 'agent-crashed', detail: `${message.trace}\n${message.error}` })
    else if (message.type === 'flow') this.#onFlow?.(message)
    else if (message.type === 'released') this.#onReleased()
    else this.#deliver(message)
  }

  #deliver(message: Message): void {
    const waiter = this.#waiting.get(message.type)
    if (waiter === undefined) {
      this.#fail({ code: 'agent-garbage', detail: `${message.type} unasked` })
      return
    }
    this.#waiting.delete(message.type)
    if (message.type === 'probed') this.#onFlow = null
    ;(waiter.resolve as (m: Message) => void)(message)
  }

  #fail(failure: SessionFailure): void {
    if (this.#settle(failure)) this.#end()
  }

  /** The first reason is kept: what happens afterwards follows from it. */
  #settle(failure: SessionFailure): boolean {
    if (this.#failure !== null) return false
    this.#failure = failure
    for (const waiter of this.#waiting.values()) waiter.reject(new SessionError(failure))
    this.#waiting.clear()
    return true
  }

  /** The end of stdin first: an agent that sees it takes back what its probes may have left on their targets. */
  #end(): void {
    if (this.#ending) return
    this.#ending = true
    this.#child.stdin?.end()
    const steps = [
      () => this.#signal('SIGTERM'),
      () => this.#signal('SIGKILL'),
      // Another user's client (sudo) cannot be killed, and whoever left its group may hold the pipes: neither is waited
      // for. The agent ends with its stdin, or at its own deadline.
      () => {
        this.#child.stdout?.destroy()
        this.#child.stderr?.destroy()
        this.#child.unref()
        this.#gone()
      },
    ]
    const timers = steps.map((step, index) => setTimeout(step, (index + 1) * KILL_AFTER_MS))
    void this.#ended.then(() => timers.forEach(clearTimeout))
  }

  /** To the client and what it started in its process group: a prefix may be a shell around the real client. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, signal)
    } catch {
      // Gone already, or another user's.
    }
  }
}
