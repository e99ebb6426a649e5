import type { FlowStatus } from '../verdict.ts'
import { acknowledgedProblems } from './acknowledged.ts'
import { count } from './render/lists.ts'
import type { Finding, Report } from './report.ts'
import { isUnreachable } from './status.ts'

const MAX_CODES = 2

/** The whole run in one line: what monitoring shows, and the last thing on the screen. */
export function summaryLine(report: Report): string {
  return `${report.status}: ${report.error === undefined ? facts(report).join('; ') : report.error.message}`
}

function facts(report: Report): string[] {
  const { flows, nodes, findings } = report
  if (flows.length === 0) return ['no flow was checked']
  const by = (status: FlowStatus) =>
    flows.filter((flow) => flow.status === status && flow.acknowledged === undefined)
  const down = by('DOWN')
  const required = down.filter((flow) => flow.required).length
  const closed = by('CLOSED').length
  const unknown = by('UNKNOWN').length
  const open = by('OK').length + closed
  const members = nodes.filter(({ role }) => role === undefined).length
  const server = nodes.some(({ role }) => role === 'pmm') ? ' and the PMM server' : ''
  const way = nodes.some(({ role }) => role === 'prober') ? 'from this host to' : 'between'
  const between = `${way} ${count(members, 'node')}${server}`
  const unreachable = nodes
    .filter((node) => isUnreachable(node) && node.acknowledged === undefined)
    .map(({ name }) => name)
  const serious = findings.filter(
    ({ severity, acknowledged }) => severity !== 'info' && acknowledged === undefined,
  )
  const critical = serious.filter(({ severity }) => severity === 'critical')
  const ignored = acknowledgedProblems(report)
  const parts = [
    ...(down.length > 0
      ? [
          `${down.length} of ${flows.length} flows DOWN ${between} (${required === 0 ? 'none' : required} required)`,
        ]
      : []),
    ...(unknown > 0 ? [`${unknown} UNKNOWN`] : []),
    ...(closed > 0 ? [`${closed} CLOSED`] : []),
    ...(unreachable.length > 0 ? [`not reached: ${short(unreachable)}`] : []),
    ...(serious.length > 0 ? [findingsText(serious, down.length === 0)] : []),
    ...(ignored.length > 0 ? [`${ignored.length} ignored`] : []),
    ...(findings.some(({ code }) => code === 'no-packet-sent') ? ['by the rules alone, no packet sent'] : []),
  ]
  if (down.length === 0) parts.unshift(`${open} of ${flows.length} flows open ${between}`)
  // Then it is not the flows that make it critical, and what does comes first.
  if (down.length === 0 && critical.length > 0)
    parts.unshift(`${codesOf(critical)}, though the network is open`)
  return parts
}

/** What stands first already is not named again, and beside flows that are DOWN findings are not what matters most. */
function findingsText(serious: readonly Finding[], isOpen: boolean): string {
  const rest = isOpen ? serious.filter(({ severity }) => severity !== 'critical') : []
  return count(serious.length, 'finding') + (rest.length > 0 ? `: ${codesOf(rest)}` : '')
}

/** `cluster-name-differs on n3, no-donor on n2 and 2 more`. */
function codesOf(findings: readonly Finding[]): string {
  const shown = findings
    .slice(0, MAX_CODES)
    .map(({ code, node }) => (node === undefined ? code : `${code} on ${node}`))
  const more = findings.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function short(names: readonly string[]): string {
  return names.length > 3 ? `${names.length} nodes` : names.join(', ')
}
