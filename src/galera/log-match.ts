import type { ClusterView, NodeView } from '../findings/cluster-view.ts'
import { flowsBetween, flowsFrom, flowsTo } from '../findings/flows-of.ts'
import { comparableAddress } from '../inventory/address.ts'
import type { ReportFlow } from '../report/report.ts'
import type { LogEvent, LogPeer } from './log-event.ts'
import { groupEvents, type LogGroup } from './log-groups.ts'
import { LOG_MEANINGS, type LogFlow } from './log-meanings.ts'

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
        : candidates(ends, flow.way, view).filter(
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

/** No more of them than need be looked at: a log names as many peers as it likes. */
function candidates({ from, to }: Ends, way: LogFlow['way'], view: ClusterView): readonly ReportFlow[] {
  if (from !== null && to !== null) {
    const back = way === 'both' ? flowsBetween(view, to, from) : []
    return [...flowsBetween(view, from, to), ...back]
  }
  const [one, outward, inward] = from === null ? [to, flowsTo, flowsFrom] : [from, flowsFrom, flowsTo]
  if (one === null) return view.flows
  return way === 'both' ? [...outward(view, one), ...inward(view, one)] : outward(view, one)
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
  const meant = peer === null ? view.nodes.filter((each) => hasUuid(each, uuid)) : nodesAt(peer, view)
  const named = meant.find((each) => each.name !== node)
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

const owners = new WeakMap<ClusterView, ReadonlyMap<string, readonly NodeView[]>>()

/** The nodes that an address or a name may mean, in their order. */
function nodesAt({ address }: LogPeer, view: ClusterView): readonly NodeView[] {
  const known = owners.get(view) ?? nodesByAddress(view)
  owners.set(view, known)
  return known.get(comparableAddress(address)) ?? []
}

function nodesByAddress(view: ClusterView): Map<string, NodeView[]> {
  const found = new Map<string, NodeView[]>()
  for (const node of view.nodes) {
    for (const address of new Set(addressesOf(node, view))) {
      const nodes = found.get(address)
      if (nodes === undefined) found.set(address, [node])
      else nodes.push(node)
    }
  }
  return found
}

function addressesOf({ name, given, address, settings, hello }: NodeView, view: ClusterView): string[] {
  const own = [
    name,
    given,
    address,
    settings?.nodeAddress?.value,
    ...(settings === null
      ? []
      : Object.values(settings.endpoints).map(({ advertised }) => advertised?.value)),
    ...new Set(flowsTo(view, name).map((flow) => flow.address)),
    ...(hello?.addresses ?? []).map((each) => each.address),
  ]
  return own.flatMap((each) => (each == null ? [] : comparableAddress(each)))
}

/** Galera 4 shortens a UUID to its first and its fourth part, Galera 3 to its first. */
function hasUuid({ settings }: NodeView, said: string | null): boolean {
  const whole = settings?.state?.uuid?.toLowerCase()
  if (whole === undefined || said === null) return false
  const parts = whole.split('-')
  return [whole, `${parts[0]}-${parts[3]}`, parts[0]].includes(said.toLowerCase())
}
