import type { Finding, ReportNode } from '../report/report.ts'

/** A PMM server is no node: that nobody may log in to it is no fault, but then its half of the flows is not probed. */
export function pmmNotAsked(nodes: readonly ReportNode[]): Finding[] {
  return nodes.flatMap((node): Finding[] => {
    const { name, role, reachable, via, error } = node
    if (role !== 'pmm' || reachable || via === 'none') return []
    return [
      {
        code: 'pmm-not-asked',
        severity: 'info',
        args: { node: name, ...(error ? { error: error.code } : {}) },
        message:
          `The PMM server ${name} could not be logged in to, so what it sends to the nodes is judged by their rules alone: ` +
          'what these accept stays ?. Have ssh log in there, and it is probed like all else.',
      },
    ]
  })
}
