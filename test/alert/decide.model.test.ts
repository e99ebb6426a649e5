import { describe, expect, it } from 'vitest'
import type { Policy } from '../../src/alert/alert.ts'
import { decide } from '../../src/alert/decide.ts'
import { type Problem, statusOf, subjectOf } from '../../src/alert/problem.ts'
import { readState } from '../../src/alert/read-state.ts'
import type { AlertState } from '../../src/alert/state.ts'
import { Random } from '../firewall/lab/random.ts'
import { down, run } from './runs.ts'

const SEED = Number(process.env.PXC_NETCHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
const MINUTE = 60_000
const NAMES = ['n1', 'n2', 'n3']
const WAYS = ['well', 'well', 'DOWN', 'UNKNOWN'] as const

/** The rules once more, over the whole history instead of from run to run. */
class Model {
  readonly told = new Map<string, string>()
  readonly #history = new Map<string, string[]>()
  readonly policy: Policy
  #lastTold = -1

  constructor(policy: Policy) {
    this.policy = policy
  }

  /** What must be told: by subject, what it has become. */
  step(seen: ReadonlyMap<string, string>, nowMs: number): { changes: Map<string, string>; speaks: boolean } {
    const changes = new Map<string, string>()
    for (const subject of new Set([...this.told.keys(), ...seen.keys(), ...this.#history.keys()])) {
      const history = [...(this.#history.get(subject) ?? []), seen.get(subject) ?? 'well']
      this.#history.set(subject, history)
      const was = this.told.get(subject) ?? 'well'
      const last = history.slice(-this.policy.confirm)
      const now = last.at(-1) ?? 'well'
      const isSteady =
        was === 'well' ? last.every((each) => each !== 'well') : last.every((each) => each === now)
      // Nothing that was seen before the last change counts for the next.
      const isEnough = last.length === this.policy.confirm
      if (now === was || !isSteady || !isEnough) continue
      changes.set(subject, now)
      if (now === 'well') this.told.delete(subject)
      else this.told.set(subject, now)
    }
    const due =
      this.policy.mode === 'always' ||
      (this.policy.repeatMs !== null && nowMs - this.#lastTold >= this.policy.repeatMs)
    const speaks = changes.size > 0 || (this.told.size > 0 && due)
    if (speaks) this.#lastTold = nowMs
    return { changes, speaks }
  }
}

function randomProblems(random: Random, before: readonly Problem[]): Problem[] {
  // Mostly as before: runs in a row are what it is about.
  if (random.chance(0.6)) return [...before]
  return NAMES.flatMap((from) =>
    NAMES.filter((to) => to !== from).flatMap((to) => {
      const way = random.pick(WAYS)
      if (way === 'well') return []
      return [down(from, to, way === 'DOWN' ? {} : { status: way, level: 'UNKNOWN', place: null })]
    }),
  )
}

describe(`random sequences of runs, PXC_NETCHECK_SEED=${SEED}`, () => {
  it('one message for each confirmed change, one when all is over, and repeats at the interval', () => {
    const random = new Random(SEED)
    let messages = 0
    for (let round = 0; round < 300; round++) {
      const policy: Policy = {
        mode: random.chance(0.2) ? 'always' : 'change',
        repeatMs: random.chance(0.5) ? (1 + random.below(10)) * 2 * MINUTE : null,
        confirm: 1 + random.below(4),
      }
      const model = new Model(policy)
      let state: AlertState | null = null
      let problems: Problem[] = []
      let isTold = false
      for (let minute = 0; minute < 60; minute++) {
        problems = randomProblems(random, problems)
        const seen = new Map(problems.map((problem) => [subjectOf(problem), statusOf(problem)]))
        const wanted = model.step(seen, minute * MINUTE)
        const { state: next, alert } = decide(state, run(problems), policy, minute * MINUTE)
        const where = `round ${round}, minute ${minute}, ${JSON.stringify(policy)}`
        const changes = new Map([
          ...(alert?.fresh ?? []).map(({ problem }) => [subjectOf(problem), statusOf(problem)] as const),
          ...(alert?.over ?? []).map(({ problem }) => [subjectOf(problem), 'well'] as const),
        ])
        expect([alert !== null, changes], where).toEqual([wanted.speaks, wanted.changes])
        const after = next.tracks.flatMap(({ told }) =>
          told ? [[subjectOf(told.problem), statusOf(told.problem)] as const] : [],
        )
        expect(new Map(after), where).toEqual(model.told)
        if (alert !== null) messages++
        // The last word is that it is over, and it is said once.
        expect(alert?.kind === 'over', where).toBe(isTold && after.length === 0)
        isTold = after.length > 0
        // What is written is what is read.
        expect(readState(JSON.stringify(next)), where).toEqual(next)
        state = next
      }
    }
    expect(messages).toBeGreaterThan(300)
  })
})
