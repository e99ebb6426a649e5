import type { Observation } from '../../probe/observation.ts'
import type { ReportFlow } from '../report.ts'
import { observationText } from './observation-text.ts'

/** What was observed of a flow, in order; attempts that brought the same, one after the other, are told once. */
export function observedTexts(flow: ReportFlow): string[] {
  return groupEqual(rounds(flow.observations)).flatMap(({ first, last }) =>
    first.map((observation, i) => observationText(observation, flow, last[i])),
  )
}

/** A probe with what its target saw of it; all else by itself. */
type Round = readonly Observation[]

function rounds(observations: readonly Observation[]): Round[] {
  const found: Observation[][] = []
  for (const observation of observations) {
    const open = found.at(-1)
    if (observation.kind === 'witness' && open?.[0]?.kind === 'probe') open.push(observation)
    else found.push([observation])
  }
  return found
}

function groupEqual(all: readonly Round[]): { readonly first: Round; readonly last: Round }[] {
  const groups: { first: Round; last: Round }[] = []
  for (const round of all) {
    const group = groups.at(-1)
    if (group !== undefined && essence(group.first) === essence(round)) group.last = round
    else groups.push({ first: round, last: round })
  }
  return groups
}

const VARYING: ReadonlySet<string> = new Set(['attempt', 'atMs', 'sourcePort', 'rttMs'])

function essence(round: Round): string {
  return JSON.stringify(round, (key, value) => (VARYING.has(key) ? undefined : value))
}
