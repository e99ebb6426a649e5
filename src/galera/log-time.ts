/** Where a server's own time may begin: behind what a journal, syslog or a container puts in front. */
const WITHIN = 160

/**
 * The forms, the surest first: ISO 8601 (MySQL 5.7 and newer, a journal's short-iso, containers), MariaDB, socat, the scripts of
 * a state transfer (at the end of the line), MySQL 5.6, syslog.
 */
const FORMS: readonly RegExp[] = [
  /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?/,
  /\d{4}-\d\d-\d\d {1,2}\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?/,
  /\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/,
  /\d{8} \d\d:\d\d:\d\d(?:\.\d{1,9})?(?=\)\s*$)/,
  /(?<!\d)\d{6} {1,2}\d{1,2}:\d\d:\d\d/,
  /(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d/,
]

/** The time of a line as it is written there; null where it has none. */
export function timeOf(line: string): string | null {
  const head = line.slice(0, WITHIN)
  for (const form of FORMS) {
    const [found] = form.exec(head) ?? (form === FORMS[3] ? form.exec(line.slice(-WITHIN)) : null) ?? []
    if (found !== undefined) return found
  }
  return null
}
