import type { NodePlan } from '../fix/plan-fixes.ts'
import { fixScript } from '../fix/script.ts'
import type { Fix } from '../report/report.ts'
import type { ApplyRequest, TableName } from '../session/requests.ts'

/** What is applied on one node. */
export interface Change {
  readonly node: string
  /** Ids of the flows that it opens. */
  readonly opens: readonly string[]
  /** What keeps it over a reboot: for people to run, once it has proven itself. */
  readonly persist: readonly string[]
  readonly request: Omit<ApplyRequest, 'seconds'>
}

/**
 * The change that the commands of a node make; null when there are none, or one of its fixes is not proven: fixes of one
 * node are proven together, in their order, so they are applied together or not at all.
 */
export function changeOf(plan: NodePlan): Change | null {
  const fixes = plan.fixes.filter(({ commands }) => commands.length > 0)
  const script = fixScript(plan)
  if (script === null || fixes.length === 0 || !fixes.every(({ proven }) => proven)) return null
  const snapshots = tablesOf(plan)
  const isSaved = ({ backend }: Fix) => backend === 'iptables' && snapshots.length > 0
  const undoOf = (saved: boolean) =>
    fixes
      .filter((fix) => isSaved(fix) === saved)
      .reverse()
      .flatMap(({ undo }) => undo)
  return {
    node: plan.node,
    opens: fixes.flatMap(({ opens }) => opens),
    persist: fixes.flatMap(({ persist }) => persist),
    request: { script, snapshots, undoTables: undoOf(true), undo: undoOf(false) },
  }
}

/** What the node can save as a whole and restore in one transaction; what a front end wrote is taken back by the front end. */
function tablesOf({ edits }: NodePlan): TableName[] {
  const touched = edits.filter(({ idiom }) => idiom === 'iptables')
  const names = new Map(touched.map(({ tool, table }) => [`${tool} ${table}`, { tool, table }]))
  return [...names.values()]
}
