import { type NodeAnswers, type PmmAnswers, wantsTls } from '../pmm/answers.ts'
import type { Exporter } from '../pmm/endpoints.ts'
import {
  apiRequest,
  exporterId,
  exporterRequest,
  firstApi,
  otherApis,
  type PmmTarget,
  usesTls,
} from '../pmm/requests.ts'
import { isPrometheus } from '../pmm/version.ts'
import type { HttpResult } from '../session/messages.ts'
import type { HttpRequest } from '../session/requests.ts'
import { type Session, SessionError } from '../session/session.ts'
import type { Member } from './members.ts'

/** For one request; a server that takes longer leaves graphs with gaps too. */
const REQUEST_MS = 5000
const NTP_MS = 3000

/**
 * Has every member ask the PMM server and its own exporters, in as few requests as tell what there is to tell. Ends at the
 * signal with what is known by then; never rejects for what a node or a server does.
 */
export async function askPmm(
  target: PmmTarget,
  exporters: readonly Exporter[],
  ntpAddress: string | null,
  members: readonly Member[],
  signal: AbortSignal,
): Promise<PmmAnswers> {
  const asked = members.flatMap((member) =>
    member.role === 'member' && member.isTarget
      ? [new Asking(member.name, member.session, member.address)]
      : [],
  )
  let targets: HttpResult | null = null
  const work = async () => {
    await Promise.all(asked.map((each) => each.ask(target, exporters, ntpAddress)))
    const able = asked.find(({ http }) => isPrometheus(http.get('prometheus')))
    targets = able === undefined ? null : await able.one(apiRequest('targets', target, able.tls))
  }
  await Promise.race([
    work(),
    new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    }),
  ])
  return { nodes: asked.map((each) => each.answers()), targets }
}

/** What one node has been told so far. */
class Asking {
  readonly http = new Map<string, HttpResult>()
  tls = true
  readonly #node: string
  readonly #session: Session | null
  readonly #address: string | null
  #zone: string | null = null
  #ntp: NodeAnswers['ntp'] = null

  constructor(node: string, session: Session | null, address: string | null) {
    this.#node = node
    this.#session = session
    this.#address = address
  }

  answers(): NodeAnswers {
    return { node: this.#node, zone: this.#zone, http: new Map(this.http), ntp: this.#ntp }
  }

  async ask(target: PmmTarget, exporters: readonly Exporter[], ntpAddress: string | null): Promise<void> {
    try {
      await Promise.all([this.#askAll(target, exporters), this.#askNtp(ntpAddress)])
    } catch (error) {
      // The session broke off, which its probes tell.
      if (!(error instanceof SessionError)) throw error
    }
  }

  async one(request: HttpRequest): Promise<HttpResult | null> {
    try {
      await this.#get([request])
      return this.http.get(request.id) ?? null
    } catch (error) {
      if (!(error instanceof SessionError)) throw error
      return null
    }
  }

  async #askAll(target: PmmTarget, exporters: readonly Exporter[]): Promise<void> {
    const address = this.#address
    const own = address === null ? [] : exporters
    const api = firstApi(target.kind)
    this.tls = usesTls(target.port)
    await this.#get([
      apiRequest(api, target, this.tls),
      ...own.map((exporter) => exporterRequest(exporter, address ?? '', false)),
    ])
    if (this.http.get(api)?.error === 'not-tls') {
      this.tls = false
      await this.#get([apiRequest(api, target, false)])
    }
    const { status = null } = this.http.get(api) ?? {}
    // One that gave no answer to the first request is not asked five times.
    const others = status === null ? [] : otherApis(target.kind, target.account !== null)
    const secured = own.filter(({ name }) => {
      const plain = this.http.get(exporterId(name, false))
      return plain !== undefined && wantsTls(plain)
    })
    await this.#get([
      ...others.map((other) => apiRequest(other, target, this.tls)),
      ...secured.map((exporter) => exporterRequest(exporter, address ?? '', true)),
    ])
  }

  async #get(requests: readonly HttpRequest[]): Promise<void> {
    if (this.#session === null || requests.length === 0) return
    const { zone, results } = await this.#session.http(requests, REQUEST_MS)
    this.#zone = zone
    const wanted = new Set(requests.map(({ id }) => id))
    for (const result of results) if (wanted.has(result.id)) this.http.set(result.id, result)
  }

  async #askNtp(address: string | null): Promise<void> {
    if (this.#session === null || address === null) return
    this.#ntp = await this.#session.ntp(address, NTP_MS)
  }
}
