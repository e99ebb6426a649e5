import type { BlackHole } from '../probe/path-mtu.ts'
import type { Finding } from '../report/report.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import type { ClusterView } from './cluster-view.ts'
import { clusterNodes, interfaceOf } from './known-addresses.ts'

/**
 * Interfaces of two nodes whose MTUs differ, where packets between them vanish at just that size. By itself a difference is no fault: across a
 * router it is normal, and TCP keeps to the smaller of the two.
 */
export function mtuDiffers(view: ClusterView): Finding[] {
  return (view.blackHoles ?? []).flatMap((hole) => {
    const [from, to] = [interfaceAt(view, hole.from), interfaceAt(view, hole.to)]
    if (from === null || to === null || !explains(from.mtu, to.mtu, hole)) return []
    return [
      {
        code: 'mtu-differs',
        severity: 'warning',
        args: { from: hole.from, to: hole.to, fromMtu: from.mtu, toMtu: to.mtu },
        message:
          `${from.name} of ${hole.from} has an MTU of ${from.mtu} bytes and ${to.name} of ${hole.to} one of ${to.mtu}: what is larger vanishes on the way from ${hole.from}, and no ICMP error says so. TCP keeps to the smaller one, by the MSS that ${hole.to} announces; nothing else does. ` +
          `Next: give both the same; on ${hole.from}, "ip link set dev ${shellQuote(from.name)} mtu ${to.mtu}" holds until the next reboot.`,
      } as const,
    ]
  })
}

function explains(fromMtu: number, toMtu: number, { passes, dies }: BlackHole): boolean {
  return toMtu < fromMtu && passes <= toMtu && toMtu < dies
}

/** The interface that has the node's address. */
function interfaceAt(view: ClusterView, name: string): { name: string; mtu: number } | null {
  const node = clusterNodes(view).find((each) => each.name === name)
  const own = node === undefined || node.address === null ? null : interfaceOf(node, node.address)
  const found = node?.survey?.interfaces.find((each) => each.name === own)
  return found?.mtu ? { name: found.name, mtu: found.mtu } : null
}
