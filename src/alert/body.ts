import type { Report } from '../report/report.ts'
import { summaryLine } from '../report/summary.ts'
import { wrap } from '../terminal/wrap.ts'
import type { Alert, Lasting, Over } from './alert.ts'
import { plainText } from './plain.ts'
import type { Problem } from './problem.ts'
import { groupTexts, problemText } from './problem-text.ts'
import { spanText, timeText } from './times.ts'

const COLUMNS = 78
/** Past this the report below says it better. */
const MAX_LINES = 40

/** A line of a list, and what most lines of it share. */
interface Entry {
  readonly text: string
  readonly when: string
}

/** What is new, what lasts, and what is over: one list each, with times. */
export function alertLists(alert: Alert): string[][] {
  const { fresh, lasting, over, unconfirmed, expired } = alert
  return [
    section(
      'New',
      groupTexts(fresh, ({ problem, was, sinceMs }) =>
        JSON.stringify([problem.level, was && problemText(was), sinceMs]),
      ).map(({ text, items }) => ({
        text: `${levelOf(items)} ${text}${wasText(items)}`,
        when: since(items),
      })),
    ),
    section(
      'Still there',
      groupTexts(lasting, ({ problem, sinceMs, seen }) => JSON.stringify([problem.level, sinceMs, seen])).map(
        ({ text, items }) => ({ text: `${levelOf(items)} ${text}${unseenText(items)}`, when: since(items) }),
      ),
    ),
    section(
      'Over',
      groupTexts(over, ({ sinceMs, untilMs, how }) => JSON.stringify([sinceMs, untilMs, how])).map(
        ({ text, items }) => ({ text: `${text}${uncheckedText(items)}`, when: lasted(items) }),
      ),
    ),
    section(
      'Seen, but not often enough yet to count (--confirm)',
      groupTexts(unconfirmed.map((problem) => ({ problem }))).map(({ text, items }) => ({
        text: `${levelOf(items)} ${text}`,
        when: '',
      })),
    ),
    section(
      'Expired, so what it covers counts again; drop it from the command',
      expired.map((text) => ({ text: `--ignore ${plainText(text)}`, when: '' })),
    ),
  ].filter((lines) => lines.length > 0)
}

/** The end of a report that has nothing wrong in it. */
export function wellLine(report: Report): string[] {
  return wrap(plainText(summaryLine(report)), COLUMNS, '  ')
}

/** A time that all share stands in the title, and not in each line. */
function section(title: string, entries: readonly Entry[]): string[] {
  const [first] = entries
  if (first === undefined) return []
  const common = entries.every(({ when }) => when === first.when) ? first.when : null
  const lines = entries
    .slice(0, MAX_LINES)
    .map(({ text, when }) => (common === null && when !== '' ? `${text}, ${when}` : text))
  const rest = entries.length - lines.length
  return [
    `${title}${common ? `, ${common}` : ''}:`,
    ...[...lines, ...(rest > 0 ? [`... and ${rest} more`] : [])].flatMap((line) =>
      wrap(`  ${line}`, COLUMNS, '    '),
    ),
  ]
}

function levelOf(items: readonly { readonly problem: Problem }[]): string {
  return items[0]?.problem.level ?? ''
}

function since(items: readonly { readonly sinceMs: number }[]): string {
  return `since ${timeText(items[0]?.sinceMs ?? 0)}`
}

function wasText(items: readonly { readonly was: Problem | null }[]): string {
  const was = items[0]?.was
  return was == null ? '' : ` (before: ${was.level} ${problemText(was)})`
}

function unseenText(items: readonly Lasting[]): string {
  return items[0]?.seen === false ? ' (not seen in this run)' : ''
}

function uncheckedText(items: readonly Over[]): string {
  return items[0]?.how === 'unchecked' ? ' (no longer checked)' : ''
}

function lasted(items: readonly Over[]): string {
  const [{ sinceMs, untilMs } = { sinceMs: 0, untilMs: 0 }] = items
  return `had lasted ${spanText(untilMs - sinceMs)} from ${timeText(sinceMs)}`
}
