import { readFileSync } from 'node:fs'
import type { ClusterView, NodeView } from '../../src/findings/cluster-view.ts'
import type { ClusterState, NodeSettings, ServiceEndpoint } from '../../src/galera/node-settings.ts'
import type { Reason } from '../../src/reasons.ts'
import type { ReportFlow } from '../../src/report/report.ts'
import { GALERA_SERVICES } from '../../src/services.ts'
import type { Inspection } from '../../src/session/survey-messages.ts'

const FOLDER = new URL('../../fixtures/logs/', import.meta.url)
const NAMES = ['n1', 'n2', 'n3'] as const
type Name = (typeof NAMES)[number]

const addressOf = (name: string) => `10.99.0.1${name.slice(1)}`

/** Lines of a recorded log. */
export const recorded = (name: string) => readFileSync(new URL(`${name}.log`, FOLDER), 'utf8').split('\n')

export const SYNCED: ClusterState = { state: 'Synced', status: 'Primary', size: 3, uuid: null, incoming: [] }
export const NON_PRIMARY: ClusterState = { ...SYNCED, state: 'Initialized', status: 'non-Primary' }

/** `stopped`: no server runs; null: one runs and was not asked. */
export type State = ClusterState | 'stopped' | null

interface Given {
  readonly logs: Partial<Record<Name, readonly string[]>>
  readonly states?: Partial<Record<Name, State>>
  /** `n3>n1 galera` → why it is DOWN. */
  readonly down?: Readonly<Record<string, Reason>>
}

/** Three members that work but for what is given. */
export function clusterView({ logs, states = {}, down = {} }: Given): ClusterView {
  return {
    nodes: NAMES.map((name) =>
      nodeView(name, logs[name] ?? [], states[name] === undefined ? SYNCED : states[name]),
    ),
    flows: NAMES.flatMap((from) =>
      NAMES.filter((to) => to !== from).flatMap((to) =>
        GALERA_SERVICES.map((service): ReportFlow => {
          const reason = down[`${from}>${to} ${service.name}`]
          return {
            id: `${from}-${to}-${service.name}`,
            from,
            to,
            service: service.name,
            protocol: service.protocol,
            address: addressOf(to),
            port: service.port,
            status: reason === undefined ? 'OK' : 'DOWN',
            reason: reason ?? 'witnessed',
            proof: 'witness',
            blockedAt: reason === undefined ? null : 'target',
            required: true,
            listening: null,
            rttMs: null,
            observations: [],
          }
        }),
      ),
    ),
    nowMs: Date.UTC(2026, 10, 24, 21),
  }
}

function nodeView(name: string, lines: readonly string[], state: State): NodeView {
  const log: Inspection['logs'][number] = { path: '/var/log/x', state: 'read', size: 1, lines: [...lines] }
  return {
    name,
    role: 'member',
    given: name,
    address: addressOf(name),
    hello: null,
    survey: null,
    settings: settingsOf(name, state),
    inspection: {
      type: 'inspection',
      resolved: [],
      certificates: [],
      logs: [log],
      routes: [],
      portLabels: null,
      rpFilterDrops: null,
    },
  }
}

function settingsOf(name: string, state: State): NodeSettings {
  const value = <T>(of: T) => ({ value: of, origin: { kind: 'server' } as const })
  const endpoint = (port: number): ServiceEndpoint => ({ advertised: null, port: value(port), bind: null })
  const timer = value(1000)
  return {
    flavour: 'mariadb',
    version: '10.11.19',
    galeraVersion: '26.4.23',
    running: state !== 'stopped',
    wsrep: true,
    known: 'server',
    nodeName: value(name),
    clusterName: value('lab'),
    clusterAddress: null,
    nodeAddress: value(addressOf(name)),
    endpoints: { mysql: endpoint(3306), galera: endpoint(4567), ist: endpoint(4568), sst: endpoint(4444) },
    sstMethod: value('mariabackup'),
    segment: value(0),
    weight: value(1),
    multicast: null,
    encryption: value('off'),
    tls: { certificate: null, key: null, ca: null },
    sstEncryption: value('off'),
    timers: {
      'gmcast.peer_timeout': timer,
      'evs.keepalive_period': timer,
      'evs.suspect_timeout': timer,
      'evs.inactive_timeout': timer,
      'evs.install_timeout': timer,
      'evs.delay_margin': timer,
    },
    maxConnectErrors: null,
    errorLog: null,
    state: state === 'stopped' ? null : state,
    all: new Map(),
  }
}
