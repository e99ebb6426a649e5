import type { Flow } from '../plan.ts'
import type { SkipReason } from './observation.ts'

/** What is known of an end of a flow before anything is sent to it. */
export interface End {
  /** An agent or the in-process prober can send from there. */
  readonly sends: boolean
  /** An agent answers there: it knows the host's sockets, can listen, and can hold more than a bare connect's talk. */
  readonly inspected: boolean
  /** It may use raw sockets: it can send half-open probes, and witness them. */
  readonly raw: boolean
  /** mysqld, mariadbd or garbd runs there. */
  readonly mysqld: boolean
}

/** What the user allows, and knows. */
export interface ProbePolicy {
  readonly allowConnect: boolean
  /** Whether the target's 4567 speaks TLS (PXC 8 does unless told otherwise, MariaDB does not). */
  readonly galeraTls: GaleraTls
}

export type GaleraTls = 'yes' | 'no' | 'unknown'

export type ProbeChoice =
  | { readonly kind: 'skip'; readonly why: SkipReason }
  /** A hand-made SYN: no connection completes, whatever stands there. */
  | { readonly kind: 'half-open' }
  | { readonly kind: 'datagram'; readonly listen: boolean }
  /** A login that the server refuses: where mysqld is live. */
  | { readonly kind: 'mysql' }
  /** The half-close, where Galera is known to speak plaintext. */
  | { readonly kind: 'gcomm' }
  /** connect(2); with `listen`, to a temporary listener of the target's agent that echoes. */
  | { readonly kind: 'connect'; readonly listen: boolean }

/** Services whose listener is a state transfer: one connect kills it. */
const TRANSFER = new Set(['sst', 'ist'])
/** Services of a live mysqld: a bare connect is counted, logged, or leaks a descriptor. */
const LIVE = new Set(['mysql', 'galera'])

/** A port that mysqld may want at any moment: held only while it is stopped, and released when it starts. */
export function isGuarded(flow: Flow): boolean {
  return TRANSFER.has(flow.service.name) || LIVE.has(flow.service.name) || flow.service.name === 'galera-udp'
}

/**
 * The gentlest probe that can tell, by what stands at the far end. This is the probe-safety table: what is not allowed
 * here is never sent.
 */
export function chooseProbe(
  flow: Flow,
  source: End,
  target: End,
  listening: boolean,
  { allowConnect, galeraTls }: ProbePolicy,
): ProbeChoice {
  if (!source.sends) return { kind: 'skip', why: 'source-unreachable' }
  const zeroTouch = source.raw && (target.raw || !target.inspected || listening)
  if (flow.protocol === 'udp') {
    // Never a datagram to Galera's multicast group; this one goes to the node's own address, where nothing is bound.
    return { kind: 'datagram', listen: mayListen(flow, target, listening) && !target.raw }
  }
  if (zeroTouch) return { kind: 'half-open' }
  if (mayListen(flow, target, listening)) return { kind: 'connect', listen: true }
  const { name } = flow.service
  const gentle = source.inspected
    ? gentleProbe(name, listening && target.mysqld, allowConnect, target, galeraTls)
    : null
  if (gentle !== null) return gentle
  if (!target.inspected) {
    // Live services are left alone whatever is allowed: each bare connect is counted, or leaks a descriptor.
    const allowed = TRANSFER.has(name) ? allowConnect : !LIVE.has(name)
    return allowed ? { kind: 'connect', listen: false } : { kind: 'skip', why: 'target-not-inspected' }
  }
  if (TRANSFER.has(name) && listening) return { kind: 'skip', why: 'transfer-in-progress' }
  if (isGuarded(flow)) return { kind: 'skip', why: 'live-service' }
  return { kind: 'connect', listen: false }
}

/** How a live service may be talked to: an exchange that it does not mind, carried through to its end. */
function gentleProbe(
  name: string,
  live: boolean,
  allowConnect: boolean,
  target: End,
  galeraTls: GaleraTls,
): ProbeChoice | null {
  const here = live || (!target.inspected && allowConnect)
  if (name === 'galera' && here && galeraTls === 'no') return { kind: 'gcomm' }
  return name === 'mysql' && here ? { kind: 'mysql' } : null
}

function mayListen(flow: Flow, target: End, listening: boolean): boolean {
  return target.inspected && !listening && !(isGuarded(flow) && target.mysqld)
}
