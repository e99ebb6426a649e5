import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'

const NEARLY_FULL = 0.9

/** A host whose connection table is full drops the first packet of every new connection, whatever its rules say. */
export function conntrackFull({ nodes }: ClusterView): Finding[] {
  return nodes.flatMap(({ name, survey }): Finding[] => {
    const { count, max } = survey?.conntrack ?? { count: 0, max: 0 }
    if (max === 0 || count < NEARLY_FULL * max) return []
    const more = 2 * max
    return [
      {
        code: 'conntrack-full',
        severity: 'warning',
        node: name,
        args: { node: name, count, max },
        message:
          `its connection table holds ${count} of ${max} entries; once it is full, the kernel drops every new connection ("nf_conntrack: table full, dropping packet"). ` +
          `Next: run "sysctl -w net.netfilter.nf_conntrack_max=${more}", put net.netfilter.nf_conntrack_max=${more} into a file below /etc/sysctl.d, ` +
          'and find out with "conntrack -L" whose connections they are.',
      },
    ]
  })
}
