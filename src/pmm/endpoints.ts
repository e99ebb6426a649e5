import type { ReportFlow } from '../report/report.ts'
import type { EndpointReason, PmmEndpoint } from '../report/report-pmm.ts'
import type { PmmMode } from '../services.ts'
import { exporterKind, type NodeAnswers } from './answers.ts'
import type { Target } from './targets.ts'
import type { PmmMember } from './view.ts'

export interface Exporter {
  /** Of the catalogue. */
  readonly name: string
  readonly port: number
}

const TYPES: Readonly<Record<string, string>> = { 'pmm-linux': 'linux:metrics', 'pmm-mysql': 'mysql:metrics' }

/** The rows of a node: its exporters of the catalogue, then whatever else the server fetches from it. */
export function describeEndpoints(
  member: PmmMember,
  mode: PmmMode,
  exporters: readonly Exporter[],
  { http }: Pick<NodeAnswers, 'http'>,
  targets: readonly Target[],
  flows: readonly ReportFlow[],
): PmmEndpoint[] {
  const known = exporters.map((exporter): PmmEndpoint => {
    const { name, port } = exporter
    const flow = flows.find(({ to, service }) => to === member.name && service === name)
    const target = targets.find((each) => each.port === port)
    const kind = exporterKind(name, http)
    return {
      type: TYPES[name] ?? name,
      name: target?.name ?? member.name,
      address: member.address,
      port,
      ...judge(mode, flow, target, kind.tls),
      flow: flow?.id ?? null,
      tls: kind.tls,
      password: kind.password,
      ...said(target),
    }
  })
  const others = targets
    .filter(({ port }) => !exporters.some((each) => each.port === port))
    .map(
      (target): PmmEndpoint => ({
        type: target.job,
        name: target.name ?? member.name,
        address: member.address,
        port: target.port,
        ...judge(mode, undefined, target, null),
        flow: null,
        tls: target.tls,
        password: null,
        ...said(target),
      }),
    )
  return [...known, ...others]
}

function said(target: Target | undefined): Pick<PmmEndpoint, 'health' | 'lastError'> {
  return {
    health: target?.health ?? null,
    ...(target?.lastError ? { lastError: target.lastError.slice(0, 300) } : {}),
  }
}

type Judgement = Pick<PmmEndpoint, 'status' | 'reason'>

function judge(
  mode: PmmMode,
  flow: ReportFlow | undefined,
  target: Target | undefined,
  speaksTls: boolean | null,
): Judgement {
  if (mode === 'push') return { status: 'PUSH', reason: 'pushed' }
  // A connection that the server keeps open may outlive the rule that would let no new one in.
  if (flow?.status === 'DOWN') return { status: 'DOWN', reason: 'blocked' }
  if (target?.health === 'up') return { status: 'OK', reason: 'scraped' }
  if (flow?.status === 'CLOSED') return { status: 'CLOSED', reason: 'nothing-listens' }
  if (target?.health === 'down') return { status: 'DOWN', reason: failureOf(target, speaksTls) }
  return flow?.status === 'OK' ? { status: 'OK', reason: 'open' } : { status: 'UNKNOWN', reason: 'not-known' }
}

/** By what Prometheus and VictoriaMetrics write of a try that failed; to one in clear an exporter with TLS answers 400 and no more. */
function failureOf({ lastError, tls }: Target, speaksTls: boolean | null): EndpointReason {
  if (speaksTls !== null && speaksTls !== tls) return 'exporter-tls'
  if (/\b(401|403)\b|unauthorized/i.test(lastError)) return 'exporter-password'
  return /x509|tls|certificate|HTTPS/i.test(lastError) ? 'exporter-tls' : 'exporter-fails'
}
