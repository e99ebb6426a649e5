import type { Reason } from '../../reasons.ts'
import type { Report, ReportFlow } from '../report.ts'
import { unique } from './lists.ts'

/** Hosts that nobody finds on the link. */
export interface Absence {
  /** Off or unplugged, with who looked for it, in the order of the nodes. */
  readonly off: ReadonlyMap<string, readonly string[]>
  /** They miss one another, and nobody else finds them: which of them is to blame is not known. */
  readonly apart: readonly string[]
}

/** What a host without its link says of its own attempts. */
const OWN_FAULT: ReadonlySet<Reason> = new Set(['host-absent', 'no-route'])

/**
 * A node is absent when nobody who looked for it found it, and somebody got no answer to ARP or neighbour discovery. Who is
 * absent himself is no witness: a host with its cable out misses all others.
 */
export function absenceOf({ nodes, flows }: Pick<Report, 'nodes' | 'flows'>): Absence {
  const missedBy = new Map<string, Set<string>>()
  for (const { from, to, reason } of flows) {
    if (reason === 'host-absent') missedBy.set(to, (missedBy.get(to) ?? new Set()).add(from))
  }
  // What came as far as the other host's firewall went over the links of both.
  for (const { from, to, status, blockedAt } of flows) {
    if (status === 'OK' || status === 'CLOSED' || blockedAt === 'target' || blockedAt === 'reply') {
      missedBy.delete(from)
      missedBy.delete(to)
    }
  }
  const order = unique([...nodes.map(({ name }) => name), ...flows.map(({ from }) => from)])
  const off = new Map<string, readonly string[]>()
  const apart: string[] = []
  for (const name of order) {
    const missed = missedBy.get(name)
    if (missed === undefined) continue
    const witnesses = order.filter((from) => missed.has(from) && !missedBy.has(from))
    if (witnesses.length > 0) off.set(name, witnesses)
    else apart.push(name)
  }
  return { off, apart }
}

/** No name of a node. */
export const APART = Symbol('apart')

/** Whose absence the flow is DOWN by, APART where each misses each; null when it is another story. */
export function absentee(
  { from, to, reason }: ReportFlow,
  { off, apart }: Absence,
): string | typeof APART | null {
  if (reason === 'host-absent' && off.has(to)) return to
  if (OWN_FAULT.has(reason) && off.has(from)) return from
  return reason === 'host-absent' && apart.includes(to) ? APART : null
}
