import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'
import { settingText } from './setting-text.ts'

/** What Galera knows before `://`: gcs_backend of codership/galera gcs/src/gcs_backend.cpp. Anything else ends the start: "Backend not supported". */
const SCHEMES = /^(gcomm|dummy|spread|vsbes):\/\//

/** Cluster addresses with which no server starts. */
export function clusterSchemes(view: ClusterView): Finding[] {
  return clusterNodes(view).flatMap(({ name, settings }): Finding[] => {
    const value = settings?.all.get('wsrep_cluster_address')
    if (value === undefined || value.value === '' || SCHEMES.test(value.value)) return []
    return [
      {
        code: 'cluster-address-scheme',
        severity: 'critical',
        node: name,
        args: { address: value.value },
        message:
          `${settingText('wsrep_cluster_address', value)} does not begin with gcomm://, and with anything else the server ends at its start. ` +
          'Next: in its option file write gcomm:// before the addresses of the members.',
      },
    ]
  })
}
