import type { Account, PathMtu } from '../session/messages.ts'

/** IP and TCP headers. */
const HEADERS = { 4: 40, 6: 60 } as const

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
  /** TCP works all the same: a router lowers its MSS to what fits, or the target announces no more than its own interface takes. */
  readonly clamped: boolean
  /** The target's own interface takes no more. */
  readonly ownMtu: boolean
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
      .map(({ isn, length }) => `${isn} ${length}`),
  )
  const sizes = path.sent.filter(({ errno }) => errno === undefined)
  const got = sizes.filter(({ isn, length }) => arrived.has(`${isn} ${length}`)).map(({ size }) => size)
  const passes = Math.max(0, ...got)
  const dies = Math.min(...sizes.map(({ size }) => size).filter((size) => size > passes))
  if (path.tooBig || (passes > 0 && dies === Number.POSITIVE_INFINITY)) return { kind: 'fine' }
  return passes === 0 ? { kind: 'unknown' } : { kind: 'suspect', passes, dies }
}

/** What a path's own answers say of TCP's packet size: the MSS of a SYN/ACK is what the source may send. */
export interface MssEvidence {
  readonly family: 4 | 6
  /** Of SYN/ACKs as they arrived at the source. */
  readonly answers: readonly number[]
  /** Initial sequence numbers of the path's own SYNs. */
  readonly isns: ReadonlySet<number>
}

/**
 * Whether TCP keeps its packets within `passes` bytes, since a router lowers the MSS. Where nothing listens there is no
 * SYN/ACK; then the SYNs, as they arrived at the target, tell whether a router on the way lowers it.
 */
export function isClamped(account: Account, { family, answers, isns }: MssEvidence, passes: number): boolean {
  const syns = (account.packets ?? [])
    .filter(({ kind, where, isn, mss }) => kind === 'syn' && where === 'in' && isns.has(isn) && mss > 0)
    .map(({ mss }) => mss)
  const seen = answers.length > 0 ? answers : syns
  return seen.length > 0 && seen.every((mss) => mss + HEADERS[family] <= passes)
}
