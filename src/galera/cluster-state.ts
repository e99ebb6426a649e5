import type { SurveyedServer } from '../session/survey-messages.ts'
import { parseAddressList } from './gcomm-uri.ts'
import type { ClusterState } from './node-settings.ts'

/** What a running server's status says of its cluster; null without any. */
export function clusterState({ status }: SurveyedServer): ClusterState | null {
  const { wsrep_local_state_comment: state, wsrep_cluster_status: cluster } = status
  if (state === undefined || cluster === undefined) return null
  const size = Number(status.wsrep_cluster_size ?? Number.NaN)
  const incoming = parseAddressList(status.wsrep_incoming_addresses ?? '')
  return {
    state,
    status: cluster,
    // 0 and 2^64-1 while it is in no component.
    size: Number.isSafeInteger(size) && size > 0 ? size : null,
    uuid: status.wsrep_gcomm_uuid || null,
    incoming: incoming.filter(({ host }) => host.toUpperCase() !== 'AUTO'),
  }
}
