import { pathQuality } from '../probe/path-quality.ts'
import { groupBy } from '../report/render/lists.ts'
import type { ReportPath } from '../report/report.ts'
import type { RttPath, RttRequest } from '../session/requests.ts'
import { SessionError } from '../session/session.ts'
import type { JudgedFlow } from './judge-flows.ts'
import type { Member } from './members.ts'

const SAMPLES = 20
const FEWEST_SAMPLES = 10
const INTERVAL_MS = 100
/** Of all sources together; at a round trip of half a second as many stand half open, and no backlog is as small. */
const SYNS_A_SECOND_PER_TARGET = 100
/** No answer of a cluster that works takes longer: Galera's own delay margin is a second. */
const TIMEOUT_MS = 2500

/** A port that answers, and the way to it. */
interface Path extends RttPath {
  readonly from: string
  readonly to: string
}

/**
 * Measures the round trips between all members that have raw sockets and a proven way to a peer: by half-open SYNs, which no
 * service sees. Pairs of which nothing can be told are not in the answer.
 */
export async function measurePaths(
  judged: readonly JudgedFlow[],
  members: ReadonlyMap<string, Member>,
): Promise<ReportPath[]> {
  const paths = pathsToMeasure(judged, members)
  const answers = await Promise.all(
    groupBy(paths, ({ from }) => from).map(async (own) => {
      const request = { paths: own.map(({ id, address, port }) => ({ id, address, port })), ...rate(paths) }
      const answer = await quietly(members.get(own[0]?.from ?? '')?.session?.roundTrips(request))
      // A node is not trusted: it tells of its own paths.
      return answer.filter(({ id }) => own.some((path) => path.id === id))
    }),
  )
  const measured = new Map(answers.flat().map((path) => [path.id, path]))
  return paths.flatMap(({ id, from, to, address, port }) => {
    const { sent = 0, rttsMs = [] } = measured.get(id) ?? {}
    // And of no more answers than packets.
    return sent === 0 ? [] : [{ from, to, address, port, ...pathQuality(sent, rttsMs.slice(0, sent)) }]
  })
}

/** Of each pair the gentlest port: one at which nothing listens, else a service that is always there. */
function pathsToMeasure(judged: readonly JudgedFlow[], members: ReadonlyMap<string, Member>): Path[] {
  const isMember = (name: string) => members.get(name)?.role === 'member'
  const between = judged.filter(({ evidence: { flow } }) => isMember(flow.from) && isMember(flow.to))
  const pairs = groupBy(between, ({ evidence: { flow } }) => `${flow.from}>${flow.to}`)
  return pairs.flatMap((flows) => {
    const [best] = flows.filter(isMeasurable).toSorted((a, b) => rank(a, flows) - rank(b, flows))
    if (best === undefined) return []
    const { from, to, address, port } = best.evidence.flow
    return [{ id: `${from}>${to}`, from, to, address, port }]
  })
}

/** Proven open by a half-open probe that was answered: then twenty more do what that one did. */
function isMeasurable({ evidence: { flow, result }, verdict, listening, rttMs }: JudgedFlow): boolean {
  const open = verdict.status === 'OK' || verdict.status === 'CLOSED'
  // Who waits for a state transfer has a backlog of a few.
  const transfers = flow.service.listens === 'during-transfer' && listening !== false
  return open && result?.method === 'half-open' && rttMs !== null && !transfers
}

/** Group communication decides which address is meant; then silent ports, then mysqld's long backlog. */
function rank({ evidence: { flow }, listening }: JudgedFlow, pair: readonly JudgedFlow[]): number {
  const galera = pair.find((each) => each.evidence.flow.service.name === 'galera')?.evidence.flow.address
  const order = ['ist', 'sst', 'mysql', 'galera'].indexOf(flow.service.name)
  return (
    (flow.address === (galera ?? flow.address) ? 0 : 100) +
    (listening === false ? 0 : 10) +
    (order === -1 ? 9 : order)
  )
}

/** How often, so that no target gets more than it may whatever the size of the cluster. */
function rate(paths: readonly Path[]): Pick<RttRequest, 'samples' | 'intervalMs' | 'timeoutMs'> {
  const sources = Math.max(...groupBy(paths, ({ to }) => to).map((each) => each.length))
  const intervalMs = Math.max(INTERVAL_MS, (sources * 1000) / SYNS_A_SECOND_PER_TARGET)
  const samples = Math.round((SAMPLES * INTERVAL_MS) / intervalMs)
  return { samples: Math.max(FEWEST_SAMPLES, samples), intervalMs, timeoutMs: TIMEOUT_MS }
}

/** A session that broke off only means that nothing is known. */
async function quietly<T>(answer: Promise<T[]> | undefined): Promise<T[]> {
  try {
    return (await answer) ?? []
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    return []
  }
}
