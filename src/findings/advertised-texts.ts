import { nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { type Advertised, istBind, type Transfer, transfersText } from './advertised.ts'
import type { ClusterView } from './cluster-view.ts'
import { flowsTo } from './flows-of.ts'
import { isLostOnTheWay, type KnownMember, ownAddresses, ownersOf } from './known-addresses.ts'

/** The findings on advertised addresses, in words. */

export function loopback(
  node: KnownMember,
  told: Advertised,
  address: string,
  hit: readonly Transfer[],
): Finding {
  const { host, setting, text } = told
  const resolves = host === address ? '' : `, which is ${address} on ${node.name}`
  const effect =
    host === address || hit.length === 2
      ? 'a donor that is told so dials itself'
      : hit.includes('ist')
        ? 'its IST receiver waits on loopback, where no donor comes'
        : 'a donor that resolves it to loopback as well dials itself'
  const hosts = host === address ? '' : ` (and take ${host} out of the loopback line of /etc/hosts)`
  return {
    code: 'advertised-loopback',
    severity: 'critical',
    node: node.name,
    args: { services: hit.join(','), setting, host, address },
    message:
      `its address for ${transfersText(hit)} is ${text}${resolves}: ${effect}, and no state transfer comes to ${node.name}. ` +
      `Next: in its option file set ${remedy(node, setting)}${hosts}, and restart it.`,
  }
}

export function missing(view: ClusterView, node: KnownMember, told: Advertised): Finding {
  const { host, setting, text, services, addresses } = told
  const lost = flowsTo(view, node.name).filter(
    (flow) => addresses?.includes(flow.address) && isLostOnTheWay(flow),
  )
  const by = unique(lost.map(({ from }) => from))
  const tried = by.length === 0 ? '' : ` Nothing that ${nameList(by)} sent there arrived.`
  const leads = addresses?.includes(host) ? '' : `, which is ${nameList(addresses ?? [])} there`
  const owners = unique((addresses ?? []).flatMap((each) => ownersOf(view, each))).map(({ name }) => name)
  const whose = owners.length === 1 ? `: it is ${owners[0]}'s, as where settings were copied from there` : ''
  return {
    code: 'advertised-address-missing',
    severity: 'critical',
    node: node.name,
    args: {
      services: services.join(','),
      setting,
      host,
      addresses: (addresses ?? []).join(','),
    },
    message:
      `its address for ${transfersText(services)} is ${text}${leads}, and none of its interfaces has it (${nameList([...ownAddresses(node)])})${whose}.${tried} ` +
      `Next: in its option file set ${remedy(node, setting)}, and restart it; where NAT leads there, keep it and add ist.recv_bind=${ownAddress(node)} to what wsrep_provider_options holds (parts are separated by ";").`,
  }
}

export function behindNat(
  node: KnownMember,
  { host, setting, text }: Advertised,
  unbound: readonly Transfer[],
): Finding {
  const bind = istBind(node)
  const bound = bind === null || !unbound.includes('ist') ? '' : `, nor is ist.recv_bind=${bind}`
  const method = node.settings.sstMethod.value
  const next = unbound.includes('ist')
    ? `in its option file add ist.recv_bind=${ownAddress(node)} to wsrep_provider_options (parts are separated by ";"), and restart it`
    : `on all nodes set wsrep_sst_method to one whose receiver listens everywhere: xtrabackup-v2, mariabackup`
  return {
    code: 'advertised-behind-nat',
    severity: 'critical',
    node: node.name,
    args: { services: unbound.join(','), setting, host },
    message:
      `NAT leads ${text} to it, but the address is on none of its interfaces${bound}: its receiver of ${transfersText(unbound)}${unbound.includes('ist') ? '' : ` (${method})`} cannot listen there, and no state transfer succeeds. ` +
      `Next: ${next}.`,
  }
}

/** The setting to write, with the address by which the run reached the node where it is one of its own. */
function remedy(node: KnownMember, setting: string): string {
  if (setting === 'ist.recv_addr') return `ist.recv_addr=${ownAddress(node)} in wsrep_provider_options`
  const name = setting === 'wsrep_sst_receive_address' ? setting : 'wsrep_node_address'
  return `${name}=${ownAddress(node)}`
}

function ownAddress(node: KnownMember): string {
  const own = ownAddresses(node)
  if (node.address !== null && own.has(node.address)) return node.address
  return [...own][0] ?? 'ADDRESS'
}
