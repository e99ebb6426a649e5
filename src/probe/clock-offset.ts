/** One question for a node's wall clock, and its answer. */
export interface ClockExchange {
  /** When it was asked and heard here: milliseconds of a clock that nobody sets. */
  readonly askedMs: number
  readonly heardMs: number
  /** The node's wall clock when it read the question and when it answered: microseconds since the epoch. */
  readonly receivedUs: number
  readonly answeredUs: number
}

/** How far a node's clock is ahead of the clock here. That one counts from anywhere: only differences between nodes tell. */
export interface ClockOffset {
  readonly offsetMs: number
  /** However the round trip was spent, the true offset is no farther away than this. */
  readonly errorMs: number
  /** When it was measured, by the clock here. */
  readonly fromMs: number
  readonly toMs: number
}

/** Both clocks are read in whole microseconds or better, and a double holds today's date to a quarter of one. */
const RESOLUTION_MS = 0.002

/** As in NTP (RFC 5905, section 8); null when the node's clock was set meanwhile, or is not to be believed. */
export function clockOffset(exchange: ClockExchange): ClockOffset | null {
  const { askedMs, heardMs } = exchange
  const [receivedMs, answeredMs] = [exchange.receivedUs / 1000, exchange.answeredUs / 1000]
  const roundTripMs = heardMs - askedMs - (answeredMs - receivedMs)
  if (answeredMs < receivedMs || roundTripMs < 0) return null
  return {
    offsetMs: (receivedMs - askedMs + (answeredMs - heardMs)) / 2,
    errorMs: roundTripMs / 2 + RESOLUTION_MS,
    fromMs: askedMs,
    toMs: heardMs,
  }
}
