import { renderTable } from '../report/render/table.ts'
import type { Report } from '../report/report.ts'
import type { Alert } from './alert.ts'
import { alertLists, wellLine } from './body.ts'
import { isPlain, plainText } from './plain.ts'
import { subjectLine } from './subject.ts'

/** A mail server refuses a line of more than 998 octets (RFC 5322, 2.1.1), and with it the mail. */
const LONGEST_LINE = 900
/** A mail of megabytes is not delivered, and not read. */
const MOST_LINES = 1500

/**
 * What cron mails: subject, lists, then reasons and commands as in the normal output. Printable ASCII, in 78 columns but for what
 * is to be pasted or quoted: that is never broken.
 */
export async function alertMessage(alert: Alert, report: Report, nowMs: number): Promise<string> {
  const sections = alertLists(alert).map((lines) => lines.join('\n'))
  const told = alert.kind === 'note' ? '' : await reasons(report)
  const lines = [
    subjectLine(alert, nowMs),
    '',
    ...`${[...sections, told].filter(Boolean).join('\n\n')}`.split('\n'),
  ]
  return `${shorten(lines.map(fitLine)).join('\n').trimEnd()}\n`
}

/** As with --quiet: without the matrix. */
async function reasons(report: Report): Promise<string> {
  if (report.status === 'OK' || report.error !== undefined) return wellLine(report).join('\n')
  const style = { columns: 78, color: false, ascii: true, quiet: 1, view: 'check' } as const
  return (await renderTable(plainReport(report), style)).trimEnd()
}

function plainReport(report: Report): Report {
  const fixes = report.fixes.map((fix) => ({
    ...(deepPlain(fix) as typeof fix),
    commands: fix.commands.map(plainCommand),
    persist: fix.persist.map(plainCommand),
    undo: fix.undo.map(plainCommand),
  }))
  return { ...(deepPlain(report) as Report), fixes }
}

function deepPlain(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value)
  if (Array.isArray(value)) return value.map(deepPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deepPlain(inner)]))
}

/** A command that a mail would spell differently is no command any more. */
function plainCommand(command: string): string {
  return isPlain(command)
    ? command
    : `# not for pasting from a mail, it has other characters than ASCII (see --json): ${plainText(command)}`
}

function fitLine(line: string): string {
  if (line.length <= LONGEST_LINE) return line
  return `# cut, ${line.length} characters are too many for a mail (see pxc-netcheck fix): ${line.slice(0, 200)}...`
}

/** The summary at the end stays. */
function shorten(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return [...lines]
  const rest = lines.length - MOST_LINES + 1
  return [
    ...lines.slice(0, MOST_LINES - 2),
    `# cut, ${rest} lines more: run pxc-netcheck by hand, or pxc-netcheck fix`,
    ...lines.slice(-1),
  ]
}
