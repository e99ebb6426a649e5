import * as v from 'valibot'
import type { Problem } from './problem.ts'
import { type AlertState, STATE_VERSION } from './state.ts'

const level = v.picklist(['CRITICAL', 'UNKNOWN', 'WARNING'])
const word = v.pipe(v.string(), v.maxLength(2000))
const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(8_640_000_000_000_000))

const problem: v.GenericSchema<unknown, Problem> = v.variant('kind', [
  v.object({
    kind: v.literal('flow'),
    level,
    from: word,
    to: word,
    service: word,
    protocol: v.picklist(['tcp', 'udp']),
    port: v.pipe(v.number(), v.integer()),
    status: v.picklist(['DOWN', 'CLOSED', 'UNKNOWN']),
    place: v.nullable(v.picklist(['source', 'network', 'target', 'reply', 'absent'])),
  }),
  v.object({ kind: v.literal('node'), level, node: word, code: word }),
  v.object({ kind: v.literal('finding'), level, code: word, node: v.nullable(word), args: v.array(word) }),
  v.object({ kind: v.literal('run'), level, code: word }),
])

const told = v.object({ problem, sinceMs: time })
const turn = v.object({ problem: v.nullable(problem), sinceMs: time, runs: v.pipe(v.number(), v.integer()) })

const State: v.GenericSchema<unknown, AlertState> = v.object({
  version: v.literal(STATE_VERSION),
  lastToldMs: v.nullable(time),
  exitCode: v.picklist([0, 1, 2, 3]),
  expired: v.array(word),
  tracks: v.array(
    v.pipe(
      v.object({ told: v.nullable(told), turn: v.nullable(turn) }),
      v.check(({ told, turn }) => told !== null || turn?.problem != null),
    ),
  ),
})

/** The text of a state file; `newer`: written by a later version of this tool, so it is not ours to replace. */
export function readState(text: string): AlertState | 'newer' | 'corrupt' {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return 'corrupt'
  }
  const version = (document as { version?: unknown } | null)?.version
  if (typeof version === 'number' && Number.isInteger(version) && version > STATE_VERSION) return 'newer'
  const parsed = v.safeParse(State, document)
  return parsed.success ? parsed.output : 'corrupt'
}
