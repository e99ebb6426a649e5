import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import type { Flow } from '../plan.ts'
import type { SkipReason } from '../probe/observation.ts'
import type { Account, FlowResult, Hello, RulesetDump } from '../session/messages.ts'

/** What became of the request to listen on one port of a target. */
export interface ListenOutcome {
  readonly opened: boolean
  readonly errno?: string | undefined
}

/** Everything that was seen of one flow, before it is judged. */
export interface FlowEvidence {
  readonly flow: Flow
  readonly skipped: SkipReason | null
  readonly result: FlowResult | null
  /** null: the target's agent was not asked to listen. */
  readonly listen: ListenOutcome | null
}

/** What is known of a node's side of all its flows. */
export interface NodeEvidence {
  readonly name: string
  readonly address: string | null
  readonly hello: Hello | null
  readonly account: Account | null
  /** null: not read. */
  readonly dumps: readonly RulesetDump[] | null
  /** The same after the probes, for the counters; null where nothing was blocked there. */
  readonly dumpsAfter: readonly RulesetDump[] | null
}

/** IPv4 reaches `::` too, unless its owner asked for IPv6 only, which /proc does not tell. */
function anyAddress({ address }: Flow): readonly string[] {
  return address.includes(':') ? ['::'] : ['0.0.0.0', '::']
}

/** Whether something of the node's own listens on the port; null when it could not be inspected. */
export function listensOn(hello: Hello | null, flow: Flow): boolean | null {
  if (hello === null) return null
  const behindNat = !hello.addresses.some(({ address }) => canonicalAddress(address) === flow.address)
  return hello.sockets.some(
    ({ protocol, port, address }) =>
      protocol === flow.protocol &&
      port === flow.port &&
      (address === flow.address ||
        anyAddress(flow).includes(address) ||
        // Which of its addresses stands behind the one that peers use, the host does not know.
        (behindNat && !isLoopback(address))),
  )
}
