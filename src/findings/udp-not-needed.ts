import type { Finding, ReportFlow } from '../report/report.ts'

/**
 * Says why a blocked 4567/udp is neither counted nor opened: a running node without a multicast group shows that
 * gmcast.mcast_addr is unset, and then nothing in the cluster uses UDP.
 */
export function udpNotNeeded(flows: readonly ReportFlow[], ignored: ReadonlySet<string>): Finding[] {
  const blocked = flows.filter(
    ({ id, status, protocol }) => ignored.has(id) && status === 'DOWN' && protocol === 'udp',
  )
  const [first] = blocked
  if (first === undefined) return []
  const { port } = first
  return [
    {
      code: 'udp-not-needed',
      severity: 'info',
      args: { port, flows: blocked.length },
      message: `${port}/udp is blocked and need not be opened: the nodes use no multicast (gmcast.mcast_addr is unset).`,
    },
  ]
}
