import type { NodeClock } from '../findings/clock-drift.ts'
import { clockOffset } from '../probe/clock-offset.ts'
import { SessionError } from '../session/session.ts'
import type { Environment } from './environment.ts'
import type { Member } from './members.ts'

/** Of so many readings of a node's clock the one with the shortest round trip is kept. */
const READINGS = 4

/**
 * Reads the clocks of all cluster nodes that have a session, beside whatever else is asked of them. The function returned ends
 * this and gives what is known by then: nobody waits for a clock.
 */
export function readClocks(members: readonly Member[], environment: Environment): () => NodeClock[] {
  const best = new Map<string, NodeClock>()
  let ended = false
  const read = async ({ name, session }: Member) => {
    for (let reading = 0; session !== null && reading < READINGS && !ended; reading++) {
      const askedMs = environment.monotonic()
      const offset = clockOffset({ ...(await session.clock()), askedMs, heardMs: environment.monotonic() })
      const known = best.get(name)
      if (offset !== null && (known === undefined || offset.errorMs < known.errorMs)) {
        best.set(name, { node: name, ...offset })
      }
    }
  }
  for (const member of members.filter(({ isTarget, role }) => isTarget && role === 'member')) {
    read(member).catch((error: unknown) => {
      // The session broke off, which its probes tell, or was closed before the clock was heard.
      if (!(error instanceof SessionError)) throw error
    })
  }
  return () => {
    ended = true
    return members.flatMap(({ name }) => best.get(name) ?? [])
  }
}
