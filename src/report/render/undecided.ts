import type { Reason } from '../../reasons.ts'
import { shellQuote } from '../../terminal/shell-quote.ts'
import type { Finding, Report, ReportFlow, ReportNode, Severity } from '../report.ts'
import { isUnreachable } from '../status.ts'
import { absenceOf, absentee } from './absent.ts'
import { byEqualPorts, count, groupBy, nameList, portList, unique } from './lists.ts'
import type { Note } from './note.ts'
import { REASON_TEXTS, type Where } from './text.ts'

/** A node that ran no command for us: its error, and how to see it by hand where the way to it is what failed. */
export function unreachableNote({ name, address, via, error }: ReportNode): Note {
  const who = name === address ? name : `${name} (${address})`
  const why = error === undefined ? '.' : `: ${sentence(error.message)}`
  const code = error === undefined ? '' : ` [${error.code}]`
  const meanwhile = 'Flows from it are not probed, flows to it are seen from outside only.'
  const wayFailed = error === undefined || /^(ssh|prefix)-/.test(error.code)
  const byHand = wayFailed ? tryByHand(name, address, via) : null
  return {
    text: `${who} could not be inspected${why} ${meanwhile}${code}`,
    ...(byHand !== null && { next: `Try by hand: ${byHand}` }),
  }
}

/** The nodes that ran no command, but for those whose absence is told with what is DOWN. */
export function notInspectedNotes(report: Report, down: readonly ReportFlow[]): Note[] {
  const absence = absenceOf(report)
  const told = new Set(down.map((flow) => absentee(flow, absence)))
  return report.nodes.filter((node) => isUnreachable(node) && !told.has(node.name)).map(unreachableNote)
}

/** Reasons that the target's own account of the packet would settle. */
const UNWITNESSED: ReadonlySet<Reason> = new Set([
  'live-service',
  'target-not-inspected',
  'no-answer',
  'refused',
  'icmp-port-unreachable',
  'icmp6-port-unreachable',
])

/**
 * What could not be told, one note per cause. With the report it knows who lacks root and who is not reached, and leaves out
 * what is told of a node that is not there; without, a flow speaks for itself.
 */
export function unknownNotes(
  flows: readonly ReportFlow[],
  report: Pick<Report, 'nodes' | 'flows'> = { nodes: [], flows: [] },
): Note[] {
  const nodes = new Map(report.nodes.map((node) => [node.name, node]))
  const { off } = absenceOf(report)
  const silent = (name: string) => {
    const node = nodes.get(name)
    return node !== undefined && isUnreachable(node)
  }
  const left = flows.filter(
    ({ from, to, reason }) =>
      !off.has(from) && !off.has(to) && !(reason === 'source-unreachable' && silent(from)),
  )
  const isReached = ({ to, listening }: ReportFlow) => nodes.get(to)?.reachable ?? listening !== null
  const isPowerless = (name: string) => {
    const node = nodes.get(name)
    return node?.reachable === true && !node.privileged
  }
  const causeOf = (flow: ReportFlow): 'root' | 'commands' | 'other' => {
    if (!UNWITNESSED.has(flow.reason)) return 'other'
    if (!isReached(flow)) return 'commands'
    return nodes.size === 0 || isPowerless(flow.from) || isPowerless(flow.to) ? 'root' : 'other'
  }
  const by = (cause: ReturnType<typeof causeOf>) => left.filter((flow) => causeOf(flow) === cause)
  const powerless = report.nodes.map(({ name }) => name).filter(isPowerless)
  return [...rootNotes(by('root'), powerless), ...commandNotes(by('commands')), ...otherNotes(by('other'))]
}

/** Ports of a live mysqld, which nothing but a hand-made packet may touch. */
const LIVE: ReadonlySet<string> = new Set(['mysql', 'galera', 'ist', 'sst', 'galera-udp'])

function rootNotes(flows: readonly ReportFlow[], powerless: readonly string[]): Note[] {
  if (flows.length === 0) return []
  const ends = new Set(flows.flatMap(({ from, to }) => [from, to]))
  const names = powerless.filter((name) => ends.has(name))
  const without = names.length === 0 ? 'without root' : `without root on ${nameList(names)}`
  const live = flows.every(({ service }) => LIVE.has(service)) ? ' to live services' : ''
  const portsOf = (name: string) =>
    portList(flows.filter(({ service, reason }) => service === name && reason === 'live-service'))
  const [mysql, galera] = [portsOf('mysql'), portsOf('galera')]
  const others = [
    ...(mysql === '' ? [] : [`--mysql-defaults-file FILE for ${mysql}`]),
    ...(galera === '' ? [] : [`--galera-tls no for a ${galera} without TLS`]),
  ]
  return [
    {
      text: `UNKNOWN: ${without}, ${count(flows.length, 'flow')}${live} cannot be told open from blocked (${portList(flows)}).`,
      next: `Add --become (sudo -n)${others.length === 0 ? '' : `; or ${others.join(' and ')}`}.`,
    },
  ]
}

function commandNotes(flows: readonly ReportFlow[]): Note[] {
  if (flows.length === 0) return []
  const targets = unique(flows.map(({ to }) => to))
  const to = nameList(targets)
  // A bare connect to Galera is not allowed by it: see chooseProbe.
  const connects = portList(
    flows.filter(({ reason, service }) => reason === 'target-not-inspected' && service !== 'galera'),
  )
  const allow =
    connects === ''
      ? ''
      : `; or allow connects to ${connects} with --allow-connect while no state transfer runs`
  return [
    {
      text: `UNKNOWN: without commands on ${to}, ${count(flows.length, 'flow')} to ${targets.length === 1 ? 'it' : 'them'} cannot be told open from blocked (${portList(flows)}).`,
      next: `Make ${to} reachable for commands${allow}.`,
    },
  ]
}

/** One note per reason and node. */
function otherNotes(flows: readonly ReportFlow[]): Note[] {
  return groupBy(flows, (flow) =>
    JSON.stringify([flow.reason, isAtSource(flow) ? flow.from : flow.to, doubtOf(flow)]),
  ).flatMap((group) =>
    byEqualPorts(group, group[0] && isAtSource(group[0]) ? 'to' : 'from').map((same) => {
      const reason = REASON_TEXTS[same[0]?.reason ?? 'not-probed']
      const where = whereOf(same)
      const doubt = same[0] ? doubtOf(same[0]) : null
      return {
        text: `UNKNOWN: ${reason.sentence(where)}${doubt === null ? '.' : `; ${doubt.node} has:`}`,
        ...(doubt !== null && { verbatim: doubt.rule }),
        next: reason.next(where),
      }
    }),
  )
}

/** Whether it is the source that leaves the flow open. */
function isAtSource({ reason }: ReportFlow): boolean {
  return reason === 'source-unreachable' || reason === 'source-rules-missing'
}

/** The first rule that leaves the flow open, and whose it is. */
function doubtOf({ observations }: ReportFlow): { node: string; rule: string } | null {
  const open = observations.find((o) => o.kind === 'rules' && o.fate === 'unknown')
  const rule = open?.kind === 'rules' ? open.doubts[0] : undefined
  return open?.kind === 'rules' && rule !== undefined ? { node: open.node, rule } : null
}

/** Open, but nobody at home: one note for all nodes that lack the same listeners. */
export function closedNotes(flows: readonly ReportFlow[]): Note[] {
  const isPmm = ({ service }: ReportFlow) => service.startsWith('pmm-')
  const notes = (some: readonly ReportFlow[], next: string) =>
    byEqualPorts(some, 'to').map((same) => {
      const { from, to, ports } = whereOf(same)
      return {
        text: `CLOSED: nothing listens on ${ports} of ${to} (seen from ${from}); the path is open.`,
        next,
      }
    })
  return [
    ...notes(
      flows.filter((flow) => !isPmm(flow)),
      'Start mysqld there; before that it is fine (a failure only with --require-listening).',
    ),
    ...notes(
      flows.filter(({ service }) => service === 'pmm-server'),
      'Start the PMM server there.',
    ),
    ...notes(
      flows.filter((flow) => isPmm(flow) && flow.service !== 'pmm-server'),
      'Start the exporters there: pmm-admin list shows them.',
    ),
  ]
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info']

export function findingNotes(findings: readonly Finding[]): Note[] {
  return SEVERITIES.flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map(({ code, node, message }) => ({
        text: `${severity.toUpperCase()}${node === undefined ? '' : ` on ${node}`}: ${message} [${code}]`,
      })),
  )
}

function whereOf(flows: readonly ReportFlow[]): Where {
  return {
    status: flows[0]?.status ?? 'UNKNOWN',
    from: nameList(unique(flows.map(({ from }) => from))),
    to: nameList(unique(flows.map(({ to }) => to))),
    ports: portList(flows),
  }
}

function tryByHand(name: string, address: string, via: string): string | null {
  if (via === 'ssh') return `ssh ${shellQuote(address)} true`
  if (via === 'local' || via === 'none') return null
  const filled = via.replace(/\{(name|address)\}/g, (_, key) => shellQuote(key === 'name' ? name : address))
  return `${filled} true`
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
