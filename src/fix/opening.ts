import { contains, type Net, parseAddress } from '../firewall/address.ts'
import type { Hook } from '../firewall/evaluate.ts'
import type { Match, Packet, Rule } from '../firewall/model.ts'
import type { Protocol } from '../services.ts'
import type { BlockedFlow, Direction } from './input.ts'

/** What a rule must accept to open a flow; each back end has its own words for it. */
export interface Opening {
  readonly family: 4 | 6
  readonly protocol: Protocol
  readonly source: Net | null
  readonly destination: Net | null
  /** The side on which the service's port is; `source` in an answer of the service. */
  readonly portIs: 'source' | 'destination'
  readonly port: number
  /**
   * The port is that of the connection before DNAT, and so is the address of this host, which is what a rule for a
   * published port of a container must name.
   */
  readonly beforeDnat?: Net
}

interface Shape {
  readonly hook: Hook
  readonly peerIs: 'source' | 'destination'
  readonly portIs: 'source' | 'destination'
}

const SHAPES: Record<Direction, Shape> = {
  in: { hook: 'INPUT', peerIs: 'source', portIs: 'destination' },
  out: { hook: 'OUTPUT', peerIs: 'destination', portIs: 'destination' },
  'reply-out': { hook: 'OUTPUT', peerIs: 'destination', portIs: 'source' },
  'reply-in': { hook: 'INPUT', peerIs: 'source', portIs: 'source' },
}

export function hookOf(flow: BlockedFlow): Hook {
  return SHAPES[flow.direction].hook
}

/**
 * The opening of one flow. `networks` are those whose hosts are opened together (`--source-network`); `withLocal` names
 * this host's own address as well, where the chain sees packets that are only forwarded.
 */
export function openingOf(
  flow: BlockedFlow,
  { networks, withLocal }: { readonly networks: readonly Net[]; readonly withLocal: boolean },
): Opening {
  const { protocol, port, family } = flow
  const { peerIs, portIs } = SHAPES[flow.direction]
  if (protocol !== 'tcp' && protocol !== 'udp') throw new RangeError(`no such protocol in ${flow.id}`)
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError(`no such port in ${flow.id}`)
  const peer = peerNet(flow, networks)
  const own = withLocal && flow.local !== null ? hostNet(flow.local, flow) : null
  return {
    family,
    protocol,
    source: peerIs === 'source' ? peer : own,
    destination: peerIs === 'destination' ? peer : own,
    portIs,
    port,
  }
}

/** The opening for a container that is published at this host's address; null where that is not known. */
export function dnatOpeningOf(flow: BlockedFlow, networks: readonly Net[]): Opening | null {
  if (flow.local === null) return null
  return { ...openingOf(flow, { networks, withLocal: false }), beforeDnat: hostNet(flow.local, flow) }
}

/** The flow's peer as it may stand in a command: parsed and written anew, so that no text of others gets there. */
export function peerNet(flow: BlockedFlow, networks: readonly Net[] = []): Net {
  const host = hostNet(flow.peer, flow)
  return networks.find((net) => contains(net, { family: host.family, value: host.network })) ?? host
}

/** An answer opens no connection: without this, whoever sends from the service's port would get in everywhere. */
export function isAnswer({ portIs, beforeDnat }: Opening): boolean {
  return portIs === 'source' && !beforeDnat
}

/** The opening as the ruleset model has it. */
export function ruleOf(opening: Opening, text: string, position: number): Rule {
  const { family, protocol, source, destination, portIs, port, beforeDnat } = opening
  const negated = false
  const range = { from: port, to: port }
  const ports: Match[] = beforeDnat
    ? [
        { kind: 'ct-original-address', net: beforeDnat, negated },
        { kind: 'ct-original-port', range, negated },
        { kind: 'ct-direction', direction: portIs === 'source' ? 'reply' : 'original', negated },
      ]
    : [{ kind: 'ports', side: portIs, ranges: [range], negated }]
  const matches: Match[] = [
    { kind: 'family', family, negated },
    ...(source ? [{ kind: 'address', side: 'source', net: source, negated } as const] : []),
    ...(destination ? [{ kind: 'address', side: 'destination', net: destination, negated } as const] : []),
    { kind: 'protocol', protocol, negated },
    ...ports,
    ...(isAnswer(opening) ? [protocol === 'tcp' ? NOT_OPENING : ESTABLISHED] : []),
  ]
  return { position, text, matches, target: { kind: 'accept' } }
}

/** A datagram does not tell whether it opens or answers; conntrack does. */
const ESTABLISHED: Match = { kind: 'ct-state', states: ['ESTABLISHED'], negated: false }

/** `! --syn`. */
const NOT_OPENING: Match = {
  kind: 'tcp-flags',
  mask: ['FIN', 'SYN', 'RST', 'ACK'],
  set: ['SYN'],
  negated: true,
}

/**
 * The packets that must pass for the flow to work: the first one and the later ones. A reply is never NEW; its TCP
 * SYN+ACK and what follows are ESTABLISHED.
 */
export function packetsOf(flow: BlockedFlow): Packet[] {
  const { peerIs, portIs } = SHAPES[flow.direction]
  const base = {
    family: flow.family,
    protocol: flow.protocol,
    source: peerIs === 'source' ? flow.peer : flow.local,
    destination: peerIs === 'destination' ? flow.peer : flow.local,
    sourcePort: portIs === 'source' ? flow.port : null,
    destinationPort: portIs === 'destination' ? flow.port : null,
    inInterface: SHAPES[flow.direction].hook === 'INPUT' ? (flow.interface ?? null) : null,
    outInterface: SHAPES[flow.direction].hook === 'OUTPUT' ? (flow.interface ?? null) : null,
    side: portIs === 'source' ? ('reply' as const) : ('original' as const),
  }
  const flags = (...list: Packet['tcpFlags'][number][]) => (flow.protocol === 'tcp' ? list : [])
  const first: Packet =
    portIs === 'destination'
      ? { ...base, ctState: 'NEW', tcpFlags: flags('SYN') }
      : { ...base, ctState: 'ESTABLISHED', tcpFlags: flags('SYN', 'ACK') }
  return [first, { ...base, ctState: 'ESTABLISHED', tcpFlags: flags('ACK') }]
}

function hostNet(text: string, flow: BlockedFlow): Net {
  const address = parseAddress(text)
  if (address?.family !== flow.family) throw new RangeError(`no IPv${flow.family} address in ${flow.id}`)
  const mask = flow.family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n
  return { family: flow.family, network: address.value, mask }
}
