/**
 * A date or date-time as milliseconds since the epoch: a date lasts to its end; without a zone it is this host's time, which is
 * cron's too. null where it is none.
 */
export function parseUntil(text: string): number | null {
  const [, date = '', time, zone = ''] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ?? []
  // Date takes February 30 for March 2.
  const day = new Date(`${date}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return null
  const at = time === undefined ? endOfDay(date) : new Date(`${date}T${time}${zone}`)
  return Number.isNaN(at.getTime()) ? null : at.getTime()
}

function endOfDay(date: string): Date {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return new Date(year, month - 1, day + 1)
}
