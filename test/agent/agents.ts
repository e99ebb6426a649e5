import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { bootstrapArgv } from '../../src/agent/bootstrap.ts'
import type { FlowResult } from '../../src/session/messages.ts'
import type { AgentConfig, ProbeRequest } from '../../src/session/requests.ts'
import { Session } from '../../src/session/session.ts'
import type { Lab } from '../lab/lab.ts'
import { LAB_PATH } from '../lab/mode.ts'
import { AS_NOBODY } from '../lab/needs.ts'

/** The program that `python -c` is given. */
export const PYTHON_PROGRAM = bootstrapArgv(false).at(-1) as string
/** What stands before it, as the bootstrap has it. */
export const PYTHON_FLAGS = (/exec "\$p" (.*) "\$1"/.exec(bootstrapArgv(false)[2] ?? '')?.[1] ?? '').split(
  ' ',
)

/** Runs the agent by another Python than the one the node would choose: put before the bootstrap's command line. */
export const byPython = (python: string): string[] => [
  'sh',
  '-c',
  `for program; do :; done; echo pxc-netcheck-shell; exec "$0" ${PYTHON_FLAGS.join(' ')} "$program"`,
  python,
]

/** Every other Python that is installed here: this system's, and what pyenv holds. */
export function pythons(): string[] {
  const root = `${process.env.PYENV_ROOT ?? `${homedir()}/.pyenv`}/versions`
  const versions = existsSync(root) ? readdirSync(root) : []
  const ofSystem = readdirSync('/usr/bin').filter((name) => /^python[23]\.\d+$/.test(name))
  return [
    ...ofSystem.map((name) => `/usr/bin/${name}`),
    ...versions.map((version) => `${root}/${version}/bin/python`),
  ].filter((path) => existsSync(path))
}

export interface AgentOptions extends Partial<AgentConfig> {
  /** As nobody, without any right. */
  readonly user?: boolean
  /** Put before the agent's own command line. */
  readonly before?: readonly string[]
}

export const SECRET = 'pxc-netcheck:sixteenletters00'
const PORTS = [3306, 4444, 4567, 4568, 7001]

/** An agent on a host of the lab. */
export function openAgent(lab: Lab, host: string, options: AgentOptions = {}): Session {
  const { user = false, before = [], ...config } = options
  const enter = [...lab.holder.enter, 'env', `PATH=${LAB_PATH}`, 'ip', 'netns', 'exec', host]
  const argv = [...enter, ...(user ? AS_NOBODY : []), ...before]
  return new Session({ kind: 'prefix', argv }, false, {
    token: 0x5a5a,
    secret: SECRET.slice('pxc-netcheck:'.length),
    deadlineSeconds: 55,
    raw: !user,
    peers: lab.hosts.map(({ address }) => address),
    ports: PORTS,
    udpPorts: PORTS,
    ...config,
  })
}

/** Runs probes and returns the attempts of each, by id. */
export async function probe(
  session: Session,
  probes: readonly (Omit<ProbeRequest, 'echo'> & { echo?: boolean })[],
  timeoutMs = 1500,
): Promise<Record<string, FlowResult['attempts']>> {
  const flows: Record<string, FlowResult['attempts']> = {}
  const requests = probes.map((request) => ({ echo: false, ...request }))
  await session.probe(requests, timeoutMs, ({ id, attempts }) => {
    flows[id] = attempts
  })
  return flows
}

/** A loaded ruleset with only these rules. */
export const filter = (...rules: string[]): string =>
  `*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n`

/** Half-open entries (SYN_RECV) of a host, by the port they are for. */
export async function halfOpenEntries(lab: Lab, host: string): Promise<number[]> {
  const { stdout } = await lab.exec(host, 'cat /proc/net/tcp /proc/net/tcp6')
  return [...stdout.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 03 /gm)].map((row) =>
    Number.parseInt(row[1] ?? '', 16),
  )
}
