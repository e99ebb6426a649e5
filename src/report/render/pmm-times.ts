import { isDrifted } from '../../pmm/clock.ts'
import type { PmmClock, ReportPmm, ReportPmmNode } from '../report-pmm.ts'
import type { Palette } from './colour.ts'

/** A value behind its label, as check-network prints it. */
export function label(text: string, width: number, value: string): string {
  return `${text.padEnd(width)} | ${value}`
}

const TIME_WIDTH = 35

/** The three drifts, and whose times they are of. Left out, as check-network did, where no time but the client's own is known. */
export function clockLines(clock: PmmClock | null, { ntpServer }: ReportPmm, palette: Palette): string[] {
  if (clock === null || (clock.server === null && clock.ntp === null)) return []
  const drift = (seconds: number | null, errorSeconds: number) => {
    if (seconds === null) return null
    return isDrifted(seconds, errorSeconds)
      ? palette.flow.DOWN(`${Math.abs(seconds)}s`)
      : palette.flow.OK('OK')
  }
  const error = clock.serverErrorSeconds
  const lines: [string, string | null][] = [
    [`NTP Server (${ntpServer})`, localTime(clock.ntp, clock.zone)],
    ['PMM Server', localTime(clock.server, '+0000 GMT')],
    ['PMM Client', localTime(clock.client, clock.zone)],
    ['PMM Server Time Drift', drift(clock.serverAheadOfNtp, error)],
    ['PMM Client Time Drift', drift(clock.clientAheadOfNtp, 0)],
    ['PMM Client to PMM Server Time Drift', drift(clock.clientAheadOfServer, error)],
  ]
  return [
    palette.heading('* System Time'),
    ...lines.flatMap(([text, value]) => (value === null ? [] : [label(text, TIME_WIDTH, value)])),
  ]
}

/** As Go's `2006-01-02 15:04:05 -0700 MST`. */
function localTime(time: string | null, zone: string): string | null {
  if (time === null) return null
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})/.exec(zone) ?? []
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
  const there = new Date(Date.parse(time) + (Number.isNaN(offset) ? 0 : offset) * 60_000)
  if (Number.isNaN(there.getTime())) return null
  return `${there.toISOString().slice(0, 19).replace('T', ' ')} ${zone}`
}

/** How long the server took to answer, in Go's form. */
export function durationLines({ connectMs, requestMs }: ReportPmmNode, ascii: boolean): string[] {
  if (connectMs === null || requestMs === null) return ['Unable to measure the connection performance.']
  const line = (text: string, ms: number) => label(text, 19, duration(ms, ascii))
  return [
    line('Connection duration', connectMs),
    line('Request duration', requestMs),
    line('Full round trip', connectMs + requestMs),
  ]
}

/** As Go prints a time.Duration; measured to a microsecond. */
function duration(ms: number, ascii: boolean): string {
  const us = Math.round(ms * 1000)
  if (us < 1000) return `${us}${ascii ? 'us' : 'µs'}`
  return us < 1_000_000 ? `${us / 1000}ms` : `${us / 1_000_000}s`
}
