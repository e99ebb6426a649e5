import { setMaxListeners } from 'node:events'
import { agentConfig } from '../check/agent-config.ts'
import type { Environment } from '../check/environment.ts'
import { gather } from '../check/gather.ts'
import { resolveHosts } from '../check/resolve-hosts.ts'
import { unreadFiles } from '../galera/unread-files.ts'
import type { Options } from '../options.ts'
import { type ConfiguredNode, configJson, renderConfig } from '../report/render/config.ts'
import { describeFailure } from '../session/failure.ts'
import type { Terminal } from '../terminal/terminal.ts'

const OK = 0
const UNKNOWN = 3

/** What each node's server is set to and where each value comes from; nothing is probed. Exit code 3 where a node could not be asked, or a file of it not be read. */
export async function printConfig(
  options: Options,
  environment: Environment,
  { columns, color, ascii }: Terminal,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }> {
  const deadline = AbortSignal.timeout(options.deadlineMs)
  const signal = AbortSignal.any([deadline, environment.interrupted])
  setMaxListeners(0, signal)
  const addresses = await resolveHosts(options, environment, signal)
  const config = agentConfig(options, addresses, environment)
  const { members, surveyed, surveys } = await gather(options, addresses, environment, config, signal)
  await Promise.all(members.map(({ session }) => session?.close()))
  const nodes = members
    .filter(({ role }) => role === 'member')
    .map(({ name, failure }): ConfiguredNode => {
      const settings = surveyed.find((node) => node.name === name)?.settings ?? null
      const survey = surveys.get(name)
      const unread = survey === undefined ? [] : unreadFiles(survey)
      return { name, settings, unread, ...(failure && { why: describeFailure(name, failure) }) }
    })
  const stdout =
    options.format === 'json'
      ? `${JSON.stringify(configJson(nodes), null, 2)}\n`
      : await renderConfig(nodes, { columns, color, ascii })
  return { stdout, stderr: '', exitCode: nodes.every(isKnown) ? OK : UNKNOWN }
}

function isKnown({ settings, unread = [] }: ConfiguredNode): boolean {
  return settings !== null && unread.length === 0
}
