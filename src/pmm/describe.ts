import type { PmmKind } from '../inventory/pmm.ts'
import type { ReportFlow } from '../report/report.ts'
import type { PmmCertificate, PmmClock, ReportPmm, ReportPmmNode } from '../report/report-pmm.ts'
import type { HttpResult } from '../session/messages.ts'
import type { NodeAnswers, PmmAnswers } from './answers.ts'
import { describeApis } from './apis.ts'
import { readPmmClocks } from './clock.ts'
import { describeEndpoints, type Exporter } from './endpoints.ts'
import { API_PATHS } from './requests.ts'
import type { PmmMember, PmmView } from './view.ts'

export interface PmmServer {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly kind: PmmKind
  readonly ntpServer: string | null
}

/** The `pmm` part of the report. */
export function describePmm(
  server: PmmServer,
  view: PmmView,
  answers: PmmAnswers,
  members: readonly PmmMember[],
  exporters: readonly Exporter[],
  flows: readonly ReportFlow[],
): ReportPmm {
  const { name, address, port, ntpServer } = server
  return {
    server: name,
    address,
    port,
    version: view.version,
    ntpServer,
    nodes: members.map((member): ReportPmmNode => {
      const told = answers.nodes.find(({ node }) => node === member.name) ?? UNASKED
      const mode = view.modes.get(member.name) ?? 'unknown'
      const timed = Object.keys(API_PATHS)
        .flatMap((id) => told.http.get(id) ?? [])
        .find(isTimed)
      return {
        node: member.name,
        address: member.address,
        mode,
        clock: describeClock(told),
        apis: describeApis(told.http, server.kind, view.version),
        certificate: describeCertificate(told.http),
        connectMs: timed?.connectMs ?? null,
        requestMs: timed === undefined ? null : (timed.tlsMs ?? 0) + (timed.requestMs ?? 0),
        endpoints: describeEndpoints(
          member,
          mode,
          exporters,
          told,
          view.targets?.get(member.name) ?? [],
          flows,
        ),
      }
    }),
  }
}

const UNASKED: Omit<NodeAnswers, 'node'> = { http: new Map(), zone: null, ntp: null }

function isTimed({ requestMs, status }: HttpResult): boolean {
  return requestMs !== null && status !== null
}

function describeClock(told: Omit<NodeAnswers, 'node'>): PmmClock | null {
  const clocks = readPmmClocks(told)
  if (clocks === null) return null
  const { zone, clientMs, serverMs, ntpMs, errorMs } = clocks
  return {
    zone,
    client: rfc3339(clientMs) ?? '',
    server: rfc3339(serverMs),
    ntp: rfc3339(ntpMs),
    serverAheadOfNtp: seconds(serverMs, ntpMs),
    clientAheadOfNtp: seconds(clientMs, ntpMs),
    clientAheadOfServer: seconds(clientMs, serverMs),
    serverErrorSeconds: Math.ceil(errorMs / 1000),
  }
}

function seconds(ms: number | null, than: number | null): number | null {
  return ms === null || than === null ? null : Math.round((ms - than) / 1000)
}

const LAST_MS = Date.UTC(9999, 11, 31)

function rfc3339(ms: number | null): string | null {
  // What a host says of its time may be no date at all.
  return ms === null || Math.abs(ms) > LAST_MS ? null : new Date(ms).toISOString()
}

function describeCertificate(http: ReadonlyMap<string, HttpResult>): PmmCertificate | null {
  const found = Object.keys(API_PATHS).flatMap((id) => http.get(id)?.certificate ?? [])[0]
  if (found === undefined) return null
  return {
    verification: found.verification,
    notAfter: rfc3339(found.notAfter === null ? null : found.notAfter * 1000),
  }
}
