import { RICH_RULES_LIBRARY, richRuleCalls } from '../fix/firewalld.ts'
import { nftComment } from '../fix/idioms/nft.ts'
import type { NodePlan } from '../fix/plan-fixes.ts'
import { fixScript, richRulesOf } from '../fix/script.ts'
import type { Fix } from '../report/report.ts'
import type { ApplyRequest, NftRuleName, TableName } from '../session/requests.ts'

/** What is applied on one node. */
export interface Change {
  readonly node: string
  /** Ids of the flows that it opens. */
  readonly opens: readonly string[]
  /** What keeps it over a reboot, by back end: for people to run, once it has proven itself. */
  readonly lasting: readonly Pick<Fix, 'backend' | 'persist'>[]
  readonly request: Omit<ApplyRequest, 'seconds'>
}

/**
 * The change that the commands of a node make; null when there are none, or one of its fixes is not proven: fixes of one
 * node are proven together, in their order, so they are applied together or not at all.
 */
export function changeOf(plan: NodePlan): Change | null {
  const fixes = plan.fixes.filter(({ commands }) => commands.length > 0)
  const script = fixScript(plan, { trial: true })
  if (script === null || fixes.length === 0 || !fixes.every(({ proven }) => proven)) return null
  const undoOf = (backend: Fix['backend']) =>
    fixes.flatMap((fix) => (fix.backend === backend ? fix.undo : []))
  const rich = richRulesOf(plan)
  return {
    node: plan.node,
    opens: fixes.flatMap(({ opens }) => opens),
    lasting: fixes.map(({ backend, persist }) => ({ backend, persist })),
    request: {
      script,
      snapshots: tablesOf(plan),
      undoTables: undoOf('iptables'),
      nftRules: nftRulesOf(plan),
      undo: [...undoOf('ufw'), ...richRuleCalls('remove', rich, false).map(withLibrary)],
      keep: richRuleCalls('add', rich, true).map(withLibrary),
    },
  }
}

const withLibrary = (call: string) => `${RICH_RULES_LIBRARY}${call}`

/** What the node can save as a whole and restore in one transaction; what a front end wrote is taken back by the front end. */
function tablesOf({ edits }: NodePlan): TableName[] {
  const touched = edits.filter(({ idiom }) => idiom === 'iptables')
  const names = new Map(touched.map(({ tool, table }) => [`${tool} ${table}`, { tool, table }]))
  return [...names.values()]
}

function nftRulesOf({ edits }: NodePlan): NftRuleName[] {
  return edits.flatMap(({ idiom, table, chain, opening }) =>
    idiom === 'nft' ? [{ chain: `${table} ${chain}`, comment: nftComment(opening) }] : [],
  )
}
