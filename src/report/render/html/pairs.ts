import type { Report, ReportFlow } from '../../report.ts'
import { groupBy, unique } from '../lists.ts'

/** All flows from one node to another. */
export interface Pair {
  /** Fit for an id of the page: made of numbers, not of names. */
  readonly id: string
  readonly from: string
  readonly to: string
  readonly flows: readonly ReportFlow[]
}

export interface Mesh {
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  readonly pairs: readonly Pair[]
  readonly pair: (from: string, to: string) => Pair | undefined
}

/** Who sends to whom, in the order of the nodes. */
export function meshOf({ nodes, flows }: Pick<Report, 'nodes' | 'flows'>): Mesh {
  const known = nodes.map(({ name }) => name)
  const order = new Map(
    unique([...known, ...flows.flatMap(({ from, to }) => [from, to])]).map((name, index) => [name, index]),
  )
  const at = (name: string) => order.get(name) ?? 0
  const sorted = (names: readonly string[]) => unique(names).toSorted((a, b) => at(a) - at(b))
  const pairs = groupBy(flows, (flow) => `${at(flow.from)}-${at(flow.to)}`)
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { from, to } = first
      return { id: `p${at(from)}-${at(to)}`, from, to, flows: group }
    })
    .toSorted((a, b) => at(a.from) - at(b.from) || at(a.to) - at(b.to))
  const byEnds = new Map(pairs.map((pair) => [pair.id, pair]))
  return {
    sources: sorted(flows.map(({ from }) => from)),
    targets: sorted(flows.map(({ to }) => to)),
    pairs,
    pair: (from, to) => byEnds.get(`p${at(from)}-${at(to)}`),
  }
}
