import type { Account, PathMtu } from '../session/messages.ts'

/** IP and TCP headers, IPv4. */
const HEADERS = 40

/** Usual limits of real ways, bytes of the whole IP packet: Ethernet, PPPoE, tunnels, VPNs, clouds, IPv6's minimum. */
export const LADDER: readonly number[] = [
  60, 576, 1280, 1300, 1350, 1380, 1400, 1420, 1428, 1436, 1440, 1450, 1454, 1460, 1472, 1476, 1480, 1492,
  1500,
]

/** A way on which packets above a size vanish, and nobody says so: connections are set up, transfers hang. */
export interface BlackHole {
  readonly from: string
  readonly to: string
  /** The largest packet that arrived, bytes. */
  readonly passes: number
  /** The smallest that never arrived. */
  readonly dies: number
  /** A router lowers the MSS of TCP to what fits: then TCP works all the same. */
  readonly clamped: boolean
}

/** `fine`: the largest arrived, or the way says by ICMP what fits. `unknown`: not even small packets arrived. */
export type PathVerdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'suspect'; readonly passes: number; readonly dies: number }

/** What the target's account says of the sizes that a source has sent. */
export function judgePath(path: PathMtu, account: Account): PathVerdict {
  const arrived = new Set(
    (account.packets ?? [])
      .filter(({ kind, where }) => kind === 'rst' && where === 'in')
      .map(({ isn }) => isn),
  )
  const sizes = path.sent.filter(({ errno }) => errno === undefined)
  const got = sizes.filter(({ isn }) => arrived.has(isn)).map(({ size }) => size)
  const passes = Math.max(0, ...got)
  const dies = Math.min(...sizes.map(({ size }) => size).filter((size) => size > passes))
  if (path.tooBig || (passes > 0 && dies === Number.POSITIVE_INFINITY)) return { kind: 'fine' }
  return passes === 0 ? { kind: 'unknown' } : { kind: 'suspect', passes, dies }
}

/** Whether the SYNs of these flows arrived with an MSS that fits into `passes` bytes. */
export function isClamped(account: Account, isns: ReadonlySet<number>, passes: number): boolean {
  const syns = (account.packets ?? []).filter(
    ({ kind, where, isn, mss }) => kind === 'syn' && where === 'in' && isns.has(isn) && mss > 0,
  )
  return syns.length > 0 && syns.every(({ mss }) => mss + HEADERS <= passes)
}
