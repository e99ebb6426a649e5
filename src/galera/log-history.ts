import type { NodeView } from '../findings/cluster-view.ts'
import { isEvent, type LogEntry, type LogEvent, type LogKind, type LogMilestone } from './log-event.ts'
import { readLog } from './log-lines.ts'

/** What one log says of the server's life. */
export interface LogHistory {
  readonly node: string
  /** By which other members' logs call it. */
  readonly nodeName: string
  /** It is no working member, by its own word or, where that is missing, by the end of its log. */
  readonly failing: boolean
  /** What may still hold of itself: since it was last synced, or since the start of a run that still goes on. */
  readonly own: readonly LogEvent[]
  /** What may still hold of a member: since that one was last synced, or since the start of the run; one array for all of whom it is the same. */
  about(member: string): readonly LogEvent[]
}

/** The server ends of it, or never becomes a member. */
const FATAL: ReadonlySet<LogKind> = new Set<LogKind>([
  'never-primary',
  'never-received',
  'group-listen-failed',
  'sst-first-data-timeout',
  'sst-empty-stream',
  'sst-receive-failed',
  'sst-unrecoverable',
  'sst-not-prepared',
  'clone-no-message',
  'clone-daemon-timeout',
  'ist-stray',
  'ist-receive-failed',
  'ist-receiver-crashed',
  'ist-incomplete',
  'ist-listen-failed',
  'crashed',
])

const SYNCED = /^(Synced|Donor|Desynced)/

/** null: nothing of its log was read. */
export function historyOf({ name, settings, inspection }: NodeView): LogHistory | null {
  const entries = (inspection?.logs ?? []).flatMap(({ lines }) =>
    withoutPastRelay(withoutFirstStall(readLog(lines))),
  )
  if (entries.length === 0) return null
  const started = lastIndex(entries, ({ milestone }) => milestone === 'started')
  const synced = lastIndex(entries, ({ milestone }) => milestone === 'synced')
  const stopped = lastIndex(entries, ({ milestone }) => milestone === 'stopped')
  // A server that was stopped after it had been synced has left in order; one that never was may have been stopped by a time-out.
  const past = stopped > synced && synced > started ? stopped : synced
  const state = settings?.running === true ? settings.state : null
  const member = state !== null && state.status === 'Primary' && SYNCED.test(state.state)
  const fatal = (since: number) => after(entries, since).some(({ kind }) => FATAL.has(kind))
  const failing =
    !member &&
    ((state !== null && state.status !== 'Primary') ||
      fatal(settings?.running ? Math.max(past, started) : past))
  const parts = new Map<number, readonly LogEvent[]>()
  return {
    node: name,
    nodeName: settings?.nodeName?.value ?? name,
    failing,
    own: after(entries, failing ? past : started),
    about: (wanted) => {
      const seen = lastIndex(
        entries,
        ({ milestone, member }) => milestone === 'member-synced' && member === wanted,
      )
      const index = Math.max(seen, started)
      const events = parts.get(index) ?? after(entries, index)
      parts.set(index, events)
      return events
    },
  }
}

/** A server's group thread stands still once at nearly every start. */
function withoutFirstStall(entries: readonly LogEntry[]): LogEntry[] {
  let fresh = true
  return entries.filter((entry) => {
    if (!isEvent(entry)) {
      fresh = entry.milestone === 'started' || (fresh && entry.milestone !== 'synced')
      return true
    }
    if (entry.kind !== 'own-stall' || !fresh) return true
    fresh = false
    return false
  })
}

/** Members ask for relay whenever one joins, and say so when they need it no more. */
function withoutPastRelay(entries: readonly LogEntry[]): LogEntry[] {
  const off = lastIndex(entries, ({ milestone }) => milestone === 'relay-off')
  return entries.filter((entry, index) => index > off || !isEvent(entry) || entry.kind !== 'relay-on')
}

function lastIndex(entries: readonly LogEntry[], is: (entry: LogMilestone) => boolean): number {
  return entries.findLastIndex((entry) => !isEvent(entry) && is(entry))
}

function after(entries: readonly LogEntry[], index: number): LogEvent[] {
  return entries.slice(index + 1).filter(isEvent)
}
