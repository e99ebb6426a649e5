import type { FlowResult } from '../session/messages.ts'
import type { AgentConfig, HttpAccount, MysqlAccount, ProbeRequest } from '../session/requests.ts'
import type { Session } from '../session/session.ts'
import type { Transport } from '../session/transport.ts'

export type Stage = 'connecting' | 'probing'

/** Everything a run does to the world outside; a test gives its own. */
export interface Environment {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds of a clock that nobody sets, from any beginning. */
  monotonic(): number
  /** 16 random bits. */
  token(): number
  /** A random word of ASCII letters and digits. */
  secret(): string
  localAddresses(): readonly string[]
  hostname(): string
  /** The address of a host name, or null. */
  resolve(host: string): Promise<string | null>
  openSession(transport: Transport, become: boolean, config: AgentConfig): Session
  probeInProcess(
    requests: readonly ProbeRequest[],
    options: { readonly secret: string; readonly timeoutMs: number; readonly signal: AbortSignal },
    onFlow: (flow: FlowResult) => void,
  ): Promise<void>
  /** Whom to log in as on a live 3306; null: an unknown user. */
  readonly mysqlAccount: MysqlAccount | null
  /** Whom to log in as on the PMM server; null: nobody. */
  readonly pmmAccount: HttpAccount | null
  progress(stage: Stage, done: number, total: number): void
  /** The user wants to stop (Ctrl-C). */
  readonly interrupted: AbortSignal
}
