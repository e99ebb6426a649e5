import type { Options } from '../options.ts'
import type { AgentConfig } from '../session/requests.ts'
import type { Environment } from './environment.ts'

/** The agent's own deadline is a little later than the run's: it ends a node's half when this half is gone. */
const AGENT_GRACE_SECONDS = 5

/** What the agents of one run are started with. */
export function agentConfig(
  options: Options,
  addresses: readonly (string | null)[],
  environment: Environment,
): AgentConfig {
  return {
    token: environment.token(),
    secret: environment.secret(),
    deadlineSeconds: Math.ceil(options.deadlineMs / 1000) + AGENT_GRACE_SECONDS,
    raw: options.raw,
    peers: addresses.filter((address) => address !== null),
    ports: [...new Set(options.services.map(({ port }) => port))],
    udpPorts: [...new Set(options.services.filter((s) => s.protocol === 'udp').map(({ port }) => port))],
  }
}
