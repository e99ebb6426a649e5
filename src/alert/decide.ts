import type { Alert, Current, Policy } from './alert.ts'
import { subjectOf } from './problem.ts'
import { type AlertState, STATE_VERSION, type Track } from './state.ts'
import { step } from './step.ts'

/**
 * What to remember and what to tell after a run. `previous` is null at the first run and where nothing can be remembered.
 * A clock that was set back makes no silence: what it has not reached yet counts as now.
 */
export function decide(
  previous: AlertState | null,
  current: Current,
  policy: Policy,
  nowMs: number,
): { state: AlertState; alert: Alert | null } {
  const before = new Map(
    (previous?.tracks ?? []).map((track) => [subjectOfTrack(track), notLater(track, nowMs)]),
  )
  const now = new Map(current.problems.map((problem) => [subjectOf(problem), problem]))
  const subjects = [...new Set([...now.keys(), ...before.keys()])]
  const steps = subjects.map((subject) =>
    step(before.get(subject) ?? null, now.get(subject) ?? null, current, policy, nowMs),
  )
  const tracks = steps.flatMap(({ track }) => track ?? [])
  const fresh = steps.flatMap((each) => each.fresh ?? [])
  const over = steps.flatMap((each) => each.over ?? [])
  const lasting = steps.flatMap(({ track, fresh: told, seen }) =>
    track?.told && told === undefined ? [{ ...track.told, seen }] : [],
  )
  const lastToldMs = previous?.lastToldMs == null ? null : Math.min(previous.lastToldMs, nowMs)
  const expired = current.expired.filter((text) => !previous?.expired.includes(text))
  const isDue = policy.mode === 'always' || isRepeatDue(lastToldMs, policy.repeatMs, nowMs)
  const kind = kindOf({ fresh, lasting, over, expired }, isDue)
  const unconfirmed = steps.flatMap(({ track }) =>
    track?.told === null && track.turn?.problem ? track.turn.problem : [],
  )
  return {
    state: {
      version: STATE_VERSION,
      lastToldMs: kind === null || kind === 'note' ? lastToldMs : nowMs,
      exitCode: current.exitCode,
      expired: current.expired,
      tracks,
    },
    alert: kind && { kind, fresh, lasting, over, unconfirmed, expired },
  }
}

function kindOf(
  { fresh, lasting, over, expired }: Pick<Alert, 'fresh' | 'lasting' | 'over' | 'expired'>,
  isDue: boolean,
): Alert['kind'] | null {
  if (fresh.length > 0) return 'new'
  if (over.length > 0) return lasting.length > 0 ? 'less' : 'over'
  if (lasting.length > 0 && isDue) return 'still'
  return expired.length > 0 ? 'note' : null
}

/** Runs do not start to the second: one that is a little early does not wait for the next. */
function isRepeatDue(lastToldMs: number | null, repeatMs: number | null, nowMs: number): boolean {
  if (repeatMs === null) return false
  const early = Math.min(30_000, repeatMs / 10)
  return lastToldMs === null || nowMs - lastToldMs >= repeatMs - early
}

function subjectOfTrack({ told, turn }: Track): string {
  const problem = told?.problem ?? turn?.problem
  return problem == null ? '' : subjectOf(problem)
}

function notLater({ told, turn }: Track, nowMs: number): Track {
  return {
    told: told && { ...told, sinceMs: Math.min(told.sinceMs, nowMs) },
    turn: turn && { ...turn, sinceMs: Math.min(turn.sinceMs, nowMs) },
  }
}
