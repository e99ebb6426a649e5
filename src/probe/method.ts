import type { Flow } from '../plan.ts'
import type { SkipReason } from './observation.ts'

/** What is known of an end of a flow before anything is sent to it. */
export interface End {
  /** An agent (or the in-process prober) answers there. */
  readonly inspected: boolean
  /** It may use raw sockets: it can send half-open probes, and witness them. */
  readonly raw: boolean
  /** mysqld, mariadbd or garbd runs there. */
  readonly mysqld: boolean
}

/** What the user allows, and knows. */
export interface ProbePolicy {
  readonly allowConnect: boolean
  /** Whether 4567 speaks TLS (PXC 8 does unless told otherwise, MariaDB does not). */
  readonly galeraTls: 'yes' | 'no' | 'unknown'
}

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
  if (!source.inspected) return { kind: 'skip', why: 'source-unreachable' }
  const zeroTouch = source.raw && (target.raw || !target.inspected || listening)
  if (flow.protocol === 'udp') {
    // Never a datagram to Galera's multicast group; this one goes to the node's own address, where nothing is bound.
    return { kind: 'datagram', listen: mayListen(flow, target, listening) && !target.raw }
  }
  if (zeroTouch) return { kind: 'half-open' }
  if (mayListen(flow, target, listening)) return { kind: 'connect', listen: true }
  const { name } = flow.service
  if (!target.inspected) {
    const harmless = !TRANSFER.has(name) && !LIVE.has(name)
    return harmless || allowConnect
      ? { kind: 'connect', listen: false }
      : { kind: 'skip', why: 'target-not-inspected' }
  }
  if (TRANSFER.has(name) && listening) return { kind: 'skip', why: 'transfer-in-progress' }
  if (name === 'galera' && listening && target.mysqld && galeraTls === 'no') return { kind: 'gcomm' }
  if (name === 'mysql' && listening && target.mysqld) return { kind: 'mysql' }
  if (TRANSFER.has(name) || (LIVE.has(name) && !allowConnect)) return { kind: 'skip', why: 'live-service' }
  return { kind: 'connect', listen: false }
}

function mayListen(flow: Flow, target: End, listening: boolean): boolean {
  return target.inspected && !listening && !(isGuarded(flow) && target.mysqld)
}
