import type { ClusterView, NodeView } from '../../src/findings/cluster-view.ts'
import type { EndpointName, NodeSettings, ServiceEndpoint, Value } from '../../src/galera/node-settings.ts'
import type { ReportFlow } from '../../src/report/report.ts'
import type { Hello } from '../../src/session/messages.ts'
import type { Inspection, Survey, SurveyedServer } from '../../src/session/survey-messages.ts'

/** A healthy cluster as findings see it, in which tests plant troubles. */

export const value = <T>(of: T): Value<T> => ({ value: of, origin: { kind: 'server' } })

export const endpoint = (port: number, more: Partial<ServiceEndpoint> = {}): ServiceEndpoint => ({
  advertised: null,
  port: value(port),
  bind: null,
  ...more,
})

export const PORTS: Readonly<Record<EndpointName, number>> = {
  mysql: 3306,
  galera: 4567,
  ist: 4568,
  sst: 4444,
}

export const addressOf = (index: number) => `10.1.1.${index + 1}`
const uuidOf = (index: number) => `00000000-0000-11f1-a595-63${String(index + 1).padStart(10, '0')}`

/** A running, synced MariaDB node of three, `index` from 0. */
export function settings(index = 0, size = 3, more: Partial<NodeSettings> = {}): NodeSettings {
  const members = Array.from({ length: size }, (_, each) => addressOf(each))
  return {
    flavour: 'mariadb',
    version: '10.11.19',
    galeraVersion: '26.4.23',
    running: true,
    wsrep: true,
    known: 'server',
    nodeName: value(`n${index + 1}`),
    clusterName: value('cluster'),
    clusterAddress: value({
      text: `gcomm://${members.join(',')}`,
      hosts: members.map((host) => ({ host, port: null })),
      options: new Map(),
    }),
    nodeAddress: value(addressOf(index)),
    endpoints: {
      mysql: endpoint(PORTS.mysql),
      galera: endpoint(PORTS.galera),
      ist: endpoint(PORTS.ist, { advertised: value(addressOf(index)) }),
      sst: endpoint(PORTS.sst, { advertised: value(addressOf(index)) }),
    },
    sstMethod: value('mariabackup'),
    segment: value(0),
    weight: value(1),
    multicast: null,
    encryption: value('off'),
    tls: { certificate: null, key: null, ca: null },
    sstEncryption: value('off'),
    timers: {
      'gmcast.peer_timeout': value(3000),
      'evs.keepalive_period': value(1000),
      'evs.suspect_timeout': value(5000),
      'evs.inactive_timeout': value(15_000),
      'evs.install_timeout': value(7500),
      'evs.delay_margin': value(1000),
    },
    maxConnectErrors: value(100),
    errorLog: null,
    state: {
      state: 'Synced',
      status: 'Primary',
      size,
      uuid: uuidOf(index),
      incoming: members.map((host) => ({ host, port: 3306 })),
    },
    all: new Map(),
    ...more,
  }
}

export function server(index = 0, more: Partial<SurveyedServer> = {}): SurveyedServer {
  return {
    pid: 1000 + index,
    program: 'mariadbd',
    args: ['mariadbd'],
    listens: [
      { address: '0.0.0.0', port: PORTS.mysql },
      { address: '0.0.0.0', port: PORTS.galera },
    ],
    connections: [],
    socket: '/run/mysqld/mysqld.sock',
    log: null,
    answer: 'told',
    detail: null,
    variables: {},
    status: {},
    hostErrors: [],
    ...more,
  }
}

export function survey(index = 0, more: Partial<Survey> = {}): Survey {
  return {
    type: 'survey',
    servers: [server(index)],
    files: [],
    options: [],
    installed: null,
    transferListeners: [],
    interfaces: [
      { name: 'lo', mtu: 65_536, up: true, rpFilter: 0 },
      { name: 'eth0', mtu: 1500, up: true, rpFilter: 0 },
    ],
    rpFilterAll: 0,
    conntrack: { count: 120, max: 262_144 },
    rpFilterDrops: 0,
    selinux: 'absent',
    ...more,
  }
}

export function inspection(index = 0, size = 3, more: Partial<Inspection> = {}): Inspection {
  const peers = Array.from({ length: size }, (_, each) => each).filter((each) => each !== index)
  return {
    type: 'inspection',
    resolved: [],
    certificates: [],
    logs: [],
    routes: peers.map((peer) => ({
      to: addressOf(peer),
      source: addressOf(index),
      interface: 'eth0',
      errno: null,
    })),
    portLabels: null,
    rpFilterDrops: 0,
    ...more,
  }
}

export function hello(index = 0, more: Partial<Hello> = {}): Hello {
  return {
    type: 'hello',
    protocol: 1,
    python: '3.9.18',
    kernel: '5.14.0',
    hostname: `n${index + 1}`,
    uid: 0,
    raw: true,
    rawError: null,
    addresses: [
      { address: '127.0.0.1', interface: 'lo' },
      { address: addressOf(index), interface: 'eth0' },
    ],
    sshServer: null,
    sockets: [],
    connections: [],
    mysqld: true,
    firewall: {
      osRelease: 'rocky',
      sysconfigIptables: false,
      rulesV4: false,
      nftConf: null,
      nftTables: [],
      netfilterPersistent: false,
      firewalldActive: true,
      ufwActive: false,
    },
    ...more,
  }
}

export function node(index = 0, size = 3, more: Partial<NodeView> = {}): NodeView {
  return {
    name: `n${index + 1}`,
    role: 'member',
    given: addressOf(index),
    address: addressOf(index),
    hello: hello(index),
    survey: survey(index),
    settings: settings(index, size),
    inspection: inspection(index, size),
    ...more,
  }
}

const SERVICES = [
  ['mysql', 'tcp', 3306],
  ['galera', 'tcp', 4567],
  ['ist', 'tcp', 4568],
  ['sst', 'tcp', 4444],
  ['galera-udp', 'udp', 4567],
] as const

function flow(from: NodeView, to: NodeView, service: string, more: Partial<ReportFlow> = {}): ReportFlow {
  const [, protocol, port] = SERVICES.find(([name]) => name === service) ?? [service, 'tcp', 1]
  return {
    id: `${from.name}->${to.name}/${service}`,
    from: from.name,
    to: to.name,
    service,
    protocol,
    address: to.address ?? to.given,
    port,
    status: 'OK',
    reason: 'witnessed',
    proof: 'witness',
    blockedAt: null,
    required: protocol === 'tcp',
    listening: service === 'mysql' || service === 'galera',
    rttMs: 0.3,
    observations: [],
    ...more,
  }
}

/** Every flow between the nodes, all of them OK; none of an arbitrator's but those of group communication. */
function mesh(nodes: readonly NodeView[]): ReportFlow[] {
  const arbitrates = ({ settings }: NodeView) => settings?.flavour === 'garbd'
  return nodes.flatMap((from) =>
    nodes
      .filter((to) => to !== from)
      .flatMap((to) =>
        SERVICES.filter(
          ([service]) => service.startsWith('galera') || !(arbitrates(from) || arbitrates(to)),
        ).map(([service]) => flow(from, to, service)),
      ),
  )
}

/** A healthy cluster; `more` is laid over its nodes by their index. */
export function cluster(size = 3, more: readonly Partial<NodeView>[] = []): ClusterView {
  const nodes = Array.from({ length: size }, (_, index) => node(index, size, more[index]))
  return { nodes, flows: mesh(nodes), nowMs: Date.UTC(2026, 0, 1) }
}

/** The same cluster with these flows (`n1->n2/ist`) as they are said to be. */
export function withFlows(view: ClusterView, ids: readonly string[], more: Partial<ReportFlow>): ClusterView {
  const unknown = ids.filter((id) => !view.flows.some((each) => each.id === id))
  if (unknown.length > 0) throw new Error(`no flow ${unknown.join(', ')}`)
  return { ...view, flows: view.flows.map((each) => (ids.includes(each.id) ? { ...each, ...more } : each)) }
}

/** The same cluster with these flows blocked at the target. */
export function withBlocked(view: ClusterView, ...ids: readonly string[]): ClusterView {
  return withFlows(view, ids, {
    status: 'DOWN',
    reason: 'dropped',
    blockedAt: 'target',
    rttMs: null,
    listening: null,
  })
}
