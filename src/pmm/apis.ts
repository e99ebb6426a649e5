import type { PmmKind } from '../inventory/pmm.ts'
import type { ApiReason, PmmApi } from '../report/report-pmm.ts'
import type { HttpResult } from '../session/messages.ts'
import { type Api, firstApi } from './requests.ts'
import { isLeader, isPrometheus, isQan, isReady, type PmmVersion } from './version.ts'

type Answers = ReadonlyMap<string, HttpResult>

const PROVES: Readonly<Record<Exclude<Api, 'targets'>, (result: HttpResult | undefined) => boolean>> = {
  consul: isLeader,
  prometheus: isPrometheus,
  qan: isQan,
  ready2: isReady,
  ready3: isReady,
}

const NAMES: Readonly<Record<Exclude<Api, 'targets'>, string>> = {
  consul: 'Consul API',
  prometheus: 'Prometheus API',
  qan: 'Query Analytics API',
  ready2: 'PMM Server API',
  ready3: 'PMM Server API',
}

/** The rows of the table: those of check-network for PMM 1, for later ones the ready URL and, with an account, their Prometheus API. */
export function describeApis(http: Answers, kind: PmmKind, version: PmmVersion | null): PmmApi[] {
  const first = firstApi(version ?? kindOnly(kind))
  const asked: readonly Exclude<Api, 'targets'>[] =
    first === 'consul' ? ['consul', 'prometheus', 'qan'] : [first as 'ready2', 'prometheus']
  const rows = asked.map((api) => describeApi(api, http))
  // Of a PMM that pushes nobody needs its Prometheus API to see that all is well.
  return first === 'consul'
    ? rows
    : rows.filter(({ name, reason }) => name !== NAMES.prometheus || !SILENT.has(reason))
}

const SILENT: ReadonlySet<ApiReason> = new Set(['not-asked', 'password-wanted'])

function kindOnly(kind: PmmKind): PmmKind {
  return kind === '1' || kind === '2' ? kind : '3'
}

function describeApi(api: Exclude<Api, 'targets'>, http: Answers): PmmApi {
  const result = http.get(api) ?? cause(http)
  const name = NAMES[api]
  if (result === undefined) return { name, status: 'UNKNOWN', reason: 'not-asked' }
  if (PROVES[api](result)) return { name, status: 'OK', reason: 'answered' }
  const reason = reasonOf(result)
  return { name, status: UNDECIDED.has(reason) ? 'UNKNOWN' : 'DOWN', reason }
}

/** It answers, and nothing shows that it does so wrongly. */
const UNDECIDED: ReadonlySet<ApiReason> = new Set([
  'password-wanted',
  'password-withheld',
  'no-tls-library',
  'not-asked',
])

/** Where the server was not even reached, nothing else was asked: all rows share the cause. */
function cause(http: Answers): HttpResult | undefined {
  return ['consul', 'ready2', 'ready3'].map((id) => http.get(id)).find((result) => result?.status === null)
}

const ERRORS: Readonly<Record<NonNullable<HttpResult['error']>, ApiReason>> = {
  refused: 'refused',
  timeout: 'timeout',
  reset: 'reset',
  unreachable: 'not-reached',
  failed: 'not-reached',
  'no-tls-library': 'no-tls-library',
  tls: 'tls-failed',
  'not-tls': 'tls-failed',
  'tls-expected': 'tls-failed',
  garbage: 'no-http',
  empty: 'no-answer',
  'too-large': 'other-answer',
  'cut-off': 'cut-off',
}

function reasonOf({ status, error, authorization }: HttpResult): ApiReason {
  if (status === 401 || status === 403) {
    if (authorization === 'sent') return 'password-refused'
    return authorization === 'withheld' ? 'password-withheld' : 'password-wanted'
  }
  if (status !== null && status >= 500) return 'not-ready'
  return error === null ? 'other-answer' : ERRORS[error]
}
