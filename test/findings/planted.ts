import { isIP } from 'node:net'
import { locateBySettings } from '../../src/check/locate.ts'
import type { ClusterView, NodeView } from '../../src/findings/cluster-view.ts'
import { readSettings } from '../../src/galera/read-settings.ts'
import { canonicalAddress } from '../../src/inventory/host-address.ts'
import { planFlows } from '../../src/plan.ts'
import type { Finding, ReportFlow } from '../../src/report/report.ts'
import { GALERA_SERVICES } from '../../src/services.ts'
import type { Inspection, SurveyedServer } from '../../src/session/survey-messages.ts'
import { type Keys, surveyOf } from '../galera/settings.ts'
import { addressOf, hello, inspection, node, server } from './view.ts'

/** What one node of a cluster has beside what all of them have. */
export interface Plant extends Keys {
  /** `ADDRESS INTERFACE`; loopback is there already. */
  readonly addresses?: readonly string[]
  /** What names lead to on this node. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  readonly listens?: SurveyedServer['listens']
  readonly certificates?: Inspection['certificates']
  readonly view?: Partial<NodeView>
}

/** As a running MariaDB tells it whose wsrep_node_address is set: its provider fills in what follows from that. */
function told(index: number, size: number, { variables, provider }: Plant, running: readonly string[]): Keys {
  const members = Array.from({ length: size }, (_, each) => addressOf(each))
  const own = variables?.wsrep_node_address ?? addressOf(index)
  return {
    variables: {
      wsrep_cluster_address: `gcomm://${members.join(',')}`,
      wsrep_node_address: own,
      wsrep_sst_method: 'mariabackup',
      ...variables,
    },
    provider: {
      base_host: own,
      base_port: '4567',
      'gmcast.listen_addr': 'tcp://0.0.0.0:4567',
      'ist.recv_addr': own,
      ...provider,
    },
    status: {
      wsrep_local_state_comment: 'Synced',
      wsrep_cluster_status: 'Primary',
      wsrep_cluster_size: `${running.length}`,
      wsrep_incoming_addresses: running.map((host) => `${host}:3306`).join(','),
    },
  }
}

/** A cluster of nodes as their agents tell of them, with the flows that are planned for it, all of them OK. */
export function planted(size: number, plants: readonly (Plant | undefined)[] = []): ClusterView {
  const all = Array.from({ length: size }, (_, index) => plants[index] ?? {})
  const running = all.flatMap(({ stopped }, index) => (stopped ? [] : [addressOf(index)]))
  const nodes = all.map((plant, index) => plantedNode(index, size, plant, running))
  return { nodes, flows: plannedFlows(nodes), nowMs: Date.UTC(2026, 0, 1) }
}

function plantedNode(index: number, size: number, plant: Plant, running: readonly string[]): NodeView {
  const keys = { ...told(index, size, plant, running), ...pick(plant) }
  const made = surveyOf(keys)
  const listens = plant.listens ?? server().listens
  const survey = { ...made, servers: made.servers.map((each) => ({ ...each, listens })) }
  const addresses = plant.addresses ?? [`${addressOf(index)} eth0`]
  const resolved = Object.entries(plant.names ?? {}).map(([name, found]) => ({
    name,
    addresses: [...found],
    error: found.length === 0 ? 'EAI_NONAME' : null,
  }))
  return node(index, size, {
    hello: hello(index, {
      addresses: ['127.0.0.1 lo', ...addresses].map((each) => {
        const [address = '', name = ''] = each.split(' ')
        return { address, interface: name }
      }),
    }),
    survey,
    settings: readSettings(survey),
    inspection: inspection(index, size, { resolved, certificates: plant.certificates ?? [] }),
    ...plant.view,
  })
}

function pick({ files, args, program, connections, answer, stopped, status, installed }: Plant): Keys {
  const given = { files, args, program, connections, answer, stopped, status, installed }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function plannedFlows(nodes: readonly NodeView[]): ReportFlow[] {
  const endpoints = nodes.map(({ name, role, given, address }) => ({ name, role, address: address ?? given }))
  const surveyed = nodes.map(({ name, address, hello: said, settings, inspection: found }) => ({
    name,
    address,
    own: (said?.addresses ?? []).map((each) => canonicalAddress(each.address)),
    settings,
    resolved: new Map((found?.resolved ?? []).map((each) => [each.name, each.addresses])),
  }))
  return planFlows(endpoints, endpoints, GALERA_SERVICES, locateBySettings(surveyed)).map(
    ({ service, ...flow }) => ({
      ...flow,
      service: service.name,
      status: 'OK',
      reason: 'witnessed',
      proof: 'witness',
      blockedAt: null,
      required: service.need === 'required',
      listening: service.listens === 'always',
      rttMs: 0.3,
      observations: [],
    }),
  )
}

/** The same cluster where nothing that is sent to the address arrives. */
export function lost(view: ClusterView, address: string, from?: string): ClusterView {
  if (isIP(address) === 0 || !view.flows.some((flow) => flow.address === address)) {
    throw new Error(`no flow to ${address}`)
  }
  return {
    ...view,
    flows: view.flows.map((flow) =>
      flow.address === address && (from === undefined || from === flow.from)
        ? { ...flow, status: 'DOWN', reason: 'dropped', blockedAt: 'network', rttMs: null }
        : flow,
    ),
  }
}

export function codes(findings: readonly Finding[]): string[] {
  return findings.map(({ code, node: name }) => (name === undefined ? code : `${code} ${name}`))
}
