import type { Timers } from '../galera/node-settings.ts'
import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { knownMembers } from './known-addresses.ts'
import { linksOf, millisecondsText, type Pair, pairsOf } from './links.ts'

/** Half of what evs.delay_margin and evs.join_retrans_period are by default. */
const SLOW_MS = 500
/** The whole of it: the group takes every answer for a late one. */
const TOO_SLOW_MS = 1000

interface ShortTimer {
  readonly node: string
  readonly timer: string
  readonly ms: number
}

/** Round trips against Galera's own timers, every one of which has to be above the longest of the cluster. */
export function rttTimers(view: ClusterView): Finding[] {
  const [slowest] = pairsOf(linksOf(view)).toSorted((a, b) => b.rttMs - a.rttMs)
  if (slowest === undefined) return []
  const short = knownMembers(view).flatMap(({ name, settings }) =>
    shortTimers(name, settings.timers, slowest),
  )
  if (slowest.rttMs <= SLOW_MS && short.length === 0) return []
  const [a, b] = slowest.nodes
  return [
    {
      code: 'rtt-timers',
      severity: slowest.rttMs > TOO_SLOW_MS ? 'critical' : 'warning',
      args: { from: a, to: b, rttMs: Math.round(slowest.rttMs * 1000) / 1000, timers: short.length },
      message:
        `a packet from ${a} to ${b} and back takes ${millisecondsText(slowest.rttMs)}, and ${faultOf(short)}. ` +
        `Each commit takes that long, and nodes suspect one another without cause. Next: on every node add "${timersFor(slowest, short)}" to what wsrep_provider_options holds in its option file, or find out what makes the way slow.`,
    },
  ]
}

function shortTimers(node: string, timers: Timers, { rttMs }: Pair): ShortTimer[] {
  return Object.entries(timers).flatMap(([timer, { value }]) =>
    value <= rttMs ? [{ node, timer, ms: value }] : [],
  )
}

function faultOf(short: readonly ShortTimer[]): string {
  if (short.length === 0)
    return "that is too close to Galera's timers, of which the shortest is 1 s by default"
  const texts = groupBy(short, ({ timer, ms }) => `${timer}=${ms}`).map((group) => {
    const { timer, ms } = group[0] as ShortTimer
    return `${timer} (${millisecondsText(ms)} on ${nameList(group.map(({ node }) => node))})`
  })
  return `${texts.join(', ')} ${texts.length === 1 ? 'is' : 'are'} not above it`
}

/** In the proportions of Codership's example for a WAN, at three round trips a keepalive, jitter counted in. */
function timersFor({ rttMs, jitterMs }: Pair, short: readonly ShortTimer[]): string {
  const trip = rttMs + jitterMs
  const [keepalive, margin] = [Math.ceil((3 * trip) / 1000), Math.ceil((2 * trip) / 1000)]
  return [
    `evs.keepalive_period=PT${keepalive}S`,
    `evs.delay_margin=PT${margin}S`,
    `evs.join_retrans_period=PT${margin}S`,
    `evs.suspect_timeout=PT${10 * keepalive}S`,
    `evs.inactive_timeout=PT${20 * keepalive}S`,
    `evs.install_timeout=PT${20 * keepalive}S`,
    ...(short.some(({ timer }) => timer === 'gmcast.peer_timeout')
      ? [`gmcast.peer_timeout=PT${3 * keepalive}S`]
      : []),
  ].join('; ')
}
