import type { Fix } from '../report/report.ts'
import { commandOf, type Edit, inverse } from './edit.ts'
import type { BlockedFlow, NodeInput } from './input.ts'
import { hookOf, openingOf } from './opening.ts'
import { persistLines } from './persist.ts'

/** Commands for a node whose ruleset is not known: before all other rules, and nothing is proven. */
export function unreadableFix(input: NodeInput, flows: readonly BlockedFlow[], why: string): Fix {
  const edits: Edit[] = []
  for (const flow of flows) {
    const tool = flow.family === 4 ? 'iptables' : 'ip6tables'
    const chain = hookOf(flow)
    const opening = openingOf(flow, chain)
    const there = edits.filter((edit) => edit.tool === tool && edit.chain === chain)
    if (there.some((edit) => edit.opening.canonical === opening.canonical)) continue
    edits.push({
      op: 'insert',
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
    commands: edits.map(commandOf),
    persist: persistLines(input.hints, [], [...new Set(edits.map(({ tool }) => tool))]),
    undo: [...edits].reverse().map(inverse).map(commandOf),
    opens: flows.map(({ id }) => id),
    proven: false,
    note: `${why} These commands are not proven: another firewall than iptables may decide here.`,
  }
}
