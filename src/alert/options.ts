import type { Policy } from './alert.ts'

export interface AlertOptions extends Policy {
  /** null: one of our own, for these nodes. */
  readonly file: string | null
}
