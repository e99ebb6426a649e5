import type { HttpResult } from '../session/messages.ts'
import { exporterId } from './requests.ts'

/** Everything that the nodes were told, by the PMM server, by their own exporters, by the NTP server. */
export interface PmmAnswers {
  readonly nodes: readonly NodeAnswers[]
  /** The server's list of what it fetches from, told to the first node that got an answer at all. */
  readonly targets: HttpResult | null
}

export interface NodeAnswers {
  readonly node: string
  /** `+0100 CET`; null where no agent could be asked. */
  readonly zone: string | null
  /** By the id of the request. */
  readonly http: ReadonlyMap<string, HttpResult>
  readonly ntp: { readonly offsetMs: number | null; readonly errno: string | null } | null
}

/** A port that speaks TLS and is asked in clear says so in one way or another. */
export function wantsTls({ status, error, text }: HttpResult): boolean {
  if (error === 'tls-expected') return true
  // Go's net/http, nginx, Apache.
  return status === 400 && /HTTPS (server|port)|SSL-enabled server port/i.test(text)
}

/** What an exporter was found to be; null where nothing could be told. */
export interface ExporterKind {
  /** False: nothing runs there that a node could ask. */
  readonly answers: boolean
  readonly refused: boolean
  readonly tls: boolean | null
  readonly password: boolean | null
}

export function exporterKind(service: string, http: ReadonlyMap<string, HttpResult>): ExporterKind {
  const plain = http.get(exporterId(service, false))
  if (plain === undefined) return { answers: false, refused: false, tls: null, password: null }
  const tls = wantsTls(plain)
  const told = tls ? http.get(exporterId(service, true)) : plain
  const status = told?.status ?? null
  return {
    answers: tls || status !== null,
    refused: plain.error === 'refused',
    tls: tls ? true : status === null ? null : false,
    password: status === null ? null : status === 401,
  }
}
