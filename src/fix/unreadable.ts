import type { Fix } from '../report/report.ts'
import { commandsOf, type Edit, inverse } from './edit.ts'
import { iptablesCanonical } from './idioms/iptables.ts'
import type { BlockedFlow, NodeInput } from './input.ts'
import { hookOf, openingOf } from './opening.ts'
import { persistLines } from './persist.ts'

/** Commands for a node whose ruleset is not known: before all other rules, and nothing is proven. */
export function unreadableFix(input: NodeInput, flows: readonly BlockedFlow[], why: string): Fix {
  const edits: Edit[] = []
  for (const flow of flows) {
    const tool = flow.family === 4 ? 'iptables' : 'ip6tables'
    const chain = hookOf(flow)
    const opening = openingOf(flow, { networks: input.networks ?? [], withLocal: false })
    const canonical = iptablesCanonical(opening)
    const there = edits.filter((edit) => edit.tool === tool && edit.chain === chain)
    if (there.some((edit) => iptablesCanonical(edit.opening) === canonical)) continue
    edits.push({
      idiom: 'iptables',
      op: 'insert',
      hook: chain,
      tool,
      table: 'filter',
      chain,
      position: there.length + 1,
      opening,
      before: '',
    })
  }
  return {
    node: input.name,
    backend: 'iptables',
    commands: edits.flatMap(commandsOf),
    persist: persistLines(input.hints, [], edits),
    undo: [...edits].reverse().map(inverse).flatMap(commandsOf),
    opens: flows.map(({ id }) => id),
    proven: false,
    note: `${why} These commands are not proven: another firewall than iptables may decide here.`,
  }
}
