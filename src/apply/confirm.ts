import type { Report, ReportFlow } from '../report/report.ts'

/** Whether the check after a change bears it out. */
export type Confirmation =
  | { readonly kind: 'confirmed' }
  | {
      readonly kind: 'refuted'
      /** Flows that the change was to open, and that are not shown to be open. */
      readonly stillShut: readonly ReportFlow[]
      /** Flows that were open before, and are not shown to be so now. */
      readonly worse: readonly ReportFlow[]
    }

/**
 * Confirmed only when every flow of `opens` is proven open, and every flow that was open still is. An UNKNOWN confirms
 * nothing; OK and CLOSED are alike, for a service may come and go meanwhile.
 */
export function confirm(before: Report, after: Report, opens: ReadonlySet<string>): Confirmation {
  const found = new Map(after.flows.map((flow) => [flow.id, flow]))
  // A flow that the second run knows nothing of is as good as unknown.
  const now = (flow: ReportFlow): ReportFlow =>
    found.get(flow.id) ?? { ...flow, status: 'UNKNOWN', blockedAt: null }
  const stillShut = before.flows.filter(({ id }) => opens.has(id)).map(now)
  const worse = before.flows.filter((flow) => isOpen(flow) && !opens.has(flow.id)).map(now)
  const refuted = { stillShut: stillShut.filter(isShut), worse: worse.filter(isShut) }
  return refuted.stillShut.length + refuted.worse.length === 0
    ? { kind: 'confirmed' }
    : { kind: 'refuted', ...refuted }
}

function isOpen({ status }: ReportFlow): boolean {
  return status === 'OK' || status === 'CLOSED'
}

function isShut(flow: ReportFlow): boolean {
  return !isOpen(flow)
}
