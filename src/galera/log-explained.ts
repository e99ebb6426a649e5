import { commandFor } from './log-command.ts'
import { isEvent, LOG_KINDS, type LogKind, type LogPeer } from './log-event.ts'
import { groupEvents } from './log-groups.ts'
import { readLog } from './log-lines.ts'
import { LOG_MEANINGS, type LogService, type Speaker } from './log-meanings.ts'

/** What lines of a log mean, each kind once. Strings are as the log has them: escape them before a terminal. */
export interface ExplainedLog {
  /** Lines with anything in them. */
  readonly lines: number
  /** Of an ordinary life: starts, synchronisation. */
  readonly ordinary: number
  readonly unknown: number
  readonly explained: readonly ExplainedLine[]
}

export interface ExplainedLine {
  readonly kind: LogKind
  readonly count: number
  readonly first: string | null
  readonly last: string | null
  readonly saidBy: Speaker
  readonly services: readonly LogService[]
  readonly peers: readonly (LogPeer & { readonly count: number })[]
  readonly means: string
  readonly proves: string
  readonly next: string
  /** To be run where the nodes can be reached; words in capitals are to be filled in. */
  readonly command: string | null
  readonly example: string
}

export function explainLog(text: string): ExplainedLog {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '')
  const entries = readLog(lines)
  const events = entries.filter(isEvent)
  const groups = groupEvents(events)
  const explained = LOG_KINDS.flatMap((kind): ExplainedLine[] => {
    const own = events.filter((event) => event.kind === kind)
    const example = own.at(-1)
    if (example === undefined) return []
    const times = own.flatMap(({ at }) => at ?? [])
    const { said, flow, means, proves, next } = LOG_MEANINGS[kind]
    const peers = groups.flatMap((group) =>
      group.kind === kind && group.peer !== null ? [{ ...group.peer, count: group.count }] : [],
    )
    return [
      {
        kind,
        count: own.length,
        first: times[0] ?? null,
        last: times.at(-1) ?? null,
        saidBy: said,
        services: flow?.services ?? [],
        peers,
        means,
        proves,
        next,
        command: commandFor(flow, { ...example.fields, kind, peers }),
        example: example.line,
      },
    ]
  })
  return {
    lines: lines.length,
    ordinary: entries.length - events.length,
    unknown: lines.length - entries.length,
    explained,
  }
}
