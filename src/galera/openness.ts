import type { ReportFlow } from '../report/report.ts'
import type { GroupMember } from './group-member.ts'

/** Whether packets get through: `unknown` too where nothing was probed. What is not proven to be blocked is never counted as blocked. */
export type Openness = 'open' | 'blocked' | 'unknown'

export function opennessOf(flow: ReportFlow | undefined): Openness {
  if (flow === undefined || flow.status === 'UNKNOWN') return 'unknown'
  return flow.status === 'DOWN' ? 'blocked' : 'open'
}

/** Of all that is needed together. */
export function allOpen(parts: readonly Openness[]): Openness {
  if (parts.includes('blocked')) return 'blocked'
  return parts.includes('unknown') ? 'unknown' : 'open'
}

/**
 * Finds a flow by its ends and service. A host that nobody has found, by any way, may be switched off: nothing is known to be blocked between it
 * and others.
 */
export function flowFinder(
  members: readonly GroupMember[],
  flows: readonly ReportFlow[],
): (from: string, to: string, service: string) => ReportFlow | undefined {
  const key = (...parts: string[]) => JSON.stringify(parts)
  const found = new Set([
    ...members.filter(({ hello }) => hello !== null).map(({ name }) => name),
    ...flows.filter((flow) => !isSilent(flow)).map(({ to }) => to),
  ])
  const between = flows.filter(({ to }) => found.has(to))
  const byKey = new Map(between.map((flow) => [key(flow.from, flow.to, flow.service), flow]))
  return (from, to, service) => byKey.get(key(from, to, service))
}

/** Nothing at the target's end, its firewall or anything else, was seen to do something. */
function isSilent({ status, reason, proof }: ReportFlow): boolean {
  if (status === 'UNKNOWN') return true
  return status === 'DOWN' && (proof === 'none' || ABSENT.has(reason))
}

const ABSENT: ReadonlySet<ReportFlow['reason']> = new Set([
  'host-absent',
  'icmp-host-unreachable',
  'icmp6-addr-unreachable',
])
