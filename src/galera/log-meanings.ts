import type { LogKind } from './log-event.ts'
import { GROUP_MEANINGS } from './log-meanings-group.ts'
import { TRANSFER_MEANINGS } from './log-meanings-transfer.ts'

/** Whose log has the line. `acceptor`: who was connected to; `any`: any member; `client`: a client of the server. */
export type Speaker = 'joiner' | 'donor' | 'acceptor' | 'any' | 'client'

export type LogService = 'galera' | 'ist' | 'sst' | 'mysql'

/**
 * Which flows a line speaks of. `out`: from the node whose log it is to the peer that it names, or to any; `in`: the other way;
 * `both`: either way; `transfer`: from the donor that it names to the joiner.
 */
export interface LogFlow {
  /** The likeliest first. */
  readonly services: readonly [LogService, ...LogService[]]
  readonly way: 'out' | 'in' | 'both' | 'transfer'
}

export interface LogMeaning {
  readonly said: Speaker
  /** null: it speaks of no connection. */
  readonly flow: LogFlow | null
  /** In a few words, behind "has logged 14 times". */
  readonly short: string
  readonly means: string
  readonly proves: string
  readonly next: string
}

/** A meaning for every kind; the compiler refuses a kind without one. */
export const LOG_MEANINGS: Readonly<Record<LogKind, LogMeaning>> = {
  ...GROUP_MEANINGS,
  ...TRANSFER_MEANINGS,
}
