/**
 * wsrep_provider_options: `key = value; key=value`. A backslash takes the meaning from what follows it, of a key given twice the last holds
 * (codership/galera galerautils/src/gu_config.cpp). What is no such pair is left out.
 */
export function parseProviderOptions(text: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const pair of text.split(/(?<!\\);/)) {
    const [key = '', ...value] = pair.split(/(?<!\\)=/)
    if (key.trim() !== '' && value.length > 0) options.set(unescaped(key), unescaped(value.join('=')))
  }
  return options
}

function unescaped(text: string): string {
  return text.replace(/\\([;=\\])/g, '$1').trim()
}

const PERIOD = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d*)?)S)?)?$/
const SECONDS_OF = [31_104_000, 2_592_000, 86_400, 3600, 60, 1]

/**
 * A period of Galera's in milliseconds: ISO 8601 (a month has 30 days, a year 12 months), or a plain number of seconds
 * (codership/galera galerautils/src/gu_datetime.cpp, 26.4). null for anything else.
 */
export function parsePeriod(text: string): number | null {
  const parts = PERIOD.exec(text)
  const seconds = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text)
    ? Number(text)
    : parts?.slice(1).reduce((sum, part, index) => sum + Number(part ?? 0) * (SECONDS_OF[index] ?? 0), 0)
  const ms = seconds === undefined ? Number.NaN : Math.round(seconds * 1000)
  return Number.isSafeInteger(ms) ? ms : null
}

const TRUE = new Set(['1', 'y', 'on', 'yes', 'yep', 'true', 'sure', 'yeah'])
const FALSE = new Set(['0', 'n', 'no', 'off', 'none', 'nope', 'false'])

/** Galera's words for yes and no (galerautils/src/gu_utils.c), which hold MySQL's; null for anything else. */
export function parseBoolean(text: string): boolean | null {
  const word = text.trim().toLowerCase()
  return TRUE.has(word) ? true : FALSE.has(word) ? false : null
}
