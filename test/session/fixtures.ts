import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import type { SessionFailure } from '../../src/session/failure.ts'
import type { AgentConfig } from '../../src/session/requests.ts'
import { Session, SessionError } from '../../src/session/session.ts'
import type { Transport } from '../../src/session/transport.ts'

const path = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))

export const BIN = path('bin')
export const bin = (name: string): string => path(`bin/${name}`)
export const agentFile = (name: string): string => path(`agents/${name}`)
/** A command line that plays a script of fixtures/agents. */
export const play = (name: string): readonly string[] => [
  process.execPath,
  bin('play.mjs'),
  agentFile(`${name}.txt`),
]

export const CONFIG: AgentConfig = {
  token: 0x5a5a,
  secret: 'sixteenletters00',
  deadlineSeconds: 60,
  raw: false,
  peers: [],
  ports: [],
  udpPorts: [],
}

export const prefix = (...argv: string[]): Transport => ({ kind: 'prefix', argv })
export const ssh = (host: string): Transport => ({
  kind: 'ssh',
  host,
  user: null,
  settings: { options: [], connectTimeoutSeconds: 5 },
})

/** A session of this run. It hangs for no reason of its own: what never answers is abandoned by `impatient`. */
export const open = (transport: Transport, become = false): Session => new Session(transport, become, CONFIG)

/** Awaits a rejection and returns its failure. */
export async function failureOf(promise: Promise<unknown>): Promise<SessionFailure> {
  try {
    await promise
  } catch (error) {
    if (error instanceof SessionError) return error.failure
    throw error
  }
  throw new Error('it did not fail')
}

/** Resolves when the session has read what the far end said so far: the check below is repeated until it holds. */
export const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 20_000, interval: 5 })
