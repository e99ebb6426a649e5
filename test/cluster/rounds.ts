/**
 * How often a loop runs: few times in `npm test`; with PXC_NETCHECK_ROUNDS=full as often as the claim says; with a number,
 * that often.
 */
export function rounds(few: number, full: number): number {
  const wanted = process.env.PXC_NETCHECK_ROUNDS
  if (wanted === undefined || wanted === '') return few
  if (wanted === 'full') return full
  if (!/^[1-9]\d*$/.test(wanted)) throw new Error(`PXC_NETCHECK_ROUNDS takes a number or full, not ${wanted}`)
  return Number(wanted)
}

/** A test's time limit: it exists only so that a hang ends. */
export const limit = (count: number, secondsEach: number) => 60_000 + count * secondsEach * 1000
