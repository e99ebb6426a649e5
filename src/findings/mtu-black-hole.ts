import type { BlackHole } from '../probe/path-mtu.ts'
import type { Finding } from '../report/report.ts'

/** Large packets that vanish without a word: the handshake works, and every transfer hangs. Where the target's own interface is too small, `mtu-differs` tells. */
export function mtuBlackHoles(holes: readonly BlackHole[]): Finding[] {
  const between = holes.filter(({ ownMtu }) => !ownMtu)
  return between.map(({ from, to, passes, dies, clamped }) => ({
    code: 'mtu-black-hole',
    severity: 'warning',
    args: { from, to, passes, dies, clamped },
    message:
      `packets of ${dies} bytes and more from ${from} to ${to} vanish on the way, and no ICMP error says so; ${passes} bytes arrive. ` +
      (clamped
        ? 'A router lowers the MSS of TCP, so the cluster works, and anything else does not. '
        : 'SST and IST would hang. ') +
      `Next: let ICMP "fragmentation needed" (type 3 code 4, ICMPv6 type 2) back to ${from}, or set the MTU of both hosts to ${passes}.`,
  }))
}
