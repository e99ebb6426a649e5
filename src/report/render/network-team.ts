import type { Report, ReportFlow } from '../report.ts'
import type { Grid } from './grid.ts'
import { groupBy, unique } from './lists.ts'
import { observedShort } from './observation-text.ts'

/** What is lost between the hosts, as a block to paste into a ticket: who, to whom, what, what was seen, when. */
export function networkTeamLines(flows: readonly ReportFlow[], report: Report, grid: Grid): string[] {
  if (flows.length === 0) return []
  const rows = groupBy(flows, (flow) =>
    JSON.stringify([flow.from, flow.to, flow.protocol, observedShort(flow)]),
  ).map((group) => row(group, report))
  return [
    `For the network team (seen from ${report.startedAt} to ${report.finishedAt}):`,
    ...grid([['source', 'destination', 'protocol', 'port', 'observed'], ...rows]),
  ]
}

function row(flows: readonly ReportFlow[], report: Report): string[] {
  const [flow] = flows
  if (flow === undefined) return []
  const ports = unique(flows.map(({ port }) => String(port))).join(',')
  return [sourceAddress(flow, report), flow.address, flow.protocol, ports, observedShort(flow)]
}

/** The address the packet really carried; on a host with several that is not the one in the list of nodes. */
function sourceAddress(flow: ReportFlow, report: Report): string {
  for (const observation of flow.observations) {
    if (observation.kind === 'probe' && observation.sourceAddress !== null) return observation.sourceAddress
  }
  return report.nodes.find(({ name }) => name === flow.from)?.address ?? flow.from
}
