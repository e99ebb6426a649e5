import type { Current, Fresh, Over, Policy } from './alert.ts'
import { type Problem, statusOf } from './problem.ts'
import type { Track } from './state.ts'

/** What a run makes of one subject. */
interface Step {
  readonly track: Track | null
  readonly fresh?: Fresh
  readonly over?: Over
  readonly seen: boolean
}

/** `problem` is what the run sees of the subject that `track` is about; null: nothing. */
export function step(
  track: Track | null,
  problem: Problem | null,
  current: Current,
  { confirm }: Policy,
  nowMs: number,
): Step {
  const told = track?.told ?? null
  const known = told?.problem ?? track?.turn?.problem ?? null
  const absent = problem === null && known !== null ? current.absent(known) : 'well'
  if (absent === 'untold') return { track, seen: false }
  // Whoever says so knows of it; that it is over would not be true.
  if (absent === 'ignored') return { track: null, seen: false }
  if (told !== null && problem !== null && statusOf(told.problem) === statusOf(problem)) {
    return { track: { told: { problem, sinceMs: told.sinceMs }, turn: null }, seen: true }
  }
  if (told === null && problem === null) return { track: null, seen: false }
  const turn = track?.turn ?? null
  // What is wrong now in this way and now in that is wrong all the time, so until told, any way counts.
  const isSame = turn !== null && (told === null || sameStatus(turn.problem, problem))
  const sinceMs = isSame ? turn.sinceMs : nowMs
  const runs = isSame ? turn.runs + 1 : 1
  if (runs < confirm) return { track: { told, turn: { problem, sinceMs, runs } }, seen: false }
  if (problem !== null) {
    const now = { problem, sinceMs }
    return { track: { told: now, turn: null }, fresh: { ...now, was: told?.problem ?? null }, seen: true }
  }
  return {
    track: null,
    ...(told !== null && { over: { ...told, untilMs: sinceMs, how: absent } }),
    seen: false,
  }
}

function sameStatus(one: Problem | null, other: Problem | null): boolean {
  return one === null || other === null ? one === other : statusOf(one) === statusOf(other)
}
