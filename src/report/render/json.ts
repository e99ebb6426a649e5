import type { Report, ReportError } from '../report.ts'

/** What JSON leaves as it is and a terminal or an editor acts on. */
const INVISIBLE = /[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu

/** The report as one JSON document. */
export function renderJson(report: Report): string {
  return renderDocument(report)
}

/** One JSON document. Valid whatever it contains, and as safe to look at as to parse. */
export function renderDocument<T extends { readonly schemaVersion: number }>(document: T): string {
  // First key first: a reader that streams knows the version before anything else.
  const { schemaVersion, ...rest } = document
  return `${JSON.stringify({ schemaVersion, ...rest }, null, 2).replace(INVISIBLE, escapeUnits)}\n`
}

/** The report of a run that could not be made: the same document, so that a script never has to parse prose. */
export function errorReport(
  run: Pick<Report, 'tool' | 'startedAt' | 'finishedAt' | 'durationMs'>,
  error: ReportError,
): Report {
  const { tool, startedAt, finishedAt, durationMs } = run
  return {
    schemaVersion: 1,
    tool,
    startedAt,
    finishedAt,
    durationMs,
    status: 'UNKNOWN',
    exitCode: 3,
    nodes: [],
    flows: [],
    findings: [],
    fixes: [],
    error,
  }
}

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
