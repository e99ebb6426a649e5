import type { Transfer } from '../galera/transfers.ts'
import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { hasNoDonor, type Joiner, joinersOf, OPEN_IT } from './joiner.ts'
import { listWithin } from './list-within.ts'

/** Where an SST is possible without IST, or none is made: else the findings on SST tell it. */
export function istImpossible(view: ClusterView): Finding[] {
  const joiners = joinersOf(view).filter((joiner) => !hasNoDonor(joiner))
  const cut = joiners
    .map((joiner) => ({
      ...joiner,
      blocked: joiner.transfers.filter(({ ist, sst }) => ist === 'blocked' && sst !== 'blocked'),
    }))
    .filter(({ blocked }) => blocked.length > 0)
  if (cut.length === 0) return []
  const never = cut.filter(({ blocked, transfers }) => blocked.length === transfers.length)
  const lost = never.filter(({ transfers }) => transfers.every(({ sst }) => sst === null))
  const name = (list: readonly Joiner[]) => nameList(list.map((each) => each.name))
  const meaning =
    lost.length > 0
      ? `With its wsrep_sst_method there is no SST, so ${name(lost)} cannot join at all.`
      : never.length > 0
        ? `After however short an absence, ${name(never)} takes all data anew, by SST.`
        : 'From these, a joiner takes all data anew, by SST.'
  return [
    {
      code: 'ist-impossible',
      severity: lost.length > 0 ? 'critical' : 'warning',
      args: {
        pairs: cut.flatMap(({ blocked }) => blocked).length,
        joiners: cut.map((each) => each.name).join(','),
      },
      message: `IST is blocked: ${istPairs(cut.flatMap(({ blocked }) => blocked))}. ${meaning} Next: ${OPEN_IT}.`,
    },
  ]
}

function istPairs(transfers: readonly Transfer[]): string {
  const texts = groupBy(transfers, ({ joiner }) => joiner).map(
    (group) => `${group[0]?.joiner} not from ${nameList(group.map(({ donor }) => donor))}`,
  )
  return listWithin(texts, '; ')
}
