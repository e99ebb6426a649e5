import { galeraRelease } from '../galera/galera-release.ts'
import { nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { knownMembers } from './known-addresses.ts'

/** From this release of Galera 4 on, its UDP sockets send the message without its header (galerautils/src/gu_asio_udp.cpp). */
const BROKEN_SINCE = 8

/** gmcast.mcast_addr on a Galera whose multicast does not work: two such nodes do not form a cluster. */
export function multicastBroken(view: ClusterView): Finding[] {
  const broken = knownMembers(view).flatMap(({ name, settings: { multicast, galeraVersion } }) => {
    const release = galeraRelease(galeraVersion)
    const isBroken = release !== null && release.major === 4 && release.minor >= BROKEN_SINCE
    return multicast !== null && isBroken
      ? [{ name, group: multicast.value, version: galeraVersion ?? '' }]
      : []
  })
  const [first] = broken
  if (first === undefined) return []
  const names = broken.map(({ name }) => name)
  return [
    {
      code: 'multicast-broken',
      severity: 'warning',
      ...(names.length === 1 ? { node: first.name } : {}),
      args: { nodes: names.join(','), group: first.group, version: first.version },
      message:
        `gmcast.mcast_addr=${first.group} is set on ${nameList(names)}, and multicast is broken in Galera ${first.version} as in every one since 26.4.8: ` +
        'its nodes do not understand one another. Next: take gmcast.mcast_addr out of wsrep_provider_options on every node, and restart them one by one.',
    },
  ]
}
