import type { ClusterView, NodeView } from '../findings/cluster-view.ts'
import { comparableAddress } from '../inventory/address.ts'
import type { ReportFlow } from '../report/report.ts'
import type { LogEvent, LogPeer } from './log-event.ts'
import { groupEvents, type LogGroup } from './log-groups.ts'
import { LOG_MEANINGS } from './log-meanings.ts'

/** Equal events of one node, the nodes that they name, and the flows that they speak of with what the run found out about these. */
export interface MatchedGroup extends LogGroup {
  readonly node: string
  /** The node at the other end, where it is one of this run. */
  readonly other: string | null
  /** Every flow that the line may speak of; one that names no peer speaks of several. */
  readonly flows: readonly ReportFlow[]
}

/** Groups the events of one node's log and matches them with the flows of the run. */
export function matchLog(node: string, events: readonly LogEvent[], view: ClusterView): MatchedGroup[] {
  return groupEvents(events).map((group) => {
    const ends = endsOf(node, group, view)
    const { flow } = LOG_MEANINGS[group.kind]
    const flows =
      flow === null
        ? []
        : view.flows.filter(
            ({ from, to, service, port }) =>
              (flow.services as readonly string[]).includes(service) &&
              (runs(from, to, ends) || (flow.way === 'both' && runs(to, from, ends))) &&
              // A line about another port than the one probed speaks of another flow.
              ((flow.way !== 'out' && flow.way !== 'both') ||
                group.peer?.port == null ||
                group.peer.port === port),
          )
    return { ...group, node, other: ends.other, flows: ends.known ? flows : [] }
  })
}

const runs = (from: string, to: string, ends: Ends) =>
  (ends.from === null || from === ends.from) && (ends.to === null || to === ends.to)

interface Ends {
  /** null: any node. */
  readonly from: string | null
  readonly to: string | null
  readonly other: string | null
  /** False: it names somebody who is no node of this run. */
  readonly known: boolean
}

function endsOf(node: string, { kind, peer, example }: LogGroup, view: ClusterView): Ends {
  const { uuid, donor, joiner } = example.fields
  const way = LOG_MEANINGS[kind].flow?.way ?? 'out'
  if (way === 'transfer') {
    const [from, to] = [donor, joiner].map((name) => view.nodes.find((each) => isNamed(each, name)))
    return {
      from: from?.name ?? null,
      to: to?.name ?? null,
      other: to?.name === node ? (from?.name ?? null) : (to?.name ?? null),
      known: from !== undefined && to !== undefined,
    }
  }
  const named = view.nodes.find(
    (each) => each.name !== node && (peer ? hasAddress(each, peer, view) : hasUuid(each, uuid)),
  )
  const other = named?.name ?? null
  return {
    from: way === 'in' ? other : node,
    to: way === 'in' ? node : other,
    other,
    known: named !== undefined || (peer === null && uuid === null),
  }
}

function isNamed({ name, settings }: NodeView, said: string | null): boolean {
  return said !== null && (settings?.nodeName?.value ?? name) === said
}

function hasAddress(
  { name, given, address, settings, hello }: NodeView,
  peer: LogPeer,
  { flows }: ClusterView,
): boolean {
  const own = [
    name,
    given,
    address,
    settings?.nodeAddress?.value,
    ...(settings === null
      ? []
      : Object.values(settings.endpoints).map(({ advertised }) => advertised?.value)),
    ...flows.filter(({ to }) => to === name).map((flow) => flow.address),
    ...(hello?.addresses ?? []).map((each) => each.address),
  ]
  const wanted = comparableAddress(peer.address)
  return own.some((each) => each != null && comparableAddress(each) === wanted)
}

/** Galera 4 shortens a UUID to its first and its fourth part, Galera 3 to its first. */
function hasUuid({ settings }: NodeView, said: string | null): boolean {
  const whole = settings?.state?.uuid?.toLowerCase()
  if (whole === undefined || said === null) return false
  const parts = whole.split('-')
  return [whole, `${parts[0]}-${parts[3]}`, parts[0]].includes(said.toLowerCase())
}
