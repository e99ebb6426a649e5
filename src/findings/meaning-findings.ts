import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { groupMeaning } from './group-meaning.ts'
import { istImpossible } from './ist-impossible.ts'
import { noDonors } from './no-donor.ts'
import { sstImpossible } from './sst-impossible.ts'

/** What the blocked flows mean to this cluster. What could not be told is never counted as blocked. */
export function meaningFindings(view: ClusterView): Finding[] {
  return [noDonors, sstImpossible, istImpossible, groupMeaning].flatMap((findings) => findings(view))
}
