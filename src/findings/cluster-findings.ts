import type { Finding } from '../report/report.ts'
import { addressFindings } from './address-findings.ts'
import type { ClusterView } from './cluster-view.ts'
import { hostFindings } from './host-findings.ts'
import { logFilesUnreadable } from './log-file.ts'
import { logFindings } from './log-lines.ts'
import { meaningFindings } from './meaning-findings.ts'

/** What is wrong in the cluster beside its blocked flows, and what all of it means to the cluster: causes before what follows from them. */
export function clusterFindings(view: ClusterView): Finding[] {
  const addresses = addressFindings(view)
  return [
    ...addresses.filter(({ severity }) => severity === 'critical'),
    ...meaningFindings(view),
    ...addresses.filter(({ severity }) => severity !== 'critical'),
    ...hostFindings(view),
    ...logFindings(view),
    ...logFilesUnreadable(view),
  ]
}
