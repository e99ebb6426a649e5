import type { LogEvent, LogKind, LogPeer } from './log-event.ts'

/** Equal events of one log. */
export interface LogGroup {
  readonly kind: LogKind
  /** Whom they name: the same in all. */
  readonly peer: LogPeer | null
  readonly count: number
  /** Times as written there, of the first and the last that have one. */
  readonly first: string | null
  readonly last: string | null
  /** One of them: the last, which is the likeliest to be still there to look at. */
  readonly example: LogEvent
}

/** Puts equal events together, by kind and by whom they name, in the order in which they first came. A line that names several peers counts for each. */
export function groupEvents(events: readonly LogEvent[]): LogGroup[] {
  const groups = new Map<string, LogEvent[]>()
  const peers = new Map<string, LogPeer | null>()
  for (const event of events) {
    const { peers: named, uuid, donor, joiner } = event.fields
    for (const peer of named.length === 0 ? [null] : named) {
      const key = JSON.stringify([event.kind, peer?.address, peer?.port, peer ? null : uuid, donor, joiner])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [event])
      else group.push(event)
      peers.set(key, peer)
    }
  }
  return [...groups].flatMap(([key, members]): LogGroup[] => {
    const example = members.at(-1)
    if (example === undefined) return []
    const times = members.flatMap(({ at }) => at ?? [])
    const [first = null] = times
    return [
      {
        kind: example.kind,
        peer: peers.get(key) ?? null,
        count: members.length,
        first,
        last: times.at(-1) ?? null,
        example,
      },
    ]
  })
}
