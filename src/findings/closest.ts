/** The candidate that a slip of one or two letters makes of the text; null where none is that close, or several are. */
export function closest(text: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, steps: distance(text.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, steps }) => steps > 0 && steps <= Math.min(2, Math.floor(candidate.length / 2)))
    .toSorted((a, b) => a.steps - b.steps)
  const [first, second] = ranked
  return first === undefined || first.steps === second?.steps ? null : first.candidate
}

/** Letters to put in, take out or change, or neighbours to swap (optimal string alignment). */
function distance(a: string, b: string): number {
  // A name may be as long as a remote host likes; what is much longer is no slip.
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(rows, i - 2, j - 2) + 1
          : Number.POSITIVE_INFINITY
      row.push(Math.min(change, swap, at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1))
    }
    rows.push(row)
  }
  return at(rows, a.length, b.length)
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? Number.POSITIVE_INFINITY
}
