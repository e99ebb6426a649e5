import { nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { isWhollyRead } from './believed.ts'
import { hostsOf, listName, members, originOf } from './cluster-list.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { addressesAt, isItself, type KnownMember, knownMembers } from './known-addresses.ts'
import { clipped } from './setting-text.ts'

/** Nodes whose list names no other member: each starts alone, or not at all. */
export function clusterAddressMisses(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) => missesAll(view, node))
}

function missesAll(view: ClusterView, node: KnownMember): Finding[] {
  const { clusterAddress, running, state } = node.settings
  const others = knownMembers(view).filter(({ name }) => name !== node.name)
  if (clusterAddress === null || others.length === 0 || mayStartOtherwise(node)) return []
  const hosts = hostsOf(node.settings)
  const onlyItself = hosts.every(({ host }) => {
    const addresses = addressesAt(node, host)
    return addresses !== null && addresses.length > 0 && addresses.every((each) => isItself(node, each))
  })
  if (!onlyItself) return []
  const whole = members(view).map((each) => ownAddressOf(each))
  const when = running ? 'when it is restarted it' : 'it'
  const effect =
    hosts.length === 0
      ? `names nobody: ${when} starts a cluster of its own, apart from ${nameList(others.map(({ name }) => name))}`
      : `names only the node itself: ${when} finds no cluster to join`
  return [
    {
      code: 'cluster-address-misses',
      // A member that runs is one as long as it does.
      severity: running && state?.status === 'Primary' ? 'warning' : 'critical',
      node: node.name,
      args: { clusterAddress: clipped(clusterAddress.value.text), running },
      message:
        `its ${listName(node.settings)} "${clipped(clusterAddress.value.text)}"${originOf(node.settings)} ${effect}. ` +
        `Next: in its option file set ${listName(node.settings)}=gcomm://${whole.join(',')}`,
    },
  ]
}

/**
 * The option file has another list than the running server: one given by hand to bootstrap, gone with the next start. So it may be where not every
 * file could be read.
 */
function mayStartOtherwise(node: KnownMember): boolean {
  const { settings, survey } = node
  if (settings.known === 'files' || !settings.running) return false
  const inFiles = (survey?.options ?? []).filter(({ name }) => name === 'wsrep_cluster_address').at(-1)?.value
  if (inFiles === undefined && !isWhollyRead(node)) return true
  return (
    inFiles != null && inFiles !== settings.clusterAddress?.value.text && /gcomm:\/\/[^?\s]/.test(inFiles)
  )
}

function ownAddressOf(node: NodeView): string {
  const address = node.address ?? node.given
  return address.includes(':') ? `[${address}]` : address
}
