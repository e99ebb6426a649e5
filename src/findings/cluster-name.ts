import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { isBelieved } from './believed.ts'
import type { ClusterView } from './cluster-view.ts'
import { type KnownMember, knownMembers } from './known-addresses.ts'
import { clipped, inBrackets } from './setting-text.ts'

/** Nodes of different cluster names: each refuses the other's connections of group communication. */
export function clusterNamesDiffer(view: ClusterView): Finding[] {
  const named = knownMembers(view).filter((node) => {
    const { clusterName, known } = node.settings
    return clusterName !== null && (known === 'server' || isBelieved(node, clusterName))
  })
  const groups = groupBy(named, nameOf)
  if (groups.length < 2) return []
  const sides = groups.map((group) => `"${clipped(group[0] ? nameOf(group[0]) : '')}" on ${listed(group)}`)
  return [
    {
      code: 'cluster-name-differs',
      severity: 'critical',
      args: { names: groups.map((group) => clipped(group[0] ? nameOf(group[0]) : '')).join(',') },
      message:
        `wsrep_cluster_name is ${sides.join(', and ')}: they refuse one another and are no members of one cluster. ` +
        'Next: set one wsrep_cluster_name in the option files of all nodes, and restart those that had another.',
    },
  ]
}

function nameOf({ settings }: KnownMember): string {
  return settings.clusterName?.value ?? ''
}

function listed(group: readonly KnownMember[]): string {
  return nameList(
    group.map(
      ({ name, settings }) => `${name}${settings.clusterName ? inBrackets(settings.clusterName.origin) : ''}`,
    ),
  )
}
