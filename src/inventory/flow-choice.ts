import { type Endpoint, planFlows } from '../plan.ts'
import type { Route, Service } from '../services.ts'
import { escapeText } from '../terminal/escape.ts'
import type { Host } from './hosts.ts'
import { InputError } from './input-error.ts'
import type { Node } from './nodes.ts'
import type { Via } from './via.ts'

/** The one flow that `--explain` asks for. */
export interface FlowChoice {
  readonly from: string
  readonly to: string
  readonly service: string
}

/** The name, when it is one of the nodes. */
export function nodeNamed(option: string, name: string, nodes: readonly Node[]): string {
  if (nodes.some((node) => node.name === name)) return name
  const known = nodes.slice(0, 10).map((node) => node.name)
  throw new InputError(
    'unknown-node',
    `${option} names no node "${escapeText(name, 80)}". Known are: ${known.join(', ')}${nodes.length > 10 ? ', ...' : ''}.`,
  )
}

/** `FROM,TO,SERVICE` of `--explain`, SERVICE a name or a port of this run (`4567`, `4567/udp`). */
export function parseFlowChoice(
  text: string,
  hosts: readonly Host[],
  services: readonly Service[],
  via: Via,
): FlowChoice {
  const [from, to, service, ...more] = text.split(',')
  if (!from || !to || !service || more.length > 0 || from === to) {
    throw new InputError(
      'bad-explain',
      `--explain "${escapeText(text, 80)}" is not FROM,TO,SERVICE with two different nodes. ` +
        `Example: --explain ${hosts[0]?.name ?? 'n1'},${hosts[1]?.name ?? 'n2'},galera`,
    )
  }
  // With --via none the source is this host, which is no node of the list.
  if (via.kind !== 'none') nodeNamed('--explain', from, hosts)
  nodeNamed('--explain', to, hosts)
  const meant = services.filter(({ name, port, protocol }) =>
    [name, `${port}`, `${port}/${protocol}`].includes(service),
  )
  const [first] = meant
  if (first === undefined) {
    const known = services.map(({ name }) => name).join(', ')
    throw new InputError(
      'unknown-service',
      `--explain names no service "${escapeText(service, 80)}" of this run. Known are: ${known}.`,
    )
  }
  const ends = { from: hostOf(from, hosts), to: hostOf(to, hosts) }
  const planned = meant.find((one) => isPlanned(ends.from, ends.to, one))
  if (planned === undefined) throw notInPlan(ends.from, ends.to, first, via)
  return { from, to, service: planned.name }
}

/** Who is no host of the run probes as a member does. */
function hostOf(name: string, hosts: readonly Host[]): Endpoint {
  const role = hosts.find((host) => host.name === name)?.role ?? 'member'
  return { name, address: '', role }
}

function isPlanned(from: Endpoint, to: Endpoint, service: Service): boolean {
  return planFlows([from], [to], [service]).length > 0
}

const ROUTES: Readonly<Record<Route, string>> = {
  members: 'from node to node',
  'member-to-pmm': 'from a node to the PMM server',
  'pmm-to-member': 'from the PMM server to a node',
}

function notInPlan(from: Endpoint, to: Endpoint, { name, route, ...service }: Service, via: Via): InputError {
  const isReversed = via.kind !== 'none' && isPlanned(to, from, { name, route, ...service })
  return new InputError(
    'flow-not-planned',
    `--explain ${escapeText(from.name, 80)},${to.name},${name}: ${name} goes ${ROUTES[route]}. ` +
      (isReversed
        ? `Turn it round: --explain ${to.name},${escapeText(from.name, 80)},${name}`
        : 'Name two such hosts.'),
  )
}
