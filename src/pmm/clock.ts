import type { HttpResult } from '../session/messages.ts'
import type { NodeAnswers } from './answers.ts'
import { API_PATHS } from './requests.ts'

/** From this difference on pmm-admin check-network called a clock wrong. */
const DRIFT_LIMIT_SECONDS = 60
/** A header tells whole seconds, and servers write it once a second. */
const HEADER_ERROR_MS = 1000

/** Clocks at one moment, in milliseconds since the epoch. */
export interface PmmClocks {
  readonly zone: string
  readonly clientMs: number
  readonly serverMs: number | null
  readonly ntpMs: number | null
  /** What the server's time leaves open. */
  readonly errorMs: number
}

/** null when the node has asked nothing, so that nobody knows its time. */
export function readPmmClocks({ http, zone, ntp }: Omit<NodeAnswers, 'node'>): PmmClocks | null {
  if (zone === null) return null
  const answered = [...http.values()].filter(({ answeredUs }) => answeredUs > 0)
  const told = answered.filter(({ id }) => id in API_PATHS)
  // The server's own header first: `Date` may be a proxy's.
  const timed =
    told.find(({ headers }) => serverTime(headers.serverTime) !== null) ??
    told.find(({ headers }) => serverTime(headers.date) !== null)
  const at = timed ?? answered[0]
  if (at === undefined) return null
  const clientMs = (at.askedUs + at.answeredUs) / 2000
  const serverMs = timed === undefined ? null : timeOf(timed)
  return {
    zone,
    clientMs,
    serverMs,
    ntpMs: ntp?.offsetMs == null ? null : clientMs + ntp.offsetMs,
    errorMs: HEADER_ERROR_MS + (at.answeredUs - at.askedUs) / 2000,
  }
}

/** Certain, whatever the error leaves open. */
export function isDrifted(seconds: number, errorSeconds: number): boolean {
  return Math.abs(seconds) - errorSeconds > DRIFT_LIMIT_SECONDS
}

function timeOf({ headers }: HttpResult): number | null {
  return serverTime(headers.serverTime) ?? serverTime(headers.date)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Milliseconds of a `Date` (RFC 9110, 5.6.7), of nginx's $date_gmt, which X-Server-Time holds, or of $time_iso8601; null for anything else. */
export function serverTime(text: string | undefined): number | null {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/.test(text ?? ''))
    return known(Date.parse(text ?? ''))
  const form = /^[A-Z][a-z]{2,8}, (\d{2})[- ]([A-Z][a-z]{2})[- ](\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC)$/
  const [, day, month = '', year, hour, minute, second] = form.exec(text ?? '') ?? []
  const index = MONTHS.indexOf(month)
  if (index < 0) return null
  return known(Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second)))
}

function known(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null
}
