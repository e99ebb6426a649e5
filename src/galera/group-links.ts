import type { ReportFlow } from '../report/report.ts'
import { componentsOf } from './components.ts'
import type { GroupMember } from './group-member.ts'
import { flowFinder, type Openness, opennessOf } from './openness.ts'

/** Two members of a group and whether they can be linked: there is one connection for each pair, and either may dial. */
export interface GroupLink {
  readonly nodes: readonly [string, string]
  /** `blocked`: neither can dial the other. */
  readonly link: Openness
  /** The blocked flows of its two. */
  readonly blocked: readonly ReportFlow[]
  /** A connection of the two stood before the run. */
  readonly stands: boolean
}

export function groupLinks(members: readonly GroupMember[], flows: readonly ReportFlow[]): GroupLink[] {
  const find = flowFinder(members, flows)
  const names = groupOf(members).map(({ name }) => name)
  return names.flatMap((a, at) =>
    names.slice(at + 1).map((b) => {
      const both = [find(a, b, 'galera'), find(b, a, 'galera')]
      const ways = both.map(wayOf)
      return {
        nodes: [a, b],
        link: ways.includes('open') ? 'open' : ways.includes('unknown') ? 'unknown' : 'blocked',
        blocked: both.filter((flow): flow is ReportFlow => wayOf(flow) === 'blocked'),
        stands: both.some(isStanding),
      } as const
    }),
  )
}

/** Those that take part in the group, arbitrators too. */
export function groupOf<T extends GroupMember>(members: readonly T[]): T[] {
  return members.filter(({ settings }) => settings?.wsrep !== false)
}

/** A way on which only large packets die carries a connection, and hangs now and then: it is neither. */
function wayOf(flow: ReportFlow | undefined): Openness {
  return flow?.reason === 'payload-lost' ? 'unknown' : opennessOf(flow)
}

function isStanding(flow: ReportFlow | undefined): boolean {
  return flow?.observations.some((each) => each.kind === 'established' && each.connections > 0) ?? false
}

/** What hangs together by the links that hold. */
export function partsOf(
  names: readonly string[],
  links: readonly GroupLink[],
  holds: (link: GroupLink) => boolean,
): string[][] {
  return componentsOf(
    names,
    links.filter(holds).map(({ nodes }) => nodes),
  )
}

/** As many links as there may be: what is not known is taken for a link, so that what falls apart by it falls apart for certain. */
export function mayLink({ link }: GroupLink): boolean {
  return link !== 'blocked'
}

export function isLinked({ link }: GroupLink): boolean {
  return link === 'open'
}
