import type { Fate, RuleRef, Step } from './model.ts'

/** One way a packet may end in a table. */
export interface Outcome {
  readonly fate: Fate
  readonly rejectWith?: string
  readonly decidedBy: RuleRef
  readonly path: readonly Step[]
}

/** The first outcome of each kind. */
export class Outcomes {
  private readonly byKind = new Map<string, Outcome>()

  add(outcome: Outcome): void {
    const kind = `${outcome.fate} ${outcome.rejectWith ?? ''}`
    if (!this.byKind.has(kind)) this.byKind.set(kind, outcome)
  }

  list(): Outcome[] {
    return [...this.byKind.values()]
  }
}
