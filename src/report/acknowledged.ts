import type { Report } from './report.ts'
import { isUnreachable } from './status.ts'

/** What is wrong and covered by an `--ignore`. */
export interface AcknowledgedProblem {
  /** The `--ignore` as given. */
  readonly by: string
  readonly what: string
}

export function acknowledgedProblems({ flows, nodes, findings }: Report): AcknowledgedProblem[] {
  const known = (by: string | undefined, what: string) => (by === undefined ? [] : [{ by, what }])
  return [
    ...flows
      .filter(({ status, required }) => status === 'DOWN' || (status === 'UNKNOWN' && required))
      .flatMap(({ id, acknowledged }) => known(acknowledged, id)),
    ...nodes.filter(isUnreachable).flatMap(({ name, acknowledged }) => known(acknowledged, `node ${name}`)),
    ...findings
      .filter(({ severity }) => severity !== 'info')
      .flatMap(({ code, acknowledged }) => known(acknowledged, `[${code}]`)),
  ]
}
