import type { Finding } from '../report/report.ts'
import { clusterState } from './cluster-state.ts'
import type { ClusterView } from './cluster-view.ts'
import { conntrackFull } from './conntrack-full.ts'
import { hostErrors } from './host-errors.ts'
import { linkLoss } from './link-loss.ts'
import { mtuDiffers } from './mtu-differs.ts'
import { multicastBroken } from './multicast-broken.ts'
import { rpFilter } from './rp-filter.ts'
import { rttTimers } from './rtt-timers.ts'
import { selinuxPortLabels } from './selinux-port-label.ts'
import { staleSstListeners } from './stale-sst-listener.ts'
import { timersOrder } from './timers-order.ts'
import { wanSegments } from './wan-segments.ts'

/** What is wrong with the nodes' hosts, the ways between them, and the cluster by its own account. */
export function hostFindings(view: ClusterView): Finding[] {
  return [
    clusterState,
    selinuxPortLabels,
    staleSstListeners,
    multicastBroken,
    rpFilter,
    conntrackFull,
    hostErrors,
    mtuDiffers,
    rttTimers,
    linkLoss,
    timersOrder,
    wanSegments,
  ].flatMap((findings) => findings(view))
}
