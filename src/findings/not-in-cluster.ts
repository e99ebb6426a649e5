import { nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { clusterNodes, knownMembers } from './known-addresses.ts'

/** Nodes of the run that are, by their own settings, no members of the cluster that others of the run are in. */
export function notInCluster(view: ClusterView): Finding[] {
  const members = knownMembers(view).map(({ name }) => name)
  if (members.length === 0) return []
  return clusterNodes(view).flatMap((node) => (isOutside(node) ? [finding(node, members)] : []))
}

/** What may not be read may say another thing. */
function isOutside({ settings, survey }: NodeView): boolean {
  if (settings === null || settings.wsrep || settings.flavour === 'garbd') return false
  const unread = survey?.files.some(({ state }) => state !== 'read' && state !== 'missing')
  return settings.known === 'server' || !unread
}

function finding({ name, settings }: NodeView, members: readonly string[]): Finding {
  const address = settings?.all.get('wsrep_cluster_address')?.value ?? ''
  const running = settings?.running === true
  const means = address !== ''
  const alone = running
    ? 'it runs alone, and what is written there goes nowhere'
    : 'started like this it runs alone'
  const provider = settings?.all.get('wsrep_provider')?.value ?? 'none'
  const lacks = provider === 'none' || provider === '' ? 'there is no wsrep_provider' : 'wsrep_on is not ON'
  const why = means ? `wsrep_cluster_address is set, but ${lacks}: ${alone}` : 'its settings name no cluster'
  return {
    code: 'not-in-cluster',
    severity: means ? 'critical' : 'info',
    node: name,
    args: { running, means, members: members.join(',') },
    message:
      `${nameList(members)} ${members.length === 1 ? 'is' : 'are'} set to be in a cluster, and ${name} is not: ${why}. ` +
      (means
        ? 'Next: in its option file set wsrep_on=ON and wsrep_provider below the same group, and start it anew.'
        : `Next: leave ${name} out of --nodes if it is no member, else give it the wsrep settings of the others.`),
  }
}
