/** `2026-11-24 02:10 UTC`: two people who read the same mail may sit in two time zones. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** `45 s`, `12 min`, `26 h`, `3 d`: from two of a unit on in that unit. */
export function spanText(ms: number): string {
  const unit = UNITS.find(([, length]) => ms >= 2 * length)
  if (unit === undefined) return `${Math.max(0, Math.round(ms / 1000))} s`
  return `${Math.round(ms / unit[1])} ${unit[0]}`
}
