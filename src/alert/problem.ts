import type { BlockedAt } from '../verdict.ts'

/** In the order in which one beats the other, as in the status of a run. */
export const LEVELS = ['CRITICAL', 'UNKNOWN', 'WARNING'] as const
export type Level = (typeof LEVELS)[number]

/** One thing that is wrong, with all that is needed to tell of it later, when it is over. */
export type Problem = FlowProblem | NodeProblem | FindingProblem | RunProblem

export interface FlowProblem {
  readonly kind: 'flow'
  readonly level: Level
  readonly from: string
  readonly to: string
  readonly service: string
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  readonly status: 'DOWN' | 'CLOSED' | 'UNKNOWN'
  readonly place: BlockedAt | 'absent' | null
}

/** A node that could not be inspected. */
export interface NodeProblem {
  readonly kind: 'node'
  readonly level: Level
  readonly node: string
  /** The code of its error; empty where there is none. */
  readonly code: string
}

export interface FindingProblem {
  readonly kind: 'finding'
  readonly level: Level
  readonly code: string
  readonly node: string | null
  /** What tells findings of one code on one node apart, `name=value`. */
  readonly args: readonly string[]
}

/** No run could be made. */
export interface RunProblem {
  readonly kind: 'run'
  readonly level: Level
  readonly code: string
}

/** What the problem is about: the same from run to run, whatever becomes of it. */
export function subjectOf(problem: Problem): string {
  switch (problem.kind) {
    case 'flow':
      return `flow ${problem.from}->${problem.to}/${problem.service}`
    case 'node':
      return `node ${problem.node}`
    case 'finding':
      return `finding ${JSON.stringify([problem.code, problem.node, ...problem.args])}`
    case 'run':
      return `run ${problem.code}`
  }
}

/** Two problems of one subject are the same while this is. Where and why a flow is DOWN may change with the weather. */
export function statusOf(problem: Problem): string {
  return problem.kind === 'flow' ? problem.status : problem.level
}

export function worstLevel(problems: readonly Problem[]): Level {
  return LEVELS.find((level) => problems.some((problem) => problem.level === level)) ?? 'WARNING'
}
