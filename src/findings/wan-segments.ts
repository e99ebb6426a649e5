import { componentsOf } from '../galera/components.ts'
import { nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { clusterNodes, knownMembers } from './known-addresses.ts'
import { linksOf, millisecondsText, type Pair, pairsOf } from './links.ts'

/** A round trip below it is a LAN's. */
const LAN_MS = 5
/** Between sites it takes so many times as long as within one, at least: a busy host is no WAN. */
const CLEARLY = 3

/** Sites far from one another in one segment: each message crosses the WAN once for every node there, and not once for the site. */
export function wanSegments(view: ClusterView): Finding[] {
  const nodes = clusterNodes(view).map(({ name }) => name)
  const pairs = pairsOf(linksOf(view))
  const segments = knownMembers(view).map(({ settings }) => settings.segment.value)
  const oneSegment = segments.length === nodes.length && new Set(segments).size === 1
  const measured = nodes.every((name) => pairs.some((pair) => pair.nodes.includes(name)))
  if (!oneSegment || !measured) return []
  const sites = componentsOf(
    nodes,
    pairs.filter(({ rttMs }) => rttMs < LAN_MS).map((pair) => pair.nodes),
  )
  // A segment saves nothing where each site has one node.
  if (sites.length < 2 || sites.every(({ length }) => length === 1)) return []
  const siteOf = (name: string) => sites.findIndex((site) => site.includes(name))
  const isWithin = ({ nodes: [a, b] }: Pair) => siteOf(a) === siteOf(b)
  const near = Math.max(...pairs.filter(isWithin).map(({ rttMs }) => rttMs))
  const far = Math.min(...pairs.filter((pair) => !isWithin(pair)).map(({ rttMs }) => rttMs))
  if (far < CLEARLY * near) return []
  const texts = sites.map((site, segment) => `${nameList(site)}: gmcast.segment=${segment}`)
  return [
    {
      code: 'wan-segments',
      severity: 'info',
      args: { sites: sites.length, segment: segments[0] ?? 0, rttMs: Math.round(far * 1000) / 1000 },
      message:
        `the nodes stand at ${sites.length} sites, ${millisecondsText(far)} from one another and more, and all are in segment ${segments[0]}: each change crosses the way between the sites once for every node there. ` +
        `Next: set one segment a site in wsrep_provider_options, and restart the nodes one by one: ${texts.join('; ')}.`,
    },
  ]
}
