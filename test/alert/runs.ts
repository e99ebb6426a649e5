import type { Current, Policy } from '../../src/alert/alert.ts'
import type { FlowProblem, Problem } from '../../src/alert/problem.ts'

export const CHANGE: Policy = { mode: 'change', repeatMs: null, confirm: 1 }

export function down(from: string, to: string, part: Partial<FlowProblem> = {}): FlowProblem {
  return {
    kind: 'flow',
    level: 'CRITICAL',
    from,
    to,
    service: 'galera',
    protocol: 'tcp',
    port: 4567,
    status: 'DOWN',
    place: 'target',
    ...part,
  }
}

/** A run that sees these problems, and that all else is well. */
export function run(problems: readonly Problem[], part: Partial<Current> = {}): Current {
  return {
    problems,
    absent: () => 'well',
    exitCode: problems.length === 0 ? 0 : 2,
    expired: [],
    ...part,
  }
}
