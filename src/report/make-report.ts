import type { Report } from './report.ts'
import { overallStatus, type StatusParts, type StatusRules } from './status.ts'

/** Times in milliseconds since the epoch. */
export interface Run {
  readonly version: string
  readonly startedAt: number
  readonly finishedAt: number
}

/** The report of a run that could be made. */
export function makeReport(
  { version, startedAt, finishedAt }: Run,
  parts: StatusParts & Pick<Report, 'fixes' | 'pmm' | 'paths'>,
  rules: StatusRules,
): Report {
  return {
    schemaVersion: 1,
    tool: { name: 'pxc-netcheck', version },
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    durationMs: finishedAt - startedAt,
    ...overallStatus(parts, rules),
    ...parts,
    flows: parts.flows.map((flow) => (rules.ignored.has(flow.id) ? { ...flow, needed: false } : flow)),
  }
}
