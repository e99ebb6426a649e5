import type { FlowStatus } from '../../verdict.ts'
import type { ReportFlow } from '../report.ts'
import { groupBy, unique } from './lists.ts'

/** One matrix for all services that look alike. */
export interface Matrix {
  /** `4567/tcp galera`, one for each of the services. */
  readonly titles: readonly string[]
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  /** UNKNOWN for a flow that is not in the report. */
  readonly status: (from: string, to: string) => FlowStatus
}

/** Every source to every target, once for all services with the same cells. */
export function matricesOf(flows: readonly ReportFlow[]): Matrix[] {
  const order = unique(flows.map(({ from }) => from))
  const services = groupBy(flows, ({ service }) => service).map((group) => ({
    title: titleOf(group),
    cells: new Map(group.map((flow) => [`${flow.from}\n${flow.to}`, flow.status])),
    sources: unique(group.map(({ from }) => from)),
    targets: unique(group.map(({ to }) => to)).sort((a, b) => indexOf(order, a) - indexOf(order, b)),
  }))
  return groupBy(services, ({ cells }) => JSON.stringify([...cells].sort())).map((group) => {
    const { cells = new Map<string, FlowStatus>(), sources = [], targets = [] } = group[0] ?? {}
    return {
      titles: group.map(({ title }) => title),
      sources,
      targets,
      status: (from, to) => cells.get(`${from}\n${to}`) ?? 'UNKNOWN',
    }
  })
}

function titleOf(flows: readonly ReportFlow[]): string {
  const [flow] = flows
  const optional = flows.some(({ required }) => required) ? '' : ' (optional)'
  // Nodes may have moved theirs, each its own.
  const ports = unique(flows.map(({ port }) => port)).join('|')
  return flow === undefined ? '' : `${ports}/${flow.protocol} ${flow.service}${optional}`
}

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name)
  return index === -1 ? names.length : index
}
