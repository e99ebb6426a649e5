import type { Finding, ReportFlow } from '../report/report.ts'

/** ER_HOST_IS_BLOCKED: the path is open, and the server refuses whoever comes from that host, the right password or not. */
const HOST_IS_BLOCKED = 1129

export function hostsBlocked(flows: readonly ReportFlow[]): Finding[] {
  return flows.filter(isRefused).map(({ from, to, port }) => ({
    code: 'host-blocked',
    severity: 'warning',
    node: to,
    args: { from, to, port },
    message:
      `the server on ${port}/tcp refuses every client on ${from} (error 1129, too many connection errors from there). ` +
      `Next: on ${to} run "mysqladmin flush-hosts" (MariaDB: mariadb-admin), and find out what on ${from} connects without logging in.`,
  }))
}

/** Whether a probe from the one node to the other met it. */
export function isToldBlocked(flows: readonly ReportFlow[], from: string, to: string): boolean {
  return flows.some((flow) => flow.from === from && flow.to === to && isRefused(flow))
}

function isRefused({ observations }: ReportFlow): boolean {
  return observations.some((each) => each.kind === 'probe' && each.mysqlError === HOST_IS_BLOCKED)
}
