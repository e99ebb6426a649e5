const MAX_ENTRIES = 6

/** Entries that are longer than names: those that are still read, and how many there are beside. */
export function listWithin(entries: readonly string[], separator: string): string {
  const shown = entries.slice(0, MAX_ENTRIES).join(separator)
  return entries.length > MAX_ENTRIES ? `${shown}${separator}and ${entries.length - MAX_ENTRIES} more` : shown
}
