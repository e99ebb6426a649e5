import { type GroupLink, groupLinks, groupOf, isLinked, mayLink, partsOf } from '../galera/group-links.ts'
import { groupBy, nameList, portList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'
import { listWithin } from './list-within.ts'
import { partition } from './partition.ts'

/** What blocked ways of group communication mean: who is linked by others only, who would lose the primary component. */
export function groupMeaning(view: ClusterView): Finding[] {
  const group = groupOf(clusterNodes(view))
  const links = groupLinks(group, view.flows)
  const names = group.map(({ name }) => name)
  const parts = partsOf(names, links, mayLink)
  const isTogether = ({ nodes: [a, b] }: GroupLink) =>
    parts.some((part) => part.includes(a) && part.includes(b))
  return [
    // Whom the run does not know may link what it sees apart.
    ...(isWhole(group) ? partition(group, links, parts) : []),
    ...relayed(
      names,
      links,
      links.filter((link) => !mayLink(link) && isTogether(link)),
    ),
    ...oneWay(links),
  ]
}

function isWhole(group: readonly NodeView[]): boolean {
  return group.every(({ settings }) => (settings?.state?.size ?? 0) <= group.length)
}

function relayed(
  names: readonly string[],
  links: readonly GroupLink[],
  apart: readonly GroupLink[],
): Finding[] {
  if (apart.length === 0) return []
  const [linked, mayBeLinked] = [lookUp(links, isLinked), lookUp(links, mayLink)]
  const told = apart.map(({ nodes: [a, b] }) => ({
    pair: `${a}–${b}`,
    relays: names.filter((name) => linked(name, a) && linked(name, b)),
    mayRelay: names.some((name) => mayBeLinked(name, a) && mayBeLinked(name, b)),
  }))
  const texts = groupBy(told, ({ relays, mayRelay }) => JSON.stringify([relays, mayRelay])).map((group) => {
    const { relays = [], mayRelay = false } = group[0] ?? {}
    return `${nameList(group.map(({ pair }) => pair))} ${relayText(relays, mayRelay)}`
  })
  const cuts = cutNodes(names, links)
  const flows = apart.flatMap(({ blocked }) => blocked)
  const standing = apart.filter(({ stands }) => stands).map(({ nodes }) => nodes.join('–'))
  return [
    {
      code: 'link-relayed',
      severity: 'warning',
      args: { pairs: apart.length, ports: portList(flows), cutNodes: cuts.map(({ node }) => node).join(',') },
      message:
        `${portList(flows)} is blocked in both directions between members, so their traffic has to go by others: ${listWithin(texts, '; ')}. ` +
        standingText(standing) +
        cutText(cuts) +
        'Next: open it in one direction at least ("pxc-netcheck fix" prints the commands).',
    },
  ]
}

/** Whether two nodes have a link of the kind. */
function lookUp(
  links: readonly GroupLink[],
  holds: (link: GroupLink) => boolean,
): (one: string, other: string) => boolean {
  const key = (...names: string[]) => JSON.stringify(names)
  const held = new Set(links.filter(holds).flatMap(({ nodes: [a, b] }) => [key(a, b), key(b, a)]))
  return (one, other) => held.has(key(one, other))
}

/** A relayed message is not relayed again: gcomm/src/gmcast.cpp, GMCast::relay(). */
function relayText(relays: readonly string[], mayRelay: boolean): string {
  if (relays.length > 0) return `(relayed by ${nameList(relays)})`
  return mayRelay
    ? '(whether anybody is linked to both could not be told)'
    : '(nobody is linked to both, and a message is relayed but once: one of the two drops out of the group)'
}

function standingText(pairs: readonly string[]): string {
  if (pairs.length === 0) return ''
  return `Connections from before still carry ${nameList(pairs)}; once they break, they are not made anew. `
}

/** Nodes whose loss takes the rest apart, though the rest may keep more links than are known. */
function cutNodes(
  names: readonly string[],
  links: readonly GroupLink[],
): { node: string; parts: string[][] }[] {
  const before = partsOf(names, links, mayLink)
  return names.flatMap((node) => {
    const own = before.find((part) => part.includes(node)) ?? []
    const rest = own.filter((name) => name !== node)
    const parts = partsOf(rest, links, mayLink)
    return parts.length > 1 ? [{ node, parts }] : []
  })
}

function cutText(cuts: readonly { node: string; parts: string[][] }[]): string {
  const [first] = cuts
  if (first === undefined) return ''
  if (cuts.length > 1)
    return `Without any one of ${nameList(cuts.map(({ node }) => node))}, the others fall apart. `
  return `Without ${first.node}, the others fall apart: ${listWithin(first.parts.map(nameList), ' | ')}. `
}

/** Seen by nobody, since the pair is linked by the other direction. */
function oneWay(links: readonly GroupLink[]): Finding[] {
  const flows = links.filter(isLinked).flatMap(({ blocked }) => blocked)
  if (flows.length === 0) return []
  return [
    {
      code: 'link-one-way',
      severity: 'info',
      args: {
        flows: flows.length,
        ports: portList(flows),
        from: unique(flows.map(({ from }) => from)).join(','),
      },
      message:
        `${portList(flows)} is blocked in one direction: ${nameList(flows.map(({ from, to }) => `${from}→${to}`))}. ` +
        'The pair can link all the same, for either may dial and one connection is enough; it shows at a reconnect, when only the other side can dial. Next: open it before it is needed ("pxc-netcheck fix" prints the commands).',
    },
  ]
}
