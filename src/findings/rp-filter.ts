import { isIPv4 } from 'node:net'
import { canonicalAddress } from '../inventory/host-address.ts'
import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding, ReportFlow } from '../report/report.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { flowsTo } from './flows-of.ts'
import { clusterNodes, interfaceOf } from './known-addresses.ts'

/** RFC 3704: strict drops what comes in by another interface than the answer would leave by; 2 is loose. */
const STRICT = 1

interface Crossing {
  readonly peer: string
  /** The strict interfaces by which its packets come in, or may. */
  readonly into: readonly string[]
  /** The interface by which the node would answer it. */
  readonly back: string
  readonly isDown: boolean
}

/** Packets that a host's kernel drops, before any firewall rule, since its own way back to their source is another. */
export function rpFilter(view: ClusterView): Finding[] {
  return clusterNodes(view).flatMap((node) => {
    const { survey, inspection } = node
    if (survey === null || inspection === null) return []
    const drops = (inspection.rpFilterDrops ?? 0) - (survey.rpFilterDrops ?? inspection.rpFilterDrops ?? 0)
    const crossings = crossingsOf(view, node, drops > 0)
    const down = crossings.filter(({ isDown }) => isDown)
    const told = down.length > 0 ? down : drops > 0 ? crossings : []
    return groupBy(told, ({ into, back }) => JSON.stringify([into, back])).map((group) =>
      finding(node.name, group, down.length > 0, drops),
    )
  })
}

function crossingsOf(view: ClusterView, node: NodeView, hasDropped: boolean): Crossing[] {
  const { address, inspection } = node
  const own = address === null || !isIPv4(address) ? null : interfaceOf(node, address)
  if (own === null) return []
  const strict = strictInterfaces(node)
  if (strict.length === 0) return []
  const peers = clusterNodes(view).filter((peer) => peer !== node)
  const toOwn = flowsTo(view, node.name).filter((flow) => canonicalAddress(flow.address) === address)
  const byPeer = new Map(groupBy(toOwn, ({ from }) => from).map((flows) => [flows[0]?.from, flows]))
  return peers.flatMap((peer): Crossing[] => {
    const flows = byPeer.get(peer.name) ?? []
    const probed = flows.flatMap(sourcesOf)
    const sources = probed.length > 0 ? probed : [peer.address]
    const back =
      inspection?.routes.find(({ to }) => sources.includes(canonicalAddress(to)))?.interface ?? null
    if (back === null) return []
    const isDown = flows.some(isDroppedUnseen)
    // Packets come to the interface that has the address, unless the peer sends them out of another than its own.
    const isAside = sendsAside(peer, node) || (hasDropped && isDown)
    const into = (back !== own ? [own] : isAside ? strict : []).filter(
      (name) => name !== back && strict.includes(name),
    )
    return into.length === 0 ? [] : [{ peer: peer.name, into, back, isDown }]
  })
}

function strictInterfaces({ survey }: NodeView): string[] {
  const all = survey?.rpFilterAll ?? 0
  return (survey?.interfaces ?? [])
    .filter(({ name, up, rpFilter }) => name !== 'lo' && up && Math.max(all, rpFilter ?? 0) === STRICT)
    .map(({ name }) => name)
}

/** Whether what it sends to the node leaves by one interface, and carries the address of another. */
function sendsAside(peer: NodeView, { address }: NodeView): boolean {
  const route = peer.inspection?.routes.find(({ to }) => canonicalAddress(to) === address)
  const owner = route?.source ? interfaceOf(peer, canonicalAddress(route.source)) : null
  return owner !== null && route?.interface !== null && route?.interface !== owner
}

function sourcesOf({ observations }: ReportFlow): string[] {
  return observations.flatMap((each) =>
    each.kind === 'probe' && each.sourceAddress !== null ? [canonicalAddress(each.sourceAddress)] : [],
  )
}

/**
 * By no rule, without a word, at the target or who knows where. On its own segment the peer does not even get so far: strict hosts do not answer
 * its ARP requests either.
 */
function isDroppedUnseen({ status, reason, blockedAt, blockedBy }: ReportFlow): boolean {
  if (status !== 'DOWN' || blockedBy !== undefined) return false
  return reason === 'host-absent' || (reason === 'dropped' && (blockedAt === 'target' || blockedAt === null))
}

function finding(node: string, crossings: readonly Crossing[], isDown: boolean, drops: number): Finding {
  const peers = crossings.map(({ peer }) => peer)
  const { into = [], back = '' } = crossings[0] ?? {}
  const seen = [
    ...(isDown ? ['flows from there are DOWN'] : []),
    ...(drops > 0 ? [`the kernel has counted ${drops} such packets during this run`] : []),
  ]
  const settings = into.map((name) => `${keyOf(name)}=2`)
  return {
    code: 'rp-filter',
    severity: isDown ? 'critical' : 'warning',
    node,
    args: { node, interface: into.join(','), peers: peers.join(','), back, drops: Math.max(0, drops) },
    message:
      `${nameList(into)} ${into.length === 1 ? 'drops' : 'drop'} packets whose answer would leave by another interface (rp_filter=1), and the way back to ${nameList(peers)} is ${back}: ${seen.join(', and ')}. ` +
      `Next: run "sysctl -w ${settings.join(' ')}" and put the same into a file below /etc/sysctl.d, or see to it that both directions take one interface.`,
  }
}

/** In a name with a dot, as of a VLAN, sysctl(8) wants slashes around it. */
function keyOf(name: string): string {
  const parts = ['net', 'ipv4', 'conf', name, 'rp_filter']
  return shellQuote(parts.join(name.includes('.') ? '/' : '.'))
}
