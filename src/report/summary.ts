import type { FlowStatus } from '../verdict.ts'
import { acknowledgedProblems } from './acknowledged.ts'
import { count } from './render/lists.ts'
import type { Report } from './report.ts'
import { isUnreachable } from './status.ts'

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
  ).length
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
    ...(serious > 0 ? [count(serious, 'finding')] : []),
    ...(ignored.length > 0 ? [`${ignored.length} ignored`] : []),
    ...(findings.some(({ code }) => code === 'no-packet-sent') ? ['by the rules alone, no packet sent'] : []),
  ]
  if (down.length === 0) parts.unshift(`${open} of ${flows.length} flows open ${between}`)
  return parts
}

function short(names: readonly string[]): string {
  return names.length > 3 ? `${names.length} nodes` : names.join(', ')
}
