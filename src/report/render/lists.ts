import type { ReportFlow } from '../report.ts'

/** Past this many names a list is no longer read, and the count in front of it says the rest. */
const MAX_NAMES = 8

export function nameList(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ')
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown
}

export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}

export function groupBy<T>(values: readonly T[], key: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const group = groups.get(key(value))
    if (group === undefined) groups.set(key(value), [value])
    else group.push(value)
  }
  return [...groups.values()]
}

/** The ports of the flows as `4567/tcp, 4444/tcp`, each once, in the order of the flows. */
export function portList(flows: readonly ReportFlow[]): string {
  return unique(flows.map(({ port, protocol }) => `${port}/${protocol}`)).join(', ')
}

/**
 * Splits flows into groups that are full products of pairs and ports, so that "n2 is blocked on P from S" is true of every
 * port and every source it names.
 */
export function byEqualPorts(flows: readonly ReportFlow[], end: 'from' | 'to'): ReportFlow[][] {
  const perNode = groupBy(flows, (flow) => flow[end])
  return groupBy(perNode, portList).map((groups) => {
    const members = new Set(groups.flat())
    // In the order of the plan again, and so are the names and ports that are read off them.
    return flows.filter((flow) => members.has(flow))
  })
}
