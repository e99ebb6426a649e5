import { groupBy } from '../report/render/lists.ts'
import { plainText } from './plain.ts'
import type { FlowProblem, Problem } from './problem.ts'

/** The problem in a few words: `n1->n2 galera 4567/tcp blocked at n2`. Printable ASCII. */
export function problemText(problem: Problem): string {
  return plainText(words(problem))
}

function words(problem: Problem): string {
  switch (problem.kind) {
    case 'flow':
      return `${problem.from}->${problem.to} ${portText(problem)} ${stateText(problem)}`
    case 'node':
      return `${problem.node} not reached${problem.code === '' ? '' : ` (${problem.code})`}`
    case 'finding': {
      const args = problem.args.length === 0 ? '' : ` (${problem.args.join(', ')})`
      return `finding ${problem.code}${problem.node === null ? '' : ` on ${problem.node}`}${args}`
    }
    case 'run':
      return `no check was possible (${problem.code})`
  }
}

/**
 * Problems that may be told in one line, each group with its line: the services of a pair that share their state, and the
 * sources of a target that share these.
 */
export function groupTexts<T extends { readonly problem: Problem }>(
  items: readonly T[],
  together: (item: T) => string = () => '',
): { text: string; items: T[] }[] {
  const flows = items.filter((item) => item.problem.kind === 'flow')
  const perPair = groupBy(flows, (item) =>
    item.problem.kind === 'flow'
      ? JSON.stringify([item.problem.from, item.problem.to, stateText(item.problem), together(item)])
      : '',
  )
  const grouped = groupBy(perPair, ([item]) =>
    item?.problem.kind === 'flow'
      ? JSON.stringify([
          item.problem.to,
          stateText(item.problem),
          together(item),
          ...portsOf(perPair.find(([one]) => one === item) ?? []),
        ])
      : '',
  ).map((pairs) => ({ text: flowsText(pairs), items: pairs.flat() }))
  const others = items
    .filter((item) => item.problem.kind !== 'flow')
    .map((item) => ({ text: problemText(item.problem), items: [item] }))
  const order = (group: { items: T[] }) => Math.min(...group.items.map((item) => items.indexOf(item)))
  return [...grouped, ...others].toSorted((a, b) => order(a) - order(b))
}

function flowsText(pairs: readonly (readonly { readonly problem: Problem }[])[]): string {
  const first = pairs[0]?.[0]?.problem
  if (first?.kind !== 'flow') return ''
  const sources = pairs.flatMap(([item]) => (item?.problem.kind === 'flow' ? item.problem.from : []))
  return plainText(
    `${sources.join(',')}->${first.to} ${portsOf(pairs[0] ?? []).join(', ')} ${stateText(first)}`,
  )
}

function portsOf(items: readonly { readonly problem: Problem }[]): string[] {
  return items.flatMap(({ problem }) => (problem.kind === 'flow' ? portText(problem) : []))
}

function portText({ service, port, protocol }: FlowProblem): string {
  return `${service} ${port}/${protocol}`
}

function stateText({ status, place, from, to }: FlowProblem): string {
  if (status === 'CLOSED') return 'has no listener'
  if (status === 'UNKNOWN') return 'cannot be told'
  switch (place) {
    case 'source':
      return `blocked at ${from}`
    case 'target':
      return `blocked at ${to}`
    case 'network':
      return 'blocked on the way'
    case 'reply':
      return 'gets no answer back'
    case 'absent':
      return `blocked, ${to} is absent`
    case null:
      return 'blocked'
  }
}
