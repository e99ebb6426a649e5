import { networkInterfaces } from 'node:os'
import pLimit from 'p-limit'
import type { AttemptResult, FlowResult } from '../session/messages.ts'
import type { ProbeRequest } from '../session/requests.ts'
import { refusedByRouting } from './route.ts'
import { probeTcp } from './tcp.ts'
import { probeUdp } from './udp.ts'

/** A Linux target sends one peer at most 6 ICMP errors at once (net.ipv4.icmp_ratelimit): no more probes at a time. */
const PROBES_AT_A_TIME = 6
/** A silent probe is tried again, alone and later, before it is believed. */
const TRIES = 2

export interface AttemptOptions {
  readonly secret: string
  readonly timeoutMs: number
  readonly echo: boolean
  readonly signal: AbortSignal
}

/** What one attempt brought, before it is numbered and dated. */
export type AttemptOutcome = Omit<AttemptResult, 'attempt' | 'atMs'>

/**
 * Probes from this process, where no agent can run: node:net and node:dgram. It sees an errno and no more: no ICMP
 * sender, no witness. Flows are reported through `onFlow` as they are settled.
 */
export async function probeInProcess(
  requests: readonly ProbeRequest[],
  options: Omit<AttemptOptions, 'echo'>,
  onFlow: (flow: FlowResult) => void,
): Promise<void> {
  const startedAt = performance.now()
  const limits = new Map<string, ReturnType<typeof pLimit>>()
  const limitFor = (address: string) => {
    const limit = limits.get(address) ?? pLimit(PROBES_AT_A_TIME)
    limits.set(address, limit)
    return limit
  }
  await Promise.all(
    requests.map((request) =>
      limitFor(request.address)(async () => {
        const attempts: AttemptResult[] = []
        while (attempts.length < TRIES && !options.signal.aborted) {
          const atMs = performance.now() - startedAt
          const outcome = await attempt(request, { ...options, echo: request.echo })
          attempts.push({ attempt: attempts.length + 1, atMs, ...outcome })
          if (outcome.outcome !== 'silence') break
        }
        onFlow({ type: 'flow', id: request.id, method: request.method, attempts })
      }),
    ),
  )
}

async function attempt(request: ProbeRequest, options: AttemptOptions): Promise<AttemptOutcome> {
  // An exchange that must be carried through is the agent's: a bare connect in its place would do harm.
  if (request.method !== 'connect' && request.method !== 'datagram') {
    return { outcome: 'errno', errno: 'EOPNOTSUPP', sourceAddress: null, sourcePort: null }
  }
  const errno = await refusedByRouting(request.address)
  if (errno !== null) return { outcome: 'not-sent', errno, sourceAddress: null, sourcePort: null }
  return request.method === 'datagram' ? probeUdp(request, options) : probeTcp(request, options)
}

/** Every address of this host: a node with one of them needs no ssh. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
}
