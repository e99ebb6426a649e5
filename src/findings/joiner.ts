import { type Transfer, transfersOf } from '../galera/transfers.ts'
import { groupBy } from '../report/render/lists.ts'
import type { ClusterView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'

/** Everything that could be given to one joiner. */
export interface Joiner {
  readonly name: string
  readonly transfers: readonly Transfer[]
}

export function joinersOf(view: ClusterView): Joiner[] {
  return groupBy(transfersOf(clusterNodes(view), view.flows), ({ joiner }) => joiner).map((transfers) => ({
    name: transfers[0]?.joiner ?? '',
    transfers,
  }))
}

/** Nobody can give it a full SST. */
export function hasNoDonor({ transfers }: Joiner): boolean {
  return transfers.every(({ sst }) => sst === 'blocked')
}

export const OPEN_IT = 'open what is blocked ("pxc-netcheck fix" prints the commands)'
