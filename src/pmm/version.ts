import type { HttpResult } from '../session/messages.ts'

export type PmmVersion = '1' | '2' | '3'

type Answers = ReadonlyMap<string, HttpResult>

/** Which PMM answers so; null when nothing shows it. */
export function shownVersion(http: Answers): PmmVersion | null {
  if (isReady(http.get('ready3'))) return '3'
  if (isReady(http.get('ready2'))) return '2'
  return isLeader(http.get('consul')) || isQan(http.get('qan')) ? '1' : null
}

/** `{}` with status 200: PMM 2 and 3, also where a proxy answers every path with a page. */
export function isReady(result: HttpResult | undefined): boolean {
  return result?.status === 200 && isObject(parsed(result))
}

/** Consul names its leader, as a JSON string. */
export function isLeader(result: HttpResult | undefined): boolean {
  return result?.status === 200 && typeof parsed(result) === 'string'
}

export function isQan(result: HttpResult | undefined): boolean {
  return result?.status === 200 && Boolean(result.headers.qanVersion)
}

/** Only the beginning: there may be more series than is read of it. */
export function isPrometheus(result: HttpResult | undefined): boolean {
  return result?.status === 200 && /^\s*\{\s*"status"\s*:\s*"success"/.test(result.text)
}

function parsed({ text }: HttpResult): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
