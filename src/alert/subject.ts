import type { Alert } from './alert.ts'
import { worstLevel } from './problem.ts'
import { problemText } from './problem-text.ts'
import type { Told } from './state.ts'
import { spanText } from './times.ts'

/** RFC 5322 would have it, and a phone shows no more. */
const COLUMNS = 78

/** The first line, fit for the subject of a mail: at most 78 columns of printable ASCII. */
export function subjectLine(alert: Alert, nowMs: number): string {
  const { kind, fresh, lasting, over, unconfirmed, expired } = alert
  const wrong = [...fresh, ...lasting]
  const level = worstLevel(wrong.map(({ problem }) => problem))
  switch (kind) {
    case 'new':
      return composed(`${level}: `, byLevel(fresh), more(wrong.length - 1))
    case 'less':
      return composed(
        `${level}: ${over.length} of ${over.length + lasting.length} over, still `,
        byLevel(lasting),
        more(lasting.length - 1),
      )
    case 'still': {
      const first = byLevel(lasting)[0]
      const span = spanText(nowMs - (first?.sinceMs ?? nowMs))
      return composed(`${level}: still after ${span}: `, byLevel(lasting), more(lasting.length - 1))
    }
    case 'over': {
      const [first] = byLevel(over)
      const span = spanText((first?.untilMs ?? nowMs) - (first?.sinceMs ?? nowMs))
      const isWell = unconfirmed.length === 0 && over.every(({ how }) => how === 'well')
      return composed(`${isWell ? 'OK' : 'OVER'}: over after ${span}: `, byLevel(over), more(over.length - 1))
    }
    case 'note':
      return cut(`NOTE: --ignore ${expired[0] ?? ''} has expired`, more(expired.length - 1))
  }
}

function byLevel<T extends Told>(items: readonly T[]): T[] {
  const worst = worstLevel(items.map(({ problem }) => problem))
  return [
    ...items.filter(({ problem }) => problem.level === worst),
    ...items.filter(({ problem }) => problem.level !== worst),
  ]
}

function composed(before: string, items: readonly Told[], after: string): string {
  const [first] = items
  return cut(before + (first === undefined ? '' : problemText(first.problem)), after)
}

/** The words are shortened before the count is. */
function cut(text: string, after: string): string {
  const room = COLUMNS - after.length
  return (text.length <= room ? text : `${text.slice(0, room - 3)}...`) + after
}

function more(count: number): string {
  return count > 0 ? `, +${count} more` : ''
}
