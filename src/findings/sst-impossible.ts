import type { Transfer } from '../galera/transfers.ts'
import { groupBy, nameList, portList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { hasNoDonor, joinersOf, OPEN_IT } from './joiner.ts'
import { listWithin } from './list-within.ts'

/** Where somebody else can, or may be able to. */
export function sstImpossible(view: ClusterView): Finding[] {
  const joiners = joinersOf(view).filter((joiner) => !hasNoDonor(joiner))
  const blocked = joiners.flatMap(({ transfers }) => transfers.filter(({ sst }) => sst === 'blocked'))
  if (blocked.length === 0) return []
  const able = unique(
    joiners.flatMap(({ transfers }) =>
      transfers.some(({ sst }) => sst === 'blocked') ? transfers.filter(({ sst }) => sst === 'open') : [],
    ),
  )
  const unsure = joiners.filter(
    ({ transfers }) =>
      transfers.some(({ sst }) => sst === 'blocked') && !transfers.some(({ sst }) => sst === 'open'),
  )
  const fails =
    unsure.length > 0
      ? ` Whether anybody else can give one to ${nameList(unsure.map(({ name }) => name))} could not be told.`
      : ''
  const steer =
    able.length > 0 ? ', and until then name one that can in the wsrep_sst_donor of the joiner' : ''
  return [
    {
      code: 'sst-impossible',
      severity: 'warning',
      args: { pairs: blocked.length, joiners: unique(blocked.map(({ joiner }) => joiner)).join(',') },
      message:
        `some donors cannot give a full SST to some joiners, and a join fails where the cluster chooses one of them: ${pairsText(blocked)}.${fails} ` +
        `Next: ${OPEN_IT}${steer}.`,
    },
  ]
}

/** `n3 not from n1, n2 (4568/tcp)`; joiners with the same donors and ports together. */
function pairsText(transfers: readonly Transfer[]): string {
  const entries = groupBy(transfers, ({ joiner, blocked }) => `${joiner} ${portList(blocked)}`).map(
    (group) => ({
      joiner: group[0]?.joiner ?? '',
      from: `${nameList(group.map(({ donor }) => donor))} (${portList(group.flatMap(({ blocked }) => blocked))})`,
    }),
  )
  const texts = groupBy(entries, ({ from }) => from).map(
    (group) => `${nameList(group.map(({ joiner }) => joiner))} not from ${group[0]?.from}`,
  )
  return listWithin(texts, '; ')
}
