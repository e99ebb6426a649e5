import { escapeText } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const YEAR = 366 * 86_400_000

/** `30m`, `24h`, `7d`, from one minute to a year, in milliseconds; null for `never`. Throws `InputError`. */
export function parseRepeat(text: string): number | null {
  if (text === 'never') return null
  const [, number = '', unit = ''] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(number) * (UNITS[unit] ?? 0)
  if (ms >= 60_000 && ms <= YEAR) return ms
  throw new InputError(
    'bad-duration',
    `--repeat "${escapeText(text, 80)}" is no time from a minute to a year. Examples: 30m, 24h, 7d, never.`,
  )
}
