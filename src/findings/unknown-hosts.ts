import { isIP } from 'node:net'
import { nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { hostsOf, listName, originOf } from './cluster-list.ts'
import type { NodeView } from './cluster-view.ts'
import type { KnownMember } from './known-addresses.ts'

/** A host of a node's list that leads to none of the members. */
export interface Stranger {
  readonly node: KnownMember
  readonly host: string
  readonly addresses: readonly string[]
  /** Members that the list does not name. */
  readonly unnamed: readonly NodeView[]
  /** Not one of the others. */
  readonly namesNobody: boolean
}

/** One host of these nodes' lists. */
export interface Unknown extends Stranger {
  readonly nodes: readonly KnownMember[]
  /** What a slip may have made of it. */
  readonly meant: string | null
}

/** Hosts of the same lists with the same trouble, in words. */
export function unknownHosts(first: Unknown, group: readonly Unknown[]): Finding {
  const { node, addresses, unnamed, namesNobody, meant, nodes } = first
  const list = listName(node.settings)
  const names = nodes.map(({ name }) => name)
  const [only] = names.length === 1 ? names : []
  const others = unnamed.filter(({ name }) => name !== only)
  const lacks = others.length === 0 ? '' : `, and does not name ${nameList(others.map(({ name }) => name))}`
  const origins = unique(nodes.map(({ settings }) => originOf(settings)))
  const [areMembers, areGone, them] =
    group.length === 1 ? ['it is a member', 'it is', 'it'] : ['they are members', 'they are', 'them']
  const next =
    meant !== null
      ? `it may be meant for ${meant}; correct it in ${list}`
      : addresses.length === 0
        ? `correct ${group.length === 1 ? 'the name' : 'the names'}, or take ${them} out of ${list}`
        : `if ${areMembers}, add ${them} to --nodes; if ${areGone} gone, take ${them} out of ${list}` +
          (namesNobody ? '; a load balancer, a service name or NAT in front of the members may stay' : '')
  return {
    code: 'cluster-address-unknown',
    severity:
      (addresses.length === 0 || others.length > 0) && !standsForMembers(first, group) ? 'warning' : 'info',
    ...(only !== undefined && { node: only }),
    args: {
      host: some(group.map(({ host }) => host)),
      nodes: names.join(','),
      addresses: some(group.flatMap((each) => each.addresses)),
      ...(meant !== null && { meant }),
    },
    message: `${list} of ${nameList(names)}${origins.length === 1 ? origins[0] : ''} names ${whatText(first, group)}${lacks}. Next: ${next}.`,
  }
}

function whatText({ host, addresses }: Unknown, group: readonly Unknown[]): string {
  if (addresses.length === 0) {
    const hosts = nameList(group.map((each) => each.host))
    return `${hosts}, which ${group.length === 1 ? 'resolves' : 'resolve'} on no node`
  }
  if (group.length === 1) {
    const leads = addresses.includes(host) ? '' : `, which is ${nameList(addresses)} there`
    return `${host}, no member of this check${leads}`
  }
  const texts = group.map((each) =>
    each.addresses.includes(each.host) ? each.host : `${each.host} (${nameList(each.addresses)})`,
  )
  return `${nameList(texts)}, no members of this check`
}

/** One name alone, with which at least one of them has joined the others: it leads to members in some way, or did. */
function standsForMembers({ host, addresses, nodes }: Unknown, group: readonly Unknown[]): boolean {
  const isOnly = nodes.every(({ settings }) => hostsOf(settings).length === 1)
  const running = nodes.filter(
    ({ settings: { running, state } }) => running && state?.status === 'Primary' && (state.size ?? 0) > 1,
  )
  return group.length === 1 && isIP(host) === 0 && addresses.length > 0 && isOnly && running.length > 1
}

/** A list may be as long as a node likes. */
function some(values: readonly string[]): string {
  return unique(values).slice(0, 16).join(',')
}
