import { isIP } from 'node:net'
import { parseNodeAddress } from '../galera/gcomm-uri.ts'
import { isLoopback } from '../inventory/host-address.ts'
import { nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { hostsOf, listName } from './cluster-list.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { flowsFrom } from './flows-of.ts'
import {
  addressesAt,
  isItself,
  type KnownMember,
  knownMembers,
  listensAt,
  ownAddresses,
  ownersOf,
} from './known-addresses.ts'

/**
 * Members that a node looks for at a dead IPv6 address: of a name's addresses Galera dials the first alone, and its own default, 0.0.0.0, listens on
 * IPv4 only.
 */
export function ipv6FirstDead(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) =>
    hostsOf(node.settings).flatMap(({ host }): Finding[] => {
      const addresses = addressesAt(node, host) ?? []
      const [first] = addresses
      if (first === undefined || isIP(first) !== 6 || isItself(node, first)) return []
      const [member, ...others] = [...new Set(addresses.flatMap((address) => ownersOf(view, address)))]
      if (member === undefined || others.length > 0 || member.name === node.name) return []
      const why = whyDead(view, node, member, first)
      return why === null ? [] : [finding(node, member, host, addresses, why)]
    }),
  )
}

function whyDead(view: ClusterView, node: KnownMember, member: NodeView, address: string): string | null {
  const flow = flowsFrom(view, node.name).find(
    ({ to, service, address: dialled }) => to === member.name && service === 'galera' && dialled === address,
  )
  if (flow?.status === 'OK') return null
  // On a host without IPv4 that is its own trouble, which \`bind-elsewhere\` tells.
  const hasIpv4 = [...ownAddresses(member)].some((each) => isIP(each) === 4 && !isLoopback(each))
  if (listensOnIpv4Only(member) && !hasIpv4) return null
  if (listensOnIpv4Only(member)) return `${member.name} listens for group communication on IPv4 only`
  if (flow?.status === 'DOWN') return `nothing gets there (${flow.reason})`
  const errno = node.inspection?.routes.find(({ to }) => to === address)?.errno ?? null
  return errno === null ? null : `${node.name} has no route to it (${errno})`
}

function listensOnIpv4Only(member: NodeView): boolean {
  const { settings } = member
  if (settings === null) return false
  const { port } = settings.endpoints.galera
  const sockets = listensAt(member, port.value)
  if (sockets !== null && sockets.length > 0) return sockets.every((address) => isIP(address) === 4)
  // Nothing runs there that could be looked at: by its settings.
  if (settings.running) return false
  const listen = parseNodeAddress(settings.all.get('gmcast.listen_addr')?.value ?? '')?.host
  return listen === undefined || isIP(listen) !== 6
}

function finding(
  node: KnownMember,
  member: NodeView,
  host: string,
  addresses: readonly string[],
  why: string,
): Finding {
  const ipv4 = addresses.find((address) => isIP(address) === 4)
  const name = listName(node.settings)
  const is = addresses.includes(host)
    ? ''
    : ` resolves to ${nameList(addresses)} there, and Galera dials the first alone`
  const subject = addresses.includes(host) ? `${name} names ${host}, where` : `${host} of ${name}${is}:`
  const port = member.settings?.endpoints.galera.port.value ?? 4567
  const instead = ipv4 === undefined ? '' : `, or write ${ipv4} in ${name}`
  return {
    code: 'ipv6-first-dead',
    severity: 'warning',
    node: node.name,
    args: { host, member: member.name, address: addresses[0] ?? host },
    message:
      `${subject} ${why}. ` +
      (why.includes('IPv4 only')
        ? `Next: on ${member.name} add gmcast.listen_addr=tcp://[::]:${port} to wsrep_provider_options and restart it${instead}.`
        : `Next: mend the IPv6 path from ${node.name} to ${member.name}${instead}.`),
  }
}
