import { groupBy } from '../report/render/lists.ts'
import type { ReportPath } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'

/** How packets fare from one node to another and back. */
export interface Link {
  readonly from: string
  readonly to: string
  /** The shortest or the median of several: never a single one, in which the hosts' own delays are. null: none came back. */
  readonly rttMs: number | null
  readonly jitterMs: number | null
  /** Of the packets sent, those that never came back: 0 to 1. */
  readonly loss: number | null
}

/** Two nodes and the way between them, whichever of them measured it. */
export interface Pair {
  readonly nodes: readonly [string, string]
  readonly rttMs: number
  readonly jitterMs: number
}

/** What a busy host adds to the time of a probe, which is sent in a burst, is far less (measured: 80 ms). */
const SURELY_FAR_MS = 200

/** Those that were measured on their own; of others only what even the quickest of all their probes shows to be far. */
export function linksOf(view: ClusterView): readonly Link[] {
  const members = new Set(clusterNodes(view).map(({ name }) => name))
  const between = ({ from, to }: { from: string; to: string }) => members.has(from) && members.has(to)
  const measured = (view.links ?? []).filter(between)
  const known = new Set(measured.map(pairOf))
  // Of others it is no round trip: a host's own ARP takes 3 s to say that nobody is there.
  const answered = view.flows.filter((flow) => between(flow) && isAnswered(flow))
  const probed = groupBy(answered, pairOf).flatMap((flows) => {
    const [flow] = flows
    const rttMs = Math.min(...flows.map((each) => each.rttMs ?? Number.POSITIVE_INFINITY))
    if (flow === undefined || known.has(pairOf(flow)) || rttMs < SURELY_FAR_MS || !Number.isFinite(rttMs)) {
      return []
    }
    return [{ from: flow.from, to: flow.to, rttMs, jitterMs: null, loss: null }]
  })
  return [...measured, ...probed]
}

function isAnswered({ status }: ClusterView['flows'][number]): boolean {
  return status === 'OK' || status === 'CLOSED'
}

function pairOf({ from, to }: { readonly from: string; readonly to: string }): string {
  return JSON.stringify([from, to].toSorted())
}

/** What `--rtt` has measured. One packet lost among twenty is chance, and no rate. */
export function measuredLink({ from, to, minMs, jitterMs, lost, samples }: ReportPath): Link {
  return { from, to, rttMs: minMs, jitterMs, loss: lost > 1 ? lost / samples : 0 }
}

/** A round trip is the same from both ends; the shorter of the two measures has less of the hosts' delays in it. */
export function pairsOf(links: readonly Link[]): Pair[] {
  const told = links.flatMap(({ from, to, rttMs, jitterMs }) =>
    rttMs === null
      ? []
      : [
          {
            nodes: from < to ? ([from, to] as const) : ([to, from] as const),
            rttMs,
            jitterMs: jitterMs ?? 0,
          },
        ],
  )
  return groupBy(told, ({ nodes }) => JSON.stringify(nodes)).flatMap((pairs) =>
    pairs.toSorted((a, b) => a.rttMs - b.rttMs).slice(0, 1),
  )
}

/** `0.4 ms`, `120 ms`, `1.3 s`. */
export function millisecondsText(ms: number): string {
  if (ms >= 1000) return `${Math.round(ms / 100) / 10} s`
  return ms >= 10 ? `${Math.round(ms)} ms` : `${Math.round(ms * 10) / 10} ms`
}
