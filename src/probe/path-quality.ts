/** What round trips between two nodes came to. Times in milliseconds, null where nothing was answered. */
export interface PathQuality {
  /** Packets sent. */
  readonly samples: number
  readonly lost: number
  readonly minMs: number | null
  readonly avgMs: number | null
  readonly maxMs: number | null
  /**
   * The mean absolute difference of consecutive round trips: what RFC 3550 (6.4.1) smooths, plainly averaged. null with less
   * than two answers.
   */
  readonly jitterMs: number | null
}

/** After this long a Linux target repeats an answer that was lost (TCP_TIMEOUT_INIT). */
const REPEATED_AFTER_MS = 1000

/** `rttsMs`: of the packets answered, in the order of sending. */
export function pathQuality(sent: number, rttsMs: readonly number[]): PathQuality {
  const fastest = Math.min(...rttsMs)
  // A second later than it can be is the target's second answer: the first was lost.
  const own = rttsMs.filter((rtt) => rtt < fastest + REPEATED_AFTER_MS)
  const steps = own.slice(1).map((rtt, index) => Math.abs(rtt - (own[index] ?? rtt)))
  return {
    samples: sent,
    lost: Math.max(0, sent - own.length),
    minMs: own.length === 0 ? null : round(fastest),
    avgMs: mean(own),
    maxMs: own.length === 0 ? null : round(Math.max(...own)),
    jitterMs: mean(steps),
  }
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : round(values.reduce((sum, each) => sum + each, 0) / values.length)
}

/** To a microsecond, as they were measured. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
