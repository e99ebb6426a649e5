import type { FlowStatus } from '../../../verdict.ts'
import type { ReportFlow, RunStatus } from '../../report.ts'
import { type Html, html } from './markup.ts'

/** A status as a shape; the word and the colour say the same. None of them has an emoji's form. */
export const GLYPHS: Readonly<Record<FlowStatus, string>> = { OK: '✓', CLOSED: '○', DOWN: '✕', UNKNOWN: '?' }

export const RUN_GLYPHS: Readonly<Record<RunStatus, string>> = {
  OK: '✓',
  WARNING: '!',
  CRITICAL: '✕',
  UNKNOWN: '?',
}

/** Worst first. */
export const BY_WEIGHT: readonly FlowStatus[] = ['DOWN', 'UNKNOWN', 'CLOSED', 'OK']

/** The class that colours a flow: one that is no matter to the status is not in the colour of a problem. */
export function toneOf(flow: ReportFlow): string {
  const { status, acknowledged, needed, required } = flow
  if (status !== 'OK' && (acknowledged !== undefined || needed === false)) return 'muted'
  return status === 'DOWN' && !required ? 'optional' : status.toLowerCase()
}

/** The shape and the word. */
export function mark(status: FlowStatus, tone: string): Html {
  return html`<b class="${tone}"><i aria-hidden="true">${GLYPHS[status]}</i> ${status}</b>`
}
