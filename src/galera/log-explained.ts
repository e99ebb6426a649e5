import { commandFor } from './log-command.ts'
import { LOG_KINDS, type LogKind, type LogPeer, writePeer } from './log-event.ts'
import { COMPANIONS, EVIDENCE, rankOf } from './log-evidence.ts'
import { groupEvents } from './log-groups.ts'
import { readLog } from './log-lines.ts'
import { LOG_MEANINGS, type LogService, type Speaker } from './log-meanings.ts'
import { withoutOrdinary } from './log-ordinary.ts'
import { ownNames } from './log-own.ts'

/** What lines of a log mean, each kind once. Strings are as the log has them: escape them before a terminal. */
export interface ExplainedLog {
  /** Lines with anything in them. */
  readonly lines: number
  /** Of an ordinary life: starts, ends, synchronisation. */
  readonly ordinary: number
  readonly unknown: number
  /** In one line what the first of `explained` says is wrong, and whom it names; null where none tells a cause. */
  readonly likely: string | null
  /** What tells most comes first: causes, signs, then what came of it. */
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
  /** Lines that go with it and say nothing of their own. */
  readonly companions: readonly { readonly kind: LogKind; readonly count: number }[]
}

export function explainLog(text: string): ExplainedLog {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '')
  const entries = readLog(lines)
  const events = withoutOrdinary(entries)
  const own = ownNames(lines)
  const groups = groupEvents(events)
  const counts = new Map(LOG_KINDS.map((kind) => [kind, events.filter((each) => each.kind === kind).length]))
  const seen = (kind: LogKind) => (counts.get(kind) ?? 0) > 0
  const leaderOf = (kind: LogKind) => (seen(kind) ? COMPANIONS[kind]?.find(seen) : undefined)
  const explained = LOG_KINDS.flatMap((kind): ExplainedLine[] => {
    const these = events.filter((event) => event.kind === kind)
    const example = these.at(-1)
    if (example === undefined || leaderOf(kind) !== undefined) return []
    const times = these.flatMap(({ at }) => at ?? [])
    const { said, flow, means, proves, next } = LOG_MEANINGS[kind]
    const peers = groups.flatMap((group) =>
      group.kind === kind && group.peer !== null ? [{ ...group.peer, count: group.count }] : [],
    )
    return [
      {
        kind,
        count: these.length,
        first: times[0] ?? null,
        last: times.at(-1) ?? null,
        saidBy: said,
        services: flow?.services ?? [],
        peers,
        means,
        proves,
        next,
        command: commandFor(flow, { ...example.fields, kind, peers, own }),
        example: example.line,
        companions: LOG_KINDS.filter((each) => leaderOf(each) === kind).map((each) => ({
          kind: each,
          count: counts.get(each) ?? 0,
        })),
      },
    ]
  })
  const ranked = explained.toSorted((one, other) => rank(one) - rank(other))
  return {
    lines: lines.length,
    ordinary: entries.length - events.length,
    unknown: lines.length - entries.length,
    likely: likelyOf(ranked[0]),
    explained: ranked,
  }
}

const rank = ({ kind, peers }: ExplainedLine) =>
  rankOf(
    kind,
    peers.some(({ port }) => port !== null),
  )

function likelyOf(line: ExplainedLine | undefined): string | null {
  if (line === undefined) return null
  const evidence = EVIDENCE[line.kind]
  if (!('likely' in evidence)) return null
  const [peer] = line.peers
  if (peer === undefined) return evidence.likely
  const more = line.peers.length === 1 ? '' : ` and ${line.peers.length - 1} more`
  return `${evidence.likely} (${writePeer(peer)}${more})`
}
