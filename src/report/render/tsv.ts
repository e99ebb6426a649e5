import { showUnsafe } from '../../terminal/escape.ts'
import type { Report, ReportFlow } from '../report.ts'
import { ruleText } from './rule-text.ts'

type Cell = string | number | boolean | null

/** Columns are only ever added, at the end. */
const COLUMNS: Readonly<Record<string, (flow: ReportFlow) => Cell>> = {
  from: ({ from }) => from,
  to: ({ to }) => to,
  service: ({ service }) => service,
  protocol: ({ protocol }) => protocol,
  address: ({ address }) => address,
  port: ({ port }) => port,
  status: ({ status }) => status,
  reason: ({ reason }) => reason,
  proof: ({ proof }) => proof,
  required: ({ required }) => required,
  listening: ({ listening }) => listening,
  rtt_ms: ({ rttMs }) => rttMs,
  blocked_at: ({ blockedAt }) => blockedAt,
  blocked_by_node: ({ blockedBy }) => blockedBy?.node ?? null,
  blocked_by_table: ({ blockedBy }) => blockedBy?.table ?? null,
  blocked_by_chain: ({ blockedBy }) => blockedBy?.chain ?? null,
  blocked_by_position: ({ blockedBy }) => blockedBy?.position ?? null,
  blocked_by_rule: ({ blockedBy }) => (blockedBy === undefined ? null : ruleText(blockedBy)),
  ignored_by: ({ acknowledged }) => acknowledged ?? null,
}

/** A header line, then one line a flow; what is not known, or does not apply, is empty. */
export function renderTsv({ flows }: Report): string {
  const rows = [
    Object.keys(COLUMNS),
    ...flows.map((flow) => Object.values(COLUMNS).map((cell) => cellText(cell(flow)))),
  ]
  return rows.map((row) => `${row.join('\t')}\n`).join('')
}

/** As mysql --batch escapes: a backslash is doubled, a tab is \t, a line feed \n; other control characters by their numbers. */
function cellText(cell: Cell): string {
  return cell === null ? '' : showUnsafe(String(cell).replaceAll('\\', '\\\\'))
}
