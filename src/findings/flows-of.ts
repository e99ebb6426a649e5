import type { ReportFlow } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'

interface FlowIndex {
  readonly from: ReadonlyMap<string, readonly ReportFlow[]>
  readonly to: ReadonlyMap<string, readonly ReportFlow[]>
  /** By source, then by target; of a source when it is first asked for. */
  readonly pairs: Map<string, ReadonlyMap<string, readonly ReportFlow[]>>
}

/** Flows grow with the square of the nodes: whoever looks through all of them for each node takes the cube. */
const indexes = new WeakMap<ClusterView, FlowIndex>()

export function flowsFrom(view: ClusterView, name: string): readonly ReportFlow[] {
  return indexOf(view).from.get(name) ?? []
}

export function flowsTo(view: ClusterView, name: string): readonly ReportFlow[] {
  return indexOf(view).to.get(name) ?? []
}

export function flowsBetween(view: ClusterView, from: string, to: string): readonly ReportFlow[] {
  const { pairs } = indexOf(view)
  const known = pairs.get(from) ?? grouped(flowsFrom(view, from), 'to')
  pairs.set(from, known)
  return known.get(to) ?? []
}

function indexOf(view: ClusterView): FlowIndex {
  const known = indexes.get(view)
  if (known !== undefined) return known
  const made = { from: grouped(view.flows, 'from'), to: grouped(view.flows, 'to'), pairs: new Map() }
  indexes.set(view, made)
  return made
}

function grouped(flows: readonly ReportFlow[], end: 'from' | 'to'): Map<string, ReportFlow[]> {
  const groups = new Map<string, ReportFlow[]>()
  for (const flow of flows) {
    const group = groups.get(flow[end])
    if (group === undefined) groups.set(flow[end], [flow])
    else group.push(flow)
  }
  return groups
}
