import { isIP } from 'node:net'
import * as v from 'valibot'
import { canonicalAddress } from '../inventory/host-address.ts'
import type { HttpResult } from '../session/messages.ts'

/** One endpoint that the PMM server fetches metrics from, as its Prometheus or VictoriaMetrics says. Its texts are a remote host's. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly health: 'up' | 'down' | 'unknown'
  readonly lastError: string
  readonly job: string
  readonly name: string | null
}

const MAX_TARGETS = 4096
const text = v.fallback(
  v.pipe(
    v.string(),
    v.transform((value) => value.slice(0, 1000)),
  ),
  '',
)
/** The form of Prometheus' GET /api/v1/targets, which VictoriaMetrics keeps. */
const Answer = v.object({
  status: v.literal('success'),
  data: v.object({
    activeTargets: v.array(
      v.object({
        scrapeUrl: text,
        health: v.fallback(v.picklist(['up', 'down', 'unknown']), 'unknown'),
        lastError: text,
        labels: v.fallback(v.record(v.string(), text), {}),
      }),
    ),
  }),
})

/** null: the server did not tell, or not in a form that is known. */
export function readTargets(result: HttpResult | null): Target[] | null {
  if (result?.status !== 200 || result.error !== null) return null
  let value: unknown
  try {
    value = JSON.parse(result.text)
  } catch {
    return null
  }
  const answer = v.safeParse(Answer, value)
  if (!answer.success) return null
  return merged(answer.output.data.activeTargets.slice(0, MAX_TARGETS).flatMap(readTarget))
}

function readTarget(raw: v.InferOutput<typeof Answer>['data']['activeTargets'][number]): Target[] {
  let url: URL
  try {
    url = new URL(raw.scrapeUrl)
  } catch {
    return []
  }
  const tls = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const { job = '', instance, node_name, service_name } = raw.labels
  return [
    {
      host: isIP(host) ? canonicalAddress(host) : host.toLowerCase(),
      port: Number(url.port) || (tls ? 443 : 80),
      tls,
      health: raw.health,
      lastError: raw.lastError,
      job,
      // PMM 2 and 3 put an id into `instance`, Prometheus itself the address.
      name: service_name || node_name || (instance && !/[/:]/.test(instance) ? instance : null) || null,
    },
  ]
}

/** PMM fetches one exporter at three resolutions: it is up when one of them is. */
function merged(targets: readonly Target[]): Target[] {
  const found = new Map<string, Target>()
  for (const target of targets) {
    const key = `${target.host} ${target.port}`
    const known = found.get(key)
    if (known === undefined || (known.health !== 'up' && target.health === 'up')) found.set(key, target)
  }
  return [...found.values()]
}

/** Those on a host that goes by any of these names and addresses. */
export function targetsOn(targets: readonly Target[], names: readonly string[]): Target[] {
  const known = new Set(names.map((name) => (isIP(name) ? canonicalAddress(name) : name.toLowerCase())))
  return targets.filter(({ host }) => known.has(host))
}
