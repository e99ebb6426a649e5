import { type GroupLink, isLinked, mayLink, partsOf } from '../galera/group-links.ts'
import { nameList, portList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { NodeView } from './cluster-view.ts'
import { listWithin } from './list-within.ts'

interface Part {
  readonly names: readonly string[]
  readonly weight: number
  /** Its nodes are known to be linked. */
  readonly isCertain: boolean
}

/**
 * Parts of the cluster that cannot link up with one another: what has more than half of the weight stays primary (pc.weight, 1 by default), the rest
 * does not. `parts` are those that are apart for certain.
 */
export function partition(
  group: readonly NodeView[],
  links: readonly GroupLink[],
  apart: readonly (readonly string[])[],
): Finding[] {
  if (apart.length < 2) return []
  const names = group.map(({ name }) => name)
  const weight = votesOf(group)
  const known = partsOf(names, links, isLinked)
  const parts = apart.map((part) => ({
    names: part,
    weight: sum(part.map(weight)),
    isCertain: known.some((each) => each.length === part.length && each.includes(part[0] ?? '')),
  }))
  const total = sum(parts.map((part) => part.weight))
  const keeper = parts.find((part) => 2 * part.weight > total) ?? null
  const losers = parts.filter((part) => part !== keeper)
  const flows = links.flatMap((link) => (isAcross(link, apart) ? link.blocked : []))
  const standing = links
    .filter((link) => link.stands && isAcross(link, apart))
    .map(({ nodes }) => nodes.join('–'))
  const today = partsOf(names, links, (link) => mayLink(link) || link.stands)
  return [
    {
      code: 'partition',
      severity: 'critical',
      args: {
        parts: parts.map((part) => part.names.join(',')).join('|'),
        keeps: keeper?.isCertain ? keeper.names.join(',') : '',
        loses: losers.flatMap((part) => part.names).join(','),
      },
      message:
        `${portList(flows)} is blocked in both directions between ${parts.length} parts of the cluster: ${listWithin(
          parts.map((part) => nameList(part.names)),
          ' | ',
        )}. ` +
        `${whenText(today.length, standing)}${fateText(keeper, losers, total)} ` +
        'Next: open it between them in one direction at least ("pxc-netcheck fix" prints the commands), before any node is restarted.',
    },
  ]
}

/** Who has left in order, or never came, has no vote in a group that runs; a group that is yet to be formed needs all. */
function votesOf(group: readonly NodeView[]): (name: string) => number {
  const runs = group.some(({ settings }) => settings?.running)
  return (name) => {
    const settings = group.find((each) => each.name === name)?.settings ?? null
    return settings !== null && runs && !settings.running ? 0 : (settings?.weight.value ?? 1)
  }
}

function whenText(today: number, standing: readonly string[]): string {
  if (standing.length === 0) return 'Once apart, they do not come together: '
  const holds = today === 1 ? 'Today it still runs, because connections' : 'Connections'
  return `${holds} from before stand (${nameList(standing)}); if they break, or at the next restart, `
}

function fateText(keeper: Part | null, losers: readonly Part[], total: number): string {
  const lost = nameList(losers.flatMap((part) => part.names))
  if (keeper === null)
    return `no part has more than half of the weight (${total}), so nobody keeps the primary component.`
  const kept = `${nameList(keeper.names)} ${keeper.names.length === 1 ? 'keeps' : 'keep'} the primary component (weight ${keeper.weight} of ${total})`
  const only = keeper.isCertain ? '' : ', if they reach one another, which could not be told'
  return `${kept}${only}, and ${lost} ${losers.flatMap((part) => part.names).length === 1 ? 'loses' : 'lose'} it.`
}

function isAcross({ nodes: [a, b] }: GroupLink, parts: readonly (readonly string[])[]): boolean {
  return parts.findIndex((part) => part.includes(a)) !== parts.findIndex((part) => part.includes(b))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
