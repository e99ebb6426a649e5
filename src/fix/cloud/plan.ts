import type { Cloud } from '../../inventory/cloud.ts'
import type { Fix } from '../../report/report.ts'
import { awsCommands } from './aws.ts'
import { azureCommands } from './azure.ts'
import { gcpCommands } from './gcp.ts'
import { kubernetesCommands } from './kubernetes.ts'
import {
  type CloudCommands,
  type CloudMaker,
  type CloudOpening,
  type LostFlow,
  openingOf,
} from './opening.ts'

/** The compiler refuses a kind of cloud without its commands. */
const MAKERS: { readonly [K in Cloud['kind']]: CloudMaker<K> } = {
  aws: awsCommands,
  gcp: gcpCommands,
  azure: azureCommands,
  kubernetes: kubernetesCommands,
}

/**
 * The commands that open lost flows in each cloud asked for: one fix for each target and cloud, targets in the order of the
 * flows. Never proven: nothing of a cloud's own rules was read.
 */
export function cloudFixes(flows: readonly LostFlow[], clouds: readonly Cloud[]): Fix[] {
  const targets = byTarget(flows)
  const openings = targets.map(openingOf)
  const answers = clouds.map((cloud) => make(cloud, openings))
  return targets.flatMap((lost, index) =>
    answers.flatMap((commands) => {
      const made = commands[index]
      return made === undefined ? [] : [fixOf(lost, made)]
    }),
  )
}

function make<K extends Cloud['kind']>(
  cloud: Extract<Cloud, { kind: K }>,
  openings: readonly CloudOpening[],
): CloudCommands[] {
  const maker: CloudMaker<K> = MAKERS[cloud.kind as K]
  return maker(openings, cloud)
}

function byTarget(flows: readonly LostFlow[]): [LostFlow, ...LostFlow[]][] {
  const targets = new Map<string, [LostFlow, ...LostFlow[]]>()
  for (const flow of flows) {
    const key = JSON.stringify([flow.to, flow.address])
    const target = targets.get(key)
    if (target === undefined) targets.set(key, [flow])
    else target.push(flow)
  }
  return [...targets.values()]
}

function fixOf(flows: readonly [LostFlow, ...LostFlow[]], { commands, undo, note }: CloudCommands): Fix {
  const opens = commands.length === 0 ? [] : flows.map(({ id }) => id)
  const remarks = [note, ...otherSources(flows)].join(' ')
  return {
    node: flows[0].to,
    backend: 'cloud',
    commands,
    persist: [],
    undo,
    opens,
    proven: false,
    note: remarks,
  }
}

function otherSources(flows: readonly LostFlow[]): string[] {
  const others = flows.flatMap(({ from, source, sentFrom }) =>
    sentFrom === null
      ? []
      : [
          `${from} says that it sent from ${sentFrom}, not from ${source}: it may be that one that must be let in.`,
        ],
  )
  return [...new Set(others)]
}
