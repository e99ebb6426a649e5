import type { Report, ReportFlow } from '../../src/report/report.ts'
import type { Cluster } from './cluster.ts'
import { VIA, VIA_NOBODY } from './machine.ts'

/** As root on every node: half-open probes. Without any rights: temporary listeners where mysqld does not run. */
export type Mode = 'zero-touch' | 'unprivileged'

/** What a check has found, without the observations. */
export interface Checked {
  readonly mode: Mode
  readonly exitCode: number
  /** `from>to service` → the flow. */
  readonly flows: ReadonlyMap<string, Pick<ReportFlow, 'status' | 'reason' | 'listening' | 'blockedAt'>>
  /** Flows to which something was sent, as `from>to service`. */
  readonly probed: ReadonlySet<string>
}

export const nameOf = (flow: ReportFlow) => `${flow.from}>${flow.to} ${flow.service}`

/** One full check of the cluster by the built tool. Throws when the check itself could not be made. */
export async function check(cluster: Cluster, mode: Mode, args: readonly string[] = []): Promise<Checked> {
  const report = await reportOf(cluster, ['--via', mode === 'zero-touch' ? VIA : VIA_NOBODY, ...args])
  return {
    mode,
    exitCode: report.exitCode,
    flows: new Map(
      report.flows.map((flow) => {
        const { status, reason, listening, blockedAt } = flow
        return [nameOf(flow), { status, reason, listening, blockedAt }]
      }),
    ),
    probed: new Set(
      report.flows
        .filter(({ observations }) => observations.some(({ kind }) => kind === 'probe'))
        .map(nameOf),
    ),
  }
}

export async function reportOf(cluster: Cluster, args: readonly string[]): Promise<Report> {
  const argv = ['--nodes', cluster.nodesOption, ...args, '--format', 'json']
  const { code, stdout, stderr } = await cluster.lab.execTool(argv, { timeoutMs: 120_000 })
  if (stderr !== '' || stdout === '') throw new Error(`the check ended with ${code}: ${stderr}`)
  const report = JSON.parse(stdout) as Report
  if (report.error) throw new Error(`the check could not be made: ${report.error.message}`)
  const lost = report.nodes.find(({ reachable }) => !reachable)
  if (lost) throw new Error(`the check did not reach ${lost.name}: ${lost.error?.message}`)
  return report
}

/** Checks one after another without a pause, the modes in turn, until it is stopped. */
export class CheckLoop {
  readonly done: Checked[] = []
  readonly #cluster: Cluster
  readonly #modes: readonly Mode[]
  readonly #running: Promise<void>
  #stopped = false
  #error: unknown
  #waiting: { count: number; resolve: () => void; reject: (error: unknown) => void }[] = []

  constructor(cluster: Cluster, modes: readonly Mode[]) {
    this.#cluster = cluster
    this.#modes = modes
    this.#running = this.#run()
  }

  /** Resolves with the first checks that begin after now, once this many have ended; rejects when `signal` is raised. */
  more(count: number, signal?: AbortSignal): Promise<readonly Checked[]> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) reject(this.#error)
      // The one that is under way began before.
      const first = this.done.length + 1
      const take = () => resolve(this.done.slice(first, first + count))
      this.#waiting.push({ count: first + count, resolve: take, reject })
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  }

  /** Ends it after the check that is under way; rejects when one could not be made. */
  async stop(): Promise<readonly Checked[]> {
    this.#stopped = true
    await this.#running
    if (this.#error !== undefined) throw this.#error
    return this.done
  }

  async #run(): Promise<void> {
    try {
      for (let turn = 0; !this.#stopped; turn++) {
        this.done.push(await check(this.#cluster, this.#modes[turn % this.#modes.length] ?? 'zero-touch'))
        for (const { count, resolve } of this.#waiting) if (this.done.length >= count) resolve()
        this.#waiting = this.#waiting.filter(({ count }) => this.done.length < count)
      }
    } catch (error) {
      this.#error = error
      for (const { reject } of this.#waiting) reject(error)
    }
  }
}

/** Names of the flows that a check called DOWN. */
export function downOf(checks: readonly Checked[]): string[] {
  const down = checks.flatMap(({ flows }) => [...flows].filter(([, { status }]) => status === 'DOWN'))
  return [...new Set(down.map(([name, { reason }]) => `${name}: ${reason}`))]
}
