import type { LogKind } from '../galera/log-event.ts'
import type { Reason } from '../reasons.ts'

const REFUSED = /^(refused|tcp-reset-by-firewall|icmp6?-port-unreachable)$/
const REJECTED = /^(icmp(?!6?-port-unreachable)|no-route$|host-absent$)/
const LOST = /^(dropped|reply-lost|no-answer|send-not-permitted|payload-lost|answered-elsewhere)$/

/** Lines that prove that a connection came about: no block of its first packets is their cause. */
const CAME_THROUGH =
  /^(peer-no-greeting|stray-silent|foreign-message|tls-.*|sst-tls-failed|not-in-allowlist|other-group|sst-empty-stream|ist-stray|ist-receiver-crashed|host-blocked)$/

/**
 * Whether a line can come of a flow that is DOWN for this reason; `named`: it names the peer. Where a member that is not named was
 * refused, the flow on which packets are dropped is another one.
 */
export function mayCause(kind: LogKind, reason: Reason, named: boolean): boolean {
  if (CAME_THROUGH.test(kind)) return reason === 'payload-lost'
  if (named) return true
  if (kind === 'connect-refused') return REFUSED.test(reason)
  if (kind === 'connect-no-route') return REJECTED.test(reason)
  if (kind === 'connect-timed-out') return LOST.test(reason)
  return true
}
