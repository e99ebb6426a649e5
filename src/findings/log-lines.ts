import { LOG_KINDS } from '../galera/log-event.ts'
import { historyOf, type LogHistory } from '../galera/log-history.ts'
import { type MatchedGroup, matchLog } from '../galera/log-match.ts'
import { LOG_MEANINGS } from '../galera/log-meanings.ts'
import { groupBy } from '../report/render/lists.ts'
import type { Finding, ReportFlow } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { flowsBetween } from './flows-of.ts'
import { LOG_CODES, type LogCode, OUTCOMES, TELLS_OF_ABSENCE } from './log-codes.ts'
import { logMessage } from './log-message.ts'
import { mayCause } from './log-reasons.ts'

interface Row extends MatchedGroup {
  readonly code: LogCode
}

/**
 * What the error logs say of a trouble that is there: of a flow that is DOWN, or of a member that is out of the cluster. Lines of
 * troubles that are over raise nothing.
 */
export function logFindings(view: ClusterView): Finding[] {
  const histories = view.nodes.flatMap((node) => (node.role === 'member' ? (historyOf(node) ?? []) : []))
  const rows = histories.flatMap((history) => {
    const blocked = coded(matchLog(history.node, history.own, view)).flatMap((row) =>
      blockedRow(row, history),
    )
    const open = histories
      .filter(({ failing }) => failing)
      .flatMap((subject) => openRows(history, subject, view))
      .filter(({ code }) => !blocked.some((row) => row.code === code))
    return [...blocked, ...open]
  })
  const findings = groupBy(rows, ({ node, code }) => JSON.stringify([node, code]))
  return findings.filter((group) => !isOutcome(group, rows)).flatMap(findingOf)
}

function coded(groups: readonly MatchedGroup[]): Row[] {
  return groups.flatMap((group) => {
    const code = LOG_CODES[group.kind]
    return code === null ? [] : [{ ...group, code }]
  })
}

/** A line that fits a flow which is DOWN, with no other flows than these. */
function blockedRow(row: Row, { failing }: LogHistory): Row[] {
  // Of a member that works the line is past.
  if (row.code === 'log-no-primary' && !failing) return []
  const flows = row.flows.filter(
    ({ status, reason }) => status === 'DOWN' && mayCause(row.kind, reason, row.other !== null),
  )
  return flows.length === 0 ? [] : [{ ...row, flows }]
}

/** Lines in the log of one node about a member that is out of the cluster, itself or another, though no block explains it. */
function openRows(history: LogHistory, subject: LogHistory, view: ClusterView): Row[] {
  return history.node === subject.node ? ownRows(history, view) : rowsAbout(subject, history, view)
}

function ownRows({ node, nodeName, own }: LogHistory, view: ClusterView): Row[] {
  return coded(matchLog(node, own, view)).filter(({ kind, code, flows, example }) => {
    // Who calls a node that is out tells nothing of why it is.
    if (isBlocked(flows) || code === 'log-stray-connection') return false
    // Members that were not up yet refuse too: where all are reached now, a refusal by nobody in particular tells nothing.
    if (kind.startsWith('connect-') && flows.every(({ status }) => status === 'OK')) return false
    if (kind === 'transfer-failed') return example.fields.donor === nodeName
    return code !== 'log-own-stall' || isFrequent(own, kind)
  })
}

/** Of each part of a log once, whoever it is read for. */
const matched = new WeakMap<LogHistory['own'], readonly Row[]>()

function rowsOf(node: string, events: LogHistory['own'], view: ClusterView): readonly Row[] {
  const rows = matched.get(events) ?? coded(matchLog(node, events, view))
  matched.set(events, rows)
  return rows
}

function rowsAbout(subject: LogHistory, { node, nodeName, about }: LogHistory, view: ClusterView): Row[] {
  const rows = rowsOf(node, about(subject.nodeName), view).filter(({ kind, code, other, flows, example }) => {
    if (isBlocked(flows) || TELLS_OF_ABSENCE.has(code)) return false
    // Every member tells of a failed transfer; the donor's word is the one to look into.
    if (kind === 'transfer-failed' && example.fields.donor !== nodeName) return false
    if (other !== null) return other === subject.node
    const { peers, uuid } = example.fields
    const unnamed = LOG_MEANINGS[kind].flow?.way === 'in' && peers.length === 0 && uuid === null
    return unnamed && isOpen(subject.node, node, view)
  })
  // Of all who may have connected, the finding is about the member that is out.
  const isAbout = ({ from, to }: ReportFlow) => from === subject.node || to === subject.node
  return rows.map((row) => ({ ...row, flows: row.flows.filter(isAbout) }))
}

const isBlocked = (flows: readonly ReportFlow[]) => flows.some(({ status }) => status === 'DOWN')

const isFrequent = (events: LogHistory['own'], kind: string) =>
  events.filter((event) => event.kind === kind).length >= 3

/** Whoever connected and was not named may be the member that is out: if it could come through at all. */
function isOpen(from: string, to: string, view: ClusterView): boolean {
  return !flowsBetween(view, from, to).some(
    ({ service, status }) => service === 'galera' && status === 'DOWN',
  )
}

function isOutcome([row]: readonly Row[], rows: readonly Row[]): boolean {
  const outcome = row && OUTCOMES[row.code]
  if (row === undefined || outcome === undefined) return false
  return rows.some(({ node, code }) => (outcome.anywhere || node === row.node) && outcome.of.includes(code))
}

function findingOf(rows: readonly Row[]): Finding[] {
  const rank = ({ kind, flows }: Row) =>
    (flows.some(({ status }) => status === 'DOWN') ? 0 : 100) + LOG_KINDS.indexOf(kind)
  const [head, ...others] = [...rows].sort((a, b) => rank(a) - rank(b))
  if (head === undefined) return []
  const same = [head, ...others.filter(({ kind }) => kind === head.kind)]
  const { node, code, kind, count, first, last } = head
  return [
    {
      code,
      severity: 'warning',
      node,
      args: {
        kind,
        count,
        ...(first === null ? {} : { first }),
        ...(last === null ? {} : { last }),
        flows: [...new Set(same.flatMap(({ flows }) => flows.map(({ id }) => id)))].join(','),
      },
      message: logMessage(same),
    },
  ]
}
