import type { Fate, RuleRef, Step } from './model.ts'

/** Where DNAT sends a packet. */
export interface Redirection {
  /** Null: this host, whatever address it was sent to (REDIRECT). */
  readonly address: string | null
  /** Null: the same port. */
  readonly port: number | null
  /** The interface of the other host, where the rule tells it as Docker's do (`! -i docker0`). */
  readonly behind: string | null
}

/** One way a packet may end in a table. */
export interface Outcome {
  readonly fate: Fate
  readonly rejectWith?: string
  readonly redirection?: Redirection
  /** The packet goes on with another source. */
  readonly sourceNat?: true
  readonly decidedBy: RuleRef
  readonly path: readonly Step[]
}

/** The first outcome of each kind. */
export class Outcomes {
  private readonly byKind = new Map<string, Outcome>()

  add(outcome: Outcome): void {
    const { redirection, sourceNat } = outcome
    const to = redirection ? `${redirection.address} ${redirection.port}` : ''
    const kind = `${outcome.fate} ${outcome.rejectWith ?? ''} ${to} ${sourceNat ?? ''}`
    if (!this.byKind.has(kind)) this.byKind.set(kind, outcome)
  }

  list(): Outcome[] {
    return [...this.byKind.values()]
  }
}
