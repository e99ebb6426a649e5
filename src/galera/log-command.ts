import { comparableAddress, isHost } from '../inventory/address.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import type { LogKind, LogPeer } from './log-event.ts'
import type { LogFlow } from './log-meanings.ts'

const PORTS = { galera: 4567, ist: 4568, sst: 4444, mysql: 3306 } as const

/** Stand-ins for what a line does not tell: the node whose log it is, and the one at the other end. */
const THIS = 'THIS'
const OTHER = 'OTHER'

interface Named {
  readonly kind: LogKind
  readonly peers: readonly LogPeer[]
  readonly donor: string | null
  readonly joiner: string | null
  /** What the log's own node calls itself, as `comparableAddress` spells it; empty where that is not known. */
  readonly own: ReadonlySet<string>
}

/**
 * The run that looks at the flow a line speaks of; null where it speaks of none. What has to be filled in stands in capital letters;
 * a peer that no run could be given is left out.
 */
export function commandFor(flow: LogFlow | null, { kind, peers, donor, joiner, own }: Named): string | null {
  if (flow === null) return null
  const named = peers.filter(({ address }) => isHost(address) && !own.has(comparableAddress(address)))
  const hosts = [...new Set(named.map(({ address }) => address))]
  const [service] = flow.services
  const [other = OTHER] = hosts
  const ends: readonly [string, string] =
    flow.way === 'transfer'
      ? [hostOr(donor, 'DONOR'), hostOr(joiner, 'JOINER')]
      : flow.way === 'in'
        ? [other, THIS]
        : [THIS, other]
  // The cluster address, which is all that -110 tells, has this node in it, under an address that only it can tell.
  const all = kind === 'never-primary' && hosts.length > 1 && own.size === 0
  const nodes = all ? hosts : flow.way === 'transfer' || hosts.length === 0 ? ends : [THIS, ...hosts]
  const port = flow.way === 'in' ? undefined : named.find((each) => each.port !== null)?.port
  const moved = port != null && port !== PORTS[service] ? ['--service', `${service}=${port}/tcp`] : []
  const explain = nodes.length === 2 && !all ? ['--explain', `${ends.join(',')},${service}`] : []
  return ['pxc-netcheck', '--nodes', nodes.join(','), ...moved, '--only', flow.services.join(','), ...explain]
    .map(shellQuote)
    .join(' ')
}

function hostOr(name: string | null, standIn: string): string {
  return name !== null && isHost(name) ? name : standIn
}
