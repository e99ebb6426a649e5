import type { GcommHost, NodeSettings } from '../galera/node-settings.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'
import { inBrackets } from './setting-text.ts'

/** The hosts where a node looks for its cluster when it starts. */
export function hostsOf({ clusterAddress }: NodeSettings): readonly GcommHost[] {
  return clusterAddress?.value.hosts ?? []
}

/** The name of the setting: an arbitrator's has another. */
export function listName({ flavour }: NodeSettings): string {
  return flavour === 'garbd' ? 'address' : 'wsrep_cluster_address'
}

/** Where the list comes from: in brackets, or nothing. */
export function originOf({ clusterAddress }: NodeSettings): string {
  return clusterAddress === null ? '' : inBrackets(clusterAddress.origin)
}

/** Those that are, or may be, members of a cluster. */
export function members(view: ClusterView): NodeView[] {
  return clusterNodes(view).filter(({ settings }) => settings === null || settings.wsrep)
}
