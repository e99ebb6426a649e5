import { isIP } from 'node:net'
import { isAnyAddress } from '../galera/any-address.ts'
import { parseNodeAddress } from '../galera/gcomm-uri.ts'
import type { EndpointName } from '../galera/node-settings.ts'
import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import { nameList, unique } from '../report/render/lists.ts'
import type { Finding, ReportFlow, Severity } from '../report/report.ts'
import { istBind } from './advertised.ts'
import type { ClusterView } from './cluster-view.ts'
import { flowsTo } from './flows-of.ts'
import { addressesAt, type KnownMember, knownMembers, listensAt, ownAddresses } from './known-addresses.ts'
import { settingText } from './setting-text.ts'

type Bound = Exclude<EndpointName, 'sst'>

interface Service {
  readonly name: Bound
  readonly setting: string
  readonly purpose: string
  readonly severity: Severity
}

/** The scripts of SST listen on all addresses, whatever is set. */
const SERVICES: readonly Service[] = [
  { name: 'mysql', setting: 'bind_address', purpose: 'its SQL port', severity: 'warning' },
  { name: 'galera', setting: 'gmcast.listen_addr', purpose: 'group communication', severity: 'critical' },
  { name: 'ist', setting: 'ist.recv_bind', purpose: 'its IST receiver', severity: 'critical' },
]

/** Services that listen where no peer comes: on loopback, or at another address than the one that peers dial. */
export function boundAddresses(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) =>
    SERVICES.flatMap((service): Finding[] => {
      const bound = boundTo(node, service.name)
      if (bound === null || bound.addresses.includes('::')) return []
      if (bound.addresses.some(isAnyAddress)) return onIpv4Alone(view, node, service, bound)
      if (bound.addresses.every((each) => isLoopback(each))) return [onLoopback(node, service, bound)]
      return elsewhere(view, node, service, bound)
    }),
  )
}

interface BoundTo {
  readonly addresses: readonly string[]
  /** The sockets of the running server were seen. */
  readonly seen: boolean
}

/** null: all addresses, or not known. A receiver of IST is there during a transfer only, so it is its settings that tell. */
function boundTo(node: KnownMember, name: Bound): BoundTo | null {
  const { settings } = node
  if (settings.flavour === 'garbd' && name !== 'galera') return null
  const { bind, port } = settings.endpoints[name]
  if (name === 'ist') return bySettings(node, istBind(node) ?? undefined)
  const sockets = settings.running ? listensAt(node, port.value) : null
  if (sockets !== null) return sockets.length === 0 ? null : { addresses: unique(sockets), seen: true }
  // Its default is no address of IPv6.
  if (name === 'galera') return bySettings(node, listenHost(node) ?? '0.0.0.0')
  // A value of the endpoint is one address; the setting may be a list.
  const list = name === 'mysql' ? settings.all.get('bind_address') : undefined
  return bySettings(node, (bind && list?.value) ?? bind?.value)
}

function listenHost({ settings }: KnownMember): string | null {
  return parseNodeAddress(settings.all.get('gmcast.listen_addr')?.value ?? '')?.host ?? null
}

function bySettings(node: KnownMember, bind: string | undefined): BoundTo | null {
  if (bind === undefined || bind === '') return null
  const parts = bind.split(',').map((part) => part.trim())
  const addresses = parts.map((part) => (part === 'localhost' ? ['127.0.0.1'] : addressesAt(node, part)))
  const known = addresses.flatMap((each) => each ?? [])
  // One that is not known may be any.
  return addresses.includes(null) || known.length === 0 ? null : { addresses: unique(known), seen: false }
}

function whereText({ settings }: KnownMember, { name, setting }: Service, { seen }: BoundTo): string {
  const { bind, port } = settings.endpoints[name]
  const by = bind === null ? '' : `, by ${settingText(setting, settings.all.get(setting) ?? bind)}`
  return seen ? ` on ${port.value}${by}` : by
}

function remedy({ name, setting }: Service, address: string): string {
  if (name === 'mysql') return `in its option file set ${setting}=${address}`
  const literal = isIP(address) === 6 ? `[${address}]` : address
  const part = name === 'galera' ? `${setting}=tcp://${literal}` : `${setting}=${literal}`
  return `in its option file put ${part} into wsrep_provider_options`
}

function onLoopback(node: KnownMember, service: Service, bound: BoundTo): Finding {
  const { name, purpose, severity } = service
  const [first] = [...ownAddresses(node)]
  return {
    code: 'bind-loopback',
    severity,
    node: node.name,
    args: { service: name, addresses: bound.addresses.join(','), seen: bound.seen },
    message:
      `${purpose} is bound to ${nameList(bound.addresses)} alone${whereText(node, service, bound)}: no other host comes in there. ` +
      `Next: ${remedy(service, name === 'ist' ? (first ?? '0.0.0.0') : '0.0.0.0')}, and restart it.`,
  }
}

/** All addresses of IPv4, on a host that has none of them. */
function onIpv4Alone(view: ClusterView, node: KnownMember, service: Service, bound: BoundTo): Finding[] {
  const hasIpv4 = [...ownAddresses(node)].some((each) => isIP(each) === 4 && !isLoopback(each))
  return hasIpv4 || service.name !== 'galera' ? [] : elsewhere(view, node, service, bound)
}

function elsewhere(view: ClusterView, node: KnownMember, service: Service, bound: BoundTo): Finding[] {
  const { name, purpose, severity } = service
  const own = ownAddresses(node)
  // What is not its own is translated, and may well come to where it is bound.
  const dialled = flowsTo(view, node.name).filter((flow) => flow.service === name && own.has(flow.address))
  const wrong = dialled.filter((flow) => isMissed(flow, name, bound))
  const [first] = wrong
  if (first === undefined) return []
  const from = unique(wrong.map((flow) => flow.from))
  return [
    {
      code: 'bind-elsewhere',
      severity: wrong.length === dialled.length ? severity : 'warning',
      node: node.name,
      args: {
        service: name,
        bound: bound.addresses.join(','),
        dialled: first.address,
        from: from.join(','),
        seen: bound.seen,
      },
      message:
        `${purpose} is bound to ${nameList(bound.addresses)}${whereText(node, service, bound)}, and ${nameList(from)} ${from.length === 1 ? 'dials' : 'dial'} ${first.address}, where it does not listen. ` +
        (bound.addresses.some(isAnyAddress)
          ? `Next: ${remedy(service, '::')}, and restart it.`
          : `Next: ${remedy(service, first.address)} and restart it, or have its peers told ${bound.addresses[0]}.`),
    },
  ]
}

/** An open 4568 is judged without a listener, so a flow that is OK says nothing of where the receiver will be. */
function isMissed({ address, status }: ReportFlow, name: Bound, { addresses }: BoundTo): boolean {
  const listens = addresses.map((each) => canonicalAddress(each)).includes(address)
  return !listens && (name === 'ist' || status !== 'OK')
}
