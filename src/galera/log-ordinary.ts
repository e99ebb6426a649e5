import { isEvent, type LogEntry, type LogEvent, type LogKind } from './log-event.ts'

/** Told in many a start that ends well, before the node is in a Primary component: not all members are up, or not at once. */
const WHILE_STARTING: ReadonlySet<LogKind> = new Set<LogKind>([
  'non-primary',
  'connect-refused',
  'connect-aborted',
])

/**
 * The events of one log that tell of trouble, without those that belong to an ordinary start or end: a node that leaves goes through a
 * view without quorum, and so does one that joins; the group thread stands still once at nearly every start.
 */
export function withoutOrdinary(entries: readonly LogEntry[]): LogEvent[] {
  const ordinary = new Set<LogEntry>()
  /** What of the start under way is ordinary if that ends well; null: none is under way. */
  let start: LogEvent[] | null = null
  let leaving = false
  let stalled = true
  for (const entry of entries) {
    if (!isEvent(entry)) {
      const { milestone } = entry
      if (milestone === 'primary') for (const event of start ?? []) ordinary.add(event)
      if (milestone === 'started') [start, leaving, stalled] = [[], false, false]
      if (milestone === 'primary') [start, leaving] = [null, false]
      if (milestone === 'stopped' || milestone === 'leaving') leaving = true
      continue
    }
    const { kind } = entry
    if (kind === 'never-received') leaving = true
    if (leaving && (kind === 'non-primary' || kind === 'connect-aborted')) ordinary.add(entry)
    if (kind === 'own-stall' && !stalled) {
      stalled = true
      ordinary.add(entry)
    }
    // The line that gives up tells more than the view before it.
    if (kind === 'never-primary')
      for (const event of start ?? []) if (event.kind === 'non-primary') ordinary.add(event)
    if (WHILE_STARTING.has(kind)) start?.push(entry)
  }
  return entries.filter(isEvent).filter((event) => !ordinary.has(event))
}
