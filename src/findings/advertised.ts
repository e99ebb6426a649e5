import { isAnyAddress } from '../galera/any-address.ts'
import type { NodeSettings, Value } from '../galera/node-settings.ts'
import { groupBy } from '../report/render/lists.ts'
import { addressesAt, type KnownMember } from './known-addresses.ts'
import { settingText } from './setting-text.ts'

export type Transfer = 'ist' | 'sst'

/** Where a node tells its donor to send a state transfer. */
export interface Advertised {
  /** Those that are told this host: one or both. */
  readonly services: readonly Transfer[]
  /** A name or an IP literal. */
  readonly host: string
  /** The setting that decides. */
  readonly setting: string
  /** The setting with its value and where it stands, or how the server came to guess. */
  readonly text: string
  readonly isGuess: boolean
  /** What the host leads to on the node itself, in its resolver's order; null: not asked. */
  readonly addresses: readonly string[] | null
}

/** What a server without wsrep_node_address goes by: what it came to, and the one address that it is bound to. */
const GUESSED: readonly string[] = ['base_host', 'bind_address']

/** An arbitrator takes no state; group communication goes by the address that peers see. */
export function advertisedBy(node: KnownMember): Advertised[] {
  const { settings } = node
  if (settings.flavour === 'garbd') return []
  const each = (['ist', 'sst'] as const).flatMap((service) => {
    const told = toldFor(settings, service)
    return told === null ? [] : [{ service, ...told }]
  })
  return groupBy(each, ({ host }) => host).flatMap((group): Advertised[] => {
    // Of two settings with one value, the one for both.
    const first = group.find(({ setting }) => setting === 'wsrep_node_address') ?? group[0]
    if (first === undefined) return []
    const { host, setting, text, isGuess } = first
    const services = group.map(({ service }) => service)
    return [{ services, host, setting, text, isGuess, addresses: addressesAt(node, host) }]
  })
}

type Told = Pick<Advertised, 'host' | 'setting' | 'text' | 'isGuess'>

function toldFor(settings: NodeSettings, service: Transfer): Told | null {
  const told = settings.endpoints[service].advertised ?? guessFromBind(settings)
  if (told === null) return null
  const { value: host } = told
  const setting = decidingSetting(settings, told)
  const isGuess = settings.nodeAddress === null && GUESSED.includes(setting)
  const from = setting === 'bind_address' ? ', taken from bind_address,' : ''
  const written = settings.all.get(setting)
  const text = isGuess
    ? `${host}${from} by the server's own guess (wsrep_node_address is not set)`
    : settingText(setting, written ?? { ...told, origin: { kind: 'server' } })
  return { host, setting, text, isGuess }
}

/** A running provider tells base_host and ist.recv_addr as if they had been set: they follow from wsrep_node_address, or are a guess. */
function decidingSetting({ nodeAddress, all }: NodeSettings, { value, origin }: Value<string>): string {
  const setting = origin.kind === 'derived' ? origin.from : 'wsrep_node_address'
  const isTold = setting === 'base_host' || all.get(setting)?.origin.kind === 'server'
  if (!isTold || setting === 'wsrep_sst_receive_address') return setting
  if (value === nodeAddress?.value) return 'wsrep_node_address'
  return value === all.get('base_host')?.value ? 'base_host' : setting
}

/** wsrep_guess_ip() of sql/wsrep_utils.cc: bind_address where it is one address, loopback as well; else an interface's first. */
function guessFromBind({ endpoints, nodeAddress }: NodeSettings): Value<string> | null {
  const { bind } = endpoints.mysql
  if (bind === null || nodeAddress !== null) return null
  return { value: bind.value, origin: { kind: 'derived', from: 'bind_address' } }
}

/** `IST and SST` */
export function transfersText(services: readonly Transfer[]): string {
  return services.map((service) => service.toUpperCase()).join(' and ')
}

/** Where the IST receiver is bound by a setting of its own, which may be any address; null: at what it advertises. */
export function istBind({ settings }: KnownMember): string | null {
  const { bind, advertised } = settings.endpoints.ist
  if (bind === null) return advertised === null ? null : '0.0.0.0'
  return isAnyAddress(bind.value) || bind.value !== advertised?.value ? bind.value : null
}

/** rsync and clone listen at the address that the donor is told; socat everywhere. */
export function sstBindsAdvertised({ settings }: KnownMember): boolean {
  return settings.endpoints.sst.bind !== null
}
