const SECONDS = { d: 86_400, h: 3600, min: 60 } as const

/**
 * A time with its error, such as `2 h 0 min 3.244 s (± 0.004 s)`: as many decimals as the error leaves, three at most, and the
 * error rounded up, so that what is read is as true as what was measured. Both in milliseconds and not negative.
 */
export function durationText(ms: number, errorMs: number): string {
  const decimals = Math.min(3, Math.max(0, -Math.floor(Math.log10(errorMs / 1000))))
  const unitMs = 1000 / 10 ** decimals
  const shown = Math.round(ms / unitMs) / 10 ** decimals
  const error = Math.ceil(errorMs / unitMs + 0.5) / 10 ** decimals
  const parts: string[] = []
  let rest = shown
  for (const [unit, seconds] of Object.entries(SECONDS)) {
    const whole = Math.floor(rest / seconds)
    rest -= whole * seconds
    if (whole > 0 || parts.length > 0) parts.push(`${whole} ${unit}`)
  }
  return `${[...parts, rest.toFixed(decimals)].join(' ')} s (± ${error.toFixed(decimals)} s)`
}
