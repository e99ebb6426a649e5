import { parseNodeAddress, parsePort } from '../galera/gcomm-uri.ts'
import { parseProviderOptions } from '../galera/provider-options.ts'
import { unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { Survey } from '../session/survey-messages.ts'
import { hostsOf, listName, originOf } from './cluster-list.ts'
import type { ClusterView } from './cluster-view.ts'
import { addressesAt, type KnownMember, knownMembers, ownAddresses, ownersOf } from './known-addresses.ts'

/** Of group communication, where nothing says another. */
const GROUP_PORT = 4567

/** Ports of a cluster address on which the member has no group communication. */
export function clusterAddressPorts(view: ClusterView): Finding[] {
  const known = knownMembers(view)
  return known.flatMap((node) => wrongPorts(view, node, known))
}

/** A port that the list gives, or that follows from the node's own, and on which the member does not listen. */
function wrongPorts(view: ClusterView, node: KnownMember, known: readonly KnownMember[]): Finding[] {
  const others = hostsOf(node.settings).flatMap(({ host, port }) => {
    const dialled = port ?? dialledByDefault(node)
    // What is not the member's own is translated, and its port may be.
    const owners = (addressesAt(node, host) ?? []).flatMap((address) =>
      ownersOf(view, address).filter((owner) => ownAddresses(owner).has(address)),
    )
    const [name, ...others] = unique(owners.map((owner) => owner.name))
    const member = known.find((each) => each.name === name && name !== node.name)
    return member === undefined || others.length > 0 ? [] : [{ host, port, dialled, member }]
  })
  const wrong = others.filter(({ dialled, member }) => !listensForGroup(member, dialled))
  return wrong.map(({ host, port, dialled, member }) => {
    const right = member.settings.endpoints.galera.port.value
    const why = port === null ? `${dialled} (its own base_port, since the list gives none)` : `${dialled}`
    const literal = host.includes(':') ? `[${host}]` : host
    return {
      code: 'cluster-address-port',
      severity: wrong.length === others.length ? 'critical' : 'warning',
      node: node.name,
      args: { host, member: member.name, dialled, listens: right },
      message:
        `by its ${listName(node.settings)}${originOf(node.settings)} it dials ${host} on ${why}, and ${member.name} has its group communication on ${right}. ` +
        `Next: in its option file write ${literal}:${right} in ${listName(node.settings)}.`,
    }
  })
}

/**
 * Galera takes base_port where the list gives no port, which a port in wsrep_node_address sets; one in gmcast.listen_addr moves the listener alone, and a
 * running server shows that as base_port all the same (measured).
 */
function dialledByDefault({ settings, survey }: KnownMember): number {
  const set = settings.all.get('base_port')
  const isTold = set?.origin.kind === 'server'
  const port = parsePort(isTold ? basePortIn(survey?.options ?? []) : set?.value)
  if (port !== null && set?.origin.kind !== 'default') return port
  return parseNodeAddress(settings.all.get('wsrep_node_address')?.value ?? '')?.port ?? GROUP_PORT
}

/** As somebody has written it. */
function basePortIn(options: Survey['options']): string | undefined {
  const texts = options.filter(({ name }) => /^(?:loose_)?wsrep_provider_options$/.test(name))
  return parseProviderOptions(texts.at(-1)?.value ?? '').get('base_port')
}

function listensForGroup({ settings, survey }: KnownMember, dialled: number): boolean {
  if (settings.endpoints.galera.port.value === dialled) return true
  // Files may have changed since the start, sockets have not.
  if (settings.known === 'server' || !settings.running) return false
  const sockets = (survey?.servers ?? []).flatMap(({ listens }) => listens)
  return sockets.some(({ port }) => port === dialled) && dialled !== settings.endpoints.mysql.port.value
}
