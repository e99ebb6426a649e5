import type { Problem } from './problem.ts'
import type { Seen } from './read-problems.ts'
import type { Told } from './state.ts'

export interface Policy {
  /** `change`: told when something changes; `always`: at each run while something is wrong. */
  readonly mode: 'change' | 'always'
  /** Told again after so long while it lasts; null: never. */
  readonly repeatMs: number | null
  /** A problem or a recovery counts after so many runs in a row. */
  readonly confirm: number
}

/** The run that is decided on. */
export interface Current extends Seen {
  readonly exitCode: number
  /** The `--ignore` options that have run out. */
  readonly expired: readonly string[]
}

/** What is to be told, and why now. */
export interface Alert {
  /** `new`: something is wrong that was not; `less`: some of it is over; `over`: all of it; `still`: again; `note`: no more than `expired`. */
  readonly kind: 'new' | 'less' | 'over' | 'still' | 'note'
  readonly fresh: readonly Fresh[]
  readonly lasting: readonly Lasting[]
  readonly over: readonly Over[]
  /** Seen, and not told before it is confirmed. */
  readonly unconfirmed: readonly Problem[]
  readonly expired: readonly string[]
}

export interface Fresh extends Told {
  /** What was told of the same subject before; null: nothing. */
  readonly was: Problem | null
}

export interface Lasting extends Told {
  /** False: this run did not see it, which does not count yet or proves nothing. */
  readonly seen: boolean
}

export interface Over extends Told {
  readonly untilMs: number
  /** `unchecked`: nobody looks any more, so nothing is said of it. */
  readonly how: 'well' | 'unchecked'
}
