import type { Options } from '../options.ts'
import type { PmmAnswers } from '../pmm/answers.ts'
import { describePmm, type PmmServer } from '../pmm/describe.ts'
import type { Exporter } from '../pmm/endpoints.ts'
import type { PmmTarget } from '../pmm/requests.ts'
import { type PmmMember, type PmmView, viewOf } from '../pmm/view.ts'
import type { ReportFlow } from '../report/report.ts'
import type { ReportPmm } from '../report/report-pmm.ts'
import { pmmServices } from '../services.ts'
import type { Environment } from './environment.ts'
import type { JudgedFlow } from './judge-flows.ts'
import type { Member } from './members.ts'

/** Whom and what a run asks about PMM; null where nothing is to be asked. */
export interface PmmPlan {
  readonly server: PmmServer
  readonly target: PmmTarget
  readonly exporters: readonly Exporter[]
}

export function planPmm(
  options: Options,
  members: readonly Member[],
  environment: Environment,
): PmmPlan | null {
  const { pmm, pmmKind: kind, services } = options
  const port = services.find(({ name }) => name === 'pmm-server')?.port
  const member = members.find(({ role }) => role === 'pmm')
  if (pmm === null || port === undefined || !member?.address) return null
  const { name, address } = member
  const planned = services.filter(({ route }) => route === 'pmm-to-member')
  const usual = pmmServices(port, 'pull').filter(({ route }) => route === 'pmm-to-member')
  return {
    server: { name, address, port, kind, ntpServer: options.ntp },
    target: {
      address,
      port,
      host: pmm.address,
      kind,
      account: environment.pmmAccount,
      insecure: options.pmmInsecureTls,
    },
    exporters: kind === 'push' || kind === '2' || kind === '3' ? usual : planned,
  }
}

/** The answers of a run, read: pure. */
export interface PmmFacts {
  readonly view: PmmView
  /** By node, the exporters that nobody connects to. */
  pushes(node: string): boolean
  /** Nodes whose exporters the server fetches from. */
  readonly pulled: ReadonlySet<string>
  report(flows: readonly ReportFlow[]): ReportPmm
}

export function readPmm(plan: PmmPlan, answers: PmmAnswers, members: readonly Member[]): PmmFacts {
  const nodes = members.filter(({ role, isTarget }) => role === 'member' && isTarget).map(pmmMember)
  const view = viewOf(answers, plan.server.kind, nodes)
  return {
    view,
    pushes: (node) => view.modes.get(node) === 'push',
    pulled: new Set([...view.modes].flatMap(([node, mode]) => (mode === 'pull' ? [node] : []))),
    report: (flows) => describePmm(plan.server, view, answers, nodes, plan.exporters, flows),
  }
}

function pmmMember({ name, address, given, hello }: Member): PmmMember {
  const own = hello === null ? [] : [hello.hostname, ...hello.addresses.map((each) => each.address)]
  const names = [name, given, address ?? given, ...own].filter((each) => !isLocal(each))
  return { name, address: address ?? given, names }
}

/** Every host has these, and a server that fetches from itself names them too. */
function isLocal(name: string): boolean {
  return /^(localhost|127\.|::1$)/i.test(name)
}

/**
 * A server that fetches metrics says itself that its path is open, where nothing else told: nobody may log in to it, or no
 * probe could be sent. Its connection may have stood before, so it proves nothing against rules that block a new one.
 */
export function judgeScraped(judged: JudgedFlow, facts: PmmFacts): JudgedFlow {
  const { verdict, evidence } = judged
  const { service, to } = evidence.flow
  if (service.route !== 'pmm-to-member' || verdict.status !== 'UNKNOWN') return judged
  const up = facts.view.targets?.get(to)?.some(({ port, health }) => port === service.port && health === 'up')
  if (!up) return judged
  return { ...judged, verdict: { status: 'OK', reason: 'scraped', blockedAt: null, proof: 'answer' } }
}
