import type { Problem } from './problem.ts'

/** Raised when a reader of this version would misread what is written. */
export const STATE_VERSION = 1

/** What is remembered from run to run. Times in milliseconds since the epoch. */
export interface AlertState {
  readonly version: typeof STATE_VERSION
  /** When somebody was last told of what is wrong. */
  readonly lastToldMs: number | null
  /** Of the last run that came to its end. */
  readonly exitCode: number
  /** The `--ignore` options whose end has been told. */
  readonly expired: readonly string[]
  /** By subject. */
  readonly tracks: readonly Track[]
}

/** What has been seen of one subject. At least one of the two is there. */
export interface Track {
  /** What counts, and has been told. */
  readonly told: Told | null
  /** What is seen instead, and does not count yet. */
  readonly turn: Turn | null
}

export interface Told {
  readonly problem: Problem
  readonly sinceMs: number
}

export interface Turn {
  /** null: nothing is wrong. */
  readonly problem: Problem | null
  readonly sinceMs: number
  /** Runs in a row. */
  readonly runs: number
}
