import { escapeText, isSafe, showUnsafe } from '../../terminal/escape.ts'
import type { Fix, Report } from '../report.ts'

/**
 * The report with every string safe for a terminal. Done once, on the whole report, before anything is rendered: rules,
 * comments and error messages come from remote hosts, and one forgotten field would be enough.
 */
export function safeReport(report: Report): Report {
  return { ...(escapeAll(report) as Report), fixes: report.fixes.map(safeFix) }
}

function escapeAll(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value)
  if (Array.isArray(value)) return value.map(escapeAll)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escapeAll(inner)]))
}

function safeFix(fix: Fix): Fix {
  return {
    ...(escapeAll(fix) as Fix),
    commands: fix.commands.map(safeCommand),
    persist: fix.persist.map(safeCommand),
    undo: fix.undo.map(safeCommand),
  }
}

/**
 * A command is pasted, so it is shown whole and unchanged, or not as a command: escaped it would do something else, and a
 * control character acts on the terminal of whoever pastes it, quotes or not.
 */
function safeCommand(command: string): string {
  return isSafe(command)
    ? command
    : `# not for pasting, it has control characters (see --json): ${showUnsafe(command)}`
}
