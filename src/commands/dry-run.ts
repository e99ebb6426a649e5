import { agentSource } from '../agent/program.ts'
import type { Environment } from '../check/environment.ts'
import { proberName, resolveNode, transportFor } from '../check/members.ts'
import { hostsOf } from '../inventory/hosts.ts'
import type { Options } from '../options.ts'
import { planFlows } from '../plan.ts'
import { API_PATHS, firstApi, otherApis } from '../pmm/requests.ts'
import { count } from '../report/render/lists.ts'
import { agentCommand } from '../session/transport.ts'
import { shellQuote } from '../terminal/shell-quote.ts'

/** What a run would do, for reading before anything runs: the commands, the flows, and the agent's source. */
export async function dryRun(options: Options, environment: Environment): Promise<string> {
  const via = options.via.kind
  const nodes = await Promise.all(
    hostsOf(options).map(async (node) => {
      const address = await resolveNode(node, environment)
      return { node, address, transport: transportFor(node, address, options, environment) }
    }),
  )
  const commands =
    via === 'none'
      ? [['this host', agentCommand({ kind: 'local' }, options.become)] as const]
      : nodes.map(({ node, transport }) => [node.name, agentCommand(transport, options.become)] as const)
  const endpoints = nodes.map(({ node, address }) => ({
    name: node.name,
    address: address ?? node.address,
    role: node.role,
  }))
  const sources =
    via === 'none'
      ? [{ name: proberName(options, environment), address: '', role: 'member' as const }]
      : endpoints
  const flows = planFlows(sources, endpoints, options.services)
  return [
    'Nothing has been run or sent. This would be run, with the agent below on its stdin:',
    '',
    ...commands.map(([name, argv]) => `${name}:\n  ${argv.map(shellQuote).join(' ')}`),
    '',
    ...discovery(options),
    ...(flows.length === 0 ? [] : [`${count(flows.length, 'flow')} would be probed:`]),
    ...flows.map(
      ({ from, to, address, port, protocol, service }) =>
        `  ${from} -> ${to} (${address}) ${port}/${protocol} ${service.name}`,
    ),
    ...pmmRequests(options),
    '',
    'The agent:',
    '',
    agentSource(),
  ].join('\n')
}

/** One node alone is asked for the others, so what is sent among them is not known before. */
function discovery({ nodes: [node, ...rest], discover, via }: Options): string[] {
  if (!discover || via.kind === 'none' || node === undefined || rest.length > 0) return []
  return [
    `${node.name} would first be asked for the other members of its cluster; then the command above would be run on each of`,
    'them too, and the flows between all of them would be probed. To see these here, name all: --nodes A,B,C',
    '',
  ]
}

/** What is said over the connections to a PMM server and to the exporters: requests that its clients and itself make as well. */
function pmmRequests({ pmm, pmmKind, services, via, ntp }: Options): string[] {
  const port = services.find(({ name }) => name === 'pmm-server')?.port
  if (pmm === null || port === undefined || via.kind === 'none') return []
  const paths = [firstApi(pmmKind), ...otherApis(pmmKind, true), 'targets' as const].map(
    (api) => API_PATHS[api],
  )
  return [
    '',
    `Each node would ask ${pmm.name}, port ${port}, for the last one only one of them, some only with a password:`,
    ...paths.map((path) => `  GET ${path}`),
    'and its own exporters, 42000 and 42002, once or twice:',
    '  GET /metrics, /metrics-hr',
    ...(ntp === null ? [] : [`and ${ntp}, 123/udp, for its time.`]),
  ]
}
