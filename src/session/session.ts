import { spawn } from 'node:child_process'
import { SHELL_STAGE } from '../agent/bootstrap.ts'
import { AGENT_PROGRAM } from '../agent/program.ts'
import { classifyEnding, type SessionFailure } from './failure.ts'
import { LineReader } from './lines.ts'
import { type FlowResult, type Hello, type Message, type MessageOf, parseMessage } from './messages.ts'
import { agentCommand, type Transport } from './transport.ts'

export const PROTOCOL_VERSION = 1
const SYNC = /^\0\0pxc-netcheck-agent (\d+)$/
const MAX_STDERR = 16_384
const MAX_NOISE = 65_536
/** After SIGTERM a client that hangs is killed. */
const KILL_AFTER_MS = 500

export interface AgentConfig {
  /** 16 bits that open every initial sequence number of this run's SYNs. */
  readonly token: number
  /** What every payload of this run carries. */
  readonly secret: string
  readonly deadlineSeconds: number
  /** Whether raw sockets may be used where the node allows them. */
  readonly raw: boolean
  readonly peers: readonly string[]
  readonly ports: readonly number[]
  readonly udpPorts: readonly number[]
}

export interface ListenRequest {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  /** Release the port when mysqld appears, and never take it while it runs. */
  readonly guard: boolean
}

export interface ProbeRequest {
  readonly id: string
  readonly method: 'half-open' | 'connect' | 'datagram'
  readonly address: string
  readonly port: number
  /** connect: send the secret and wait for its echo. */
  readonly echo: boolean
}

export class SessionError extends Error {
  readonly failure: SessionFailure
  constructor(failure: SessionFailure) {
    super(`${failure.code}: ${failure.detail}`)
    this.failure = failure
  }
}

/** One agent on one node, from spawn to close. Every method rejects with a SessionError once the session has failed. */
export class Session {
  readonly #child
  readonly #ended: Promise<void>
  readonly #transport: Transport
  readonly #become: boolean
  #failure: SessionFailure | null = null
  #stderr = ''
  #noise = ''
  #shellStarted = false
  #agentStarted = false
  #closing = false
  #onFlow: ((flow: FlowResult) => void) | null = null
  readonly #waiting = new Map<Message['type'], { resolve: (m: never) => void; reject: (e: Error) => void }>()

  constructor(transport: Transport, become: boolean, config: AgentConfig) {
    this.#transport = transport
    this.#become = become
    const [file, ...args] = agentCommand(transport, become) as [string, ...string[]]
    // A session of its own: Ctrl-C reaches this process alone, which then ends the clients in its own order, and
    // no client can ask for a password on the terminal.
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    this.#child.stdin.on('error', () => {})
    this.#child.stdin.write(`${AGENT_PROGRAM}${JSON.stringify(config)}\n`)
    const lines = new LineReader(
      (line) => this.#line(line),
      () => this.#fail({ code: 'agent-garbage', detail: 'a line or an answer without end' }),
    )
    this.#child.stdout.on('data', (chunk: Buffer) => lines.push(chunk))
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-MAX_STDERR)
    })
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        this.#fail({ code: 'command-not-found', detail: `${file}: ${error.code ?? error.message}` })
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
            stdout: this.#noise,
            become: this.#become,
          }),
        )
        resolve()
      })
    })
  }

  hello(): Promise<Hello> {
    return this.#receive('hello')
  }

  async listen(listeners: readonly ListenRequest[]): Promise<MessageOf<'listening'>['listeners']> {
    return (await this.#ask({ do: 'listen', listeners }, 'listening')).listeners
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

  account(): Promise<MessageOf<'account'>> {
    return this.#ask({ do: 'account' }, 'account')
  }

  rulesets(): Promise<MessageOf<'rulesets'>> {
    return this.#ask({ do: 'rulesets' }, 'rulesets')
  }

  /** Makes every pending and later request fail with this, and ends the client. */
  abandon(failure: SessionFailure): void {
    this.#fail(failure)
  }

  /** Closes the agent's stdin, which ends it, and waits until the client is gone. */
  async close(): Promise<void> {
    this.#closing = true
    this.#child.stdin.end()
    const stop = setTimeout(() => this.#child.kill('SIGTERM'), KILL_AFTER_MS)
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), 2 * KILL_AFTER_MS)
    await this.#ended
    clearTimeout(stop)
    clearTimeout(kill)
  }

  #ask<T extends Message['type']>(command: object, answer: T): Promise<MessageOf<T>> {
    const received = this.#receive(answer)
    if (this.#failure === null) this.#child.stdin.write(`${JSON.stringify(command)}\n`)
    return received
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
      } else if (line === SHELL_STAGE) this.#shellStarted = true
      else if (this.#noise.length < MAX_NOISE) this.#noise += `${line}\n`
      return
    }
    const message = parseMessage(line)
    if (message === null) this.#fail({ code: 'agent-garbage', detail: line.slice(0, 200) })
    else if (message.type === 'crash')
      this.#fail({ code: 'agent-crashed', detail: `${message.trace}\n${message.error}` })
    else if (message.type === 'flow') this.#onFlow?.(message)
    else this.#deliver(message)
  }

  #deliver(message: Message): void {
    const waiter = this.#waiting.get(message.type)
    if (waiter === undefined) {
      this.#fail({ code: 'agent-garbage', detail: `${message.type} unasked` })
      return
    }
    this.#waiting.delete(message.type)
    ;(waiter.resolve as (m: Message) => void)(message)
  }

  #fail(failure: SessionFailure): void {
    if (this.#failure !== null || this.#closing) return
    this.#failure = failure
    for (const waiter of this.#waiting.values()) waiter.reject(new SessionError(failure))
    this.#waiting.clear()
    this.#child.stdin.end()
    this.#child.kill('SIGTERM')
  }
}
