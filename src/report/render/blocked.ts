import type { BlockedAt } from '../../verdict.ts'
import type { BlockedBy, Report, ReportFlow } from '../report.ts'
import { isUnreachable } from '../status.ts'
import { type Absence, APART, absenceOf, absentee } from './absent.ts'
import { byEqualPorts, groupBy, nameList, portList, unique } from './lists.ts'
import type { Note } from './note.ts'
import { neededOnly } from './optional.ts'
import { ruleText } from './rule-text.ts'
import { REASON_TEXTS, type Where } from './text.ts'

type Place = BlockedAt | 'unknown'

/** The end of a flow whose nodes are told in one sentence, with the other end as its subject. */
const MANY: Readonly<Record<Place, 'from' | 'to'>> = {
  source: 'to',
  network: 'to',
  target: 'from',
  reply: 'from',
  unknown: 'from',
}

interface Blocked {
  readonly where: Where
  readonly reason: string
  /** `2 of 2 peers (n1, n3)`: the many end. */
  readonly peers: string
  readonly rule: string | null
}

const SENTENCES: Readonly<Record<Place, (blocked: Blocked) => string>> = {
  source: ({ where, peers, rule, reason }) =>
    `${where.from} cannot send on ${where.ports} to ${peers}${rule === null ? `: ${reason}` : `, blocked by ${rule}`}`,
  network: ({ where, peers, reason }) =>
    `Lost on the way from ${where.from} to ${peers}: ${where.ports} (${reason}); neither host blocks it`,
  target: ({ where, peers, rule, reason }) =>
    `${where.to} is blocked on ${where.ports} from ${peers}${rule === null ? `: ${reason}` : ` by ${rule}`}`,
  reply: ({ where, peers, rule, reason }) =>
    `the answers of ${where.to} on ${where.ports} do not get back to ${peers}${rule === null ? `: ${reason}` : `, blocked by ${rule}`}`,
  unknown: ({ where, peers, reason }) =>
    `${where.to} is not reached on ${where.ports} from ${peers}: ${reason}`,
}

/** What is DOWN, one note per cause. */
export function blockedNotes(down: readonly ReportFlow[], report: Report): Note[] {
  const order = report.nodes.map(({ name }) => name)
  const absence = absenceOf(report)
  const rest = down.filter((flow) => absentee(flow, absence) === null)
  const groups = groupBy(rest, placeAndCause).toSorted(
    ([a], [b]) => order.indexOf(subjectOf(a)) - order.indexOf(subjectOf(b)),
  )
  return [
    ...absentNotes(down, absence, report),
    ...groups.flatMap((group) => {
      const place = placeOf(group[0])
      return byEqualPorts(group, MANY[place]).map((flows) => blockedNote(place, flows, report))
    }),
  ]
}

/** A host that is not there takes all its flows with it, whichever way: it is told once, with its own error. */
function absentNotes(down: readonly ReportFlow[], absence: Absence, report: Report): Note[] {
  const told = new Set(down.map((flow) => absentee(flow, absence)))
  const apart: Note = {
    text: `${nameList(absence.apart)} do not find each other: nothing answers their ARP/neighbour discovery.`,
    next: 'Look at what is between them: switch, VLAN, bridge; then at the interface and the netmask of each.',
  }
  const off = [...absence.off.keys()].filter((name) => told.has(name))
  return [...off.map((name) => offNote(name, absence, report)), ...(told.has(APART) ? [apart] : [])]
}

function offNote(name: string, { off }: Absence, { nodes, flows }: Report): Note {
  const to = flows.filter((flow) => flow.to === name && flow.reason === 'host-absent')
  const address = nameList(unique(to.map((flow) => flow.address)))
  const node = nodes.find((each) => each.name === name)
  const silent = node !== undefined && isUnreachable(node)
  const code = silent && node.error !== undefined ? ` [${node.error.code}]` : ''
  return {
    text: `${name} is off or unplugged: nothing answers ARP/neighbour discovery for ${address} (seen from ${nameList(off.get(name) ?? [])}).${silent ? ` So it could not be inspected.${code}` : ''}`,
    next: `Look at ${name} itself: power, cable, interface, and whether ${address} is its address.`,
  }
}

function blockedNote(place: Place, flows: readonly ReportFlow[], report: Report): Note {
  const [flow] = flows
  if (flow === undefined) return { text: '' }
  const by = flow.blockedBy
  const where: Where = {
    status: flows[0]?.status ?? 'UNKNOWN',
    from: nameList(
      inOrder(
        flows.map(({ from }) => from),
        report,
      ),
    ),
    to: nameList(
      inOrder(
        flows.map(({ to }) => to),
        report,
      ),
    ),
    ports: portList(flows),
  }
  const subject = subjectOf(flow)
  const rule = by === undefined ? null : ruleName(by, subject)
  const text = SENTENCES[place]({
    where,
    reason: REASON_TEXTS[flow.reason].short,
    peers: peersOf(flows, MANY[place], report),
    rule,
  })
  const optional = flows.some(({ required }) => required) ? '' : ` Needed only ${neededOnly(flow)}.`
  return {
    text: by === undefined ? `${text}.` : `${text}:`,
    ...(by !== undefined && { verbatim: ruleText(by) }),
    next: nextStep(place, flows, where, report) + optional,
  }
}

function nextStep(place: Place, flows: readonly ReportFlow[], where: Where, report: Report): string {
  const fixed = report.fixes.filter(
    ({ opens, commands }) => commands.length > 0 && flows.some(({ id }) => opens.includes(id)),
  )
  const nodes = nameList(
    inOrder(
      fixed.map(({ node }) => node),
      report,
    ),
  )
  if (place === 'network') {
    const cloud = fixed.length > 0 ? ` If it is the cloud's own rules, paste its commands for ${nodes}.` : ''
    return `Give the block below to the network team; no command on the nodes opens this.${cloud}`
  }
  if (fixed.length > 0) return `Paste the commands for ${nodes}, below.`
  const reason = flows[0]?.reason
  return reason === undefined ? '' : REASON_TEXTS[reason].next(where)
}

function peersOf(flows: readonly ReportFlow[], end: 'from' | 'to', report: Report): string {
  const fixedEnd = end === 'from' ? 'to' : 'from'
  const subject = flows[0]?.[fixedEnd]
  const names = inOrder(
    flows.map((flow) => flow[end]),
    report,
  )
  const all = unique(report.flows.filter((flow) => flow[fixedEnd] === subject).map((flow) => flow[end]))
  return `${names.length} of ${all.length} ${all.length === 1 ? 'peer' : 'peers'} (${nameList(names)})`
}

/** Each once, in the order of the nodes. */
function inOrder(names: readonly string[], { nodes }: Report): string[] {
  const order = nodes.map(({ name }) => name)
  return unique(names).toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
}

function ruleName({ node, table, chain, position }: BlockedBy, subject: string): string {
  const owner = node === subject ? 'its own' : `the`
  const rule = position === null ? `${chain} policy` : `${chain} rule ${position}`
  const inTable = table === 'filter' ? '' : ` in ${table}`
  return `${owner} ${rule}${inTable}${node === subject ? '' : ` of ${node}`}`
}

/** A host that is not there is nobody's firewall: it has its own next step, and no network team to ask first. */
export function placeOf(flow: ReportFlow | undefined): Place {
  return flow?.reason === 'host-absent' ? 'unknown' : (flow?.blockedAt ?? 'unknown')
}

/** The node that the sentence is about. */
function subjectOf(flow: ReportFlow | undefined): string {
  return (MANY[placeOf(flow)] === 'to' ? flow?.from : flow?.to) ?? ''
}

function placeAndCause(flow: ReportFlow): string {
  const place = placeOf(flow)
  const by = flow.blockedBy
  const subject = subjectOf(flow)
  const cause = by === undefined ? [flow.reason] : [by.node, by.table, by.chain, by.position, by.rule]
  return JSON.stringify([place, subject, ...cause])
}
