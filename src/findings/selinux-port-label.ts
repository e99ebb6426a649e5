import type { EndpointName, NodeSettings } from '../galera/node-settings.ts'
import type { Finding } from '../report/report.ts'
import type { Protocol } from '../services.ts'
import type { Inspection } from '../session/survey-messages.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { knownMembers } from './known-addresses.ts'

type PortLabel = NonNullable<Inspection['portLabels']>[number]

interface UsedPort {
  readonly protocol: Protocol
  readonly port: number
  readonly purpose: string
}

/** What a confined server may listen on, and what SELinux calls it. */
interface Mislabelled extends UsedPort {
  readonly label: PortLabel | null
}

const LABEL = 'mysqld_port_t'

/** Ports of the cluster on which SELinux does not let the server listen; nobody says so but the audit log. */
export function selinuxPortLabels(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) => {
    const { settings, survey, inspection } = node
    const labels = inspection?.portLabels ?? null
    // An arbitrator does not run in mysqld's domain.
    if (survey?.selinux !== 'enforcing' || labels === null || settings.flavour === 'garbd') return []
    const wrong = usedPorts(settings)
      .map((used) => ({ ...used, label: labelOf(used, labels) }))
      .filter((used) => !mayBind(used))
    // It listens on one of them: its domain is permissive, or it has none.
    if (wrong.some((used) => isHeld(node, used))) return []
    return wrong.length === 0 ? [] : [finding(node.name, wrong)]
  })
}

function usedPorts({ endpoints, multicast, sstMethod }: NodeSettings): UsedPort[] {
  const tcp = (name: EndpointName, purpose: string): UsedPort => ({
    protocol: 'tcp',
    port: endpoints[name].port.value,
    purpose,
  })
  const noSst = ['skip', 'ist_only', 'mysqldump'].includes(sstMethod.value)
  const all = [
    tcp('mysql', 'client connections'),
    tcp('galera', 'group communication'),
    ...(multicast === null
      ? []
      : [{ protocol: 'udp', port: endpoints.galera.port.value, purpose: 'multicast' } as const]),
    tcp('ist', 'IST, and every SST'),
    ...(noSst ? [] : [tcp('sst', 'SST')]),
  ]
  return all.filter(
    (used, at) =>
      all.findIndex(({ protocol, port }) => protocol === used.protocol && port === used.port) === at,
  )
}

/** Of all entries that hold the port, the narrowest is the one that SELinux goes by. */
function labelOf({ protocol, port }: UsedPort, labels: readonly PortLabel[]): PortLabel | null {
  const holding = labels.filter((each) => each.protocol === protocol && each.from <= port && port <= each.to)
  return holding.toSorted((a, b) => a.to - a.from - (b.to - b.from))[0] ?? null
}

/** By mysql.te of the base policy (mysqld_port_t, tram_port_t) and by the module for SST of the server's packages (4444 as it comes). */
function mayBind({ protocol, port, label }: Mislabelled): boolean {
  if (label === null) return false
  if (label.type === LABEL) return true
  return (
    protocol === 'tcp' &&
    (label.type === 'tram_port_t' || (label.type === 'kerberos_port_t' && port === 4444))
  )
}

function isHeld({ survey, inspection }: NodeView, { protocol, port }: UsedPort): boolean {
  const servers = survey?.servers ?? []
  if (protocol !== 'tcp') return false
  // A receiver of IST is there for moments; the server's log tells of it.
  const lines = (inspection?.logs ?? []).flatMap((log) => log.lines)
  return (
    servers.some(({ listens }) => listens.some((each) => each.port === port)) ||
    lines.some((line) => Number(IST_RECEIVER.exec(line)?.[1]) === port)
  )
}

/** galera/src/ist.cpp, after it has begun to listen. */
const IST_RECEIVER = /Prepared IST receiver\b.{0,200}\blistening at: \S{1,200}:(\d{1,5})\b/

function finding(node: string, wrong: readonly Mislabelled[]): Finding {
  const ports = wrong.map(
    ({ protocol, port, purpose, label }) =>
      `${port}/${protocol} (${purpose}) is ${label?.type ?? 'without a label'}`,
  )
  return {
    code: 'selinux-port-label',
    severity: 'warning',
    node,
    args: { node, ports: wrong.map(({ protocol, port }) => `${port}/${protocol}`).join(',') },
    message:
      `SELinux enforces, and by its labels it keeps the server from listening on ports of the cluster: ${ports.join(', ')}. ` +
      `Unless mysqld_t is permissive ("semanage permissive -l" lists it), state transfers to this node fail though no firewall blocks them. Next: run "${wrong.map(commandOf).join('; ')}".`,
  }
}

/** An entry for just this port is there to be modified; over a wider one, or none, the port's own is added (seobject.py goes by equal ranges). */
function commandOf({ protocol, port, label }: Mislabelled): string {
  const exists = label !== null && label.from === port && label.to === port
  return `semanage port ${exists ? '-m' : '-a'} -t ${LABEL} -p ${protocol} ${port}`
}
