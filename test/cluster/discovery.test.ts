import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab, type LabOptions } from '../lab/lab.ts'
import { startArbitrator } from './arbitrator.ts'
import { type Cluster, createCluster } from './cluster.ts'
import type { ClusterOptions } from './config.ts'
import { expectPlaces, printedConfig } from './places.ts'
import { describeCluster } from './require.ts'

/** A running cluster on its lab, made before the tests of the block. */
function running(
  hosts: LabOptions['hosts'],
  options: ClusterOptions,
  then: (cluster: Cluster) => Promise<void> = async () => {},
  nat = false,
): { cluster: Cluster; lab: Lab } {
  const at = {} as { cluster: Cluster; lab: Lab }
  beforeAll(async () => {
    at.lab = await createLab({ hosts: hosts ?? [], nat })
    at.cluster = await createCluster(at.lab, options)
    await at.cluster.startAll()
    await then(at.cluster)
  }, 120_000)
  afterAll(() => at.lab?.close())
  return at
}

/** Ports that all differ from the usual ones and from one another, set in every way in which they can be. */
const moved = (n: number) => ({
  server: {
    port: '3307',
    wsrep_cluster_address: 'gcomm://10.97.0.11:5567,10.97.0.12:5667',
    wsrep_node_address: n === 1 ? '10.97.0.11:5567' : '10.97.0.12',
    wsrep_sst_receive_address: n === 1 ? '10.99.0.11:5444' : 'AUTO',
  },
  provider: n === 1 ? { 'ist.recv_addr': '10.97.0.11:6568' } : { 'gmcast.listen_addr': 'tcp://0.0.0.0:5667' },
})

const usual = (address: string) =>
  ['mysql:3306', 'galera:4567', 'ist:4568', 'sst:4444'].map((place) => place.replace(':', ` ${address}:`))

const PAIR = [
  { name: 'n1', address: '10.99.0.11' },
  { name: 'n2', address: '10.99.0.12' },
]

describeCluster('moved ports, two interfaces, and an arbitrator', [], () => {
  const hosts = [
    { name: 'n1', address: '10.99.0.11', second: '10.97.0.11' },
    { name: 'n2', address: '10.99.0.12', second: '10.97.0.12' },
    { name: 'g1', address: '10.99.0.15', second: '10.97.0.15' },
  ]
  const options: ClusterOptions = {
    nodes: ['n1', 'n2'],
    others: ['g1'],
    sst: 'mariabackup',
    node: { n1: moved(1), n2: moved(2) },
  }
  const at = running(hosts, options, ({ lab }) =>
    startArbitrator(lab, 'g1', {
      nodes: '10.97.0.11:5567,10.97.0.12:5667',
      options: 'gmcast.listen_addr=tcp://0.0.0.0:5767',
    }),
  )

  it('every service is found where it is advertised', { timeout: 120_000 }, async () => {
    await expectPlaces(at.cluster, 'n1=10.99.0.11,n2=10.99.0.12,g1=10.97.0.15', {
      n1: ['mysql 10.97.0.11:3307', 'galera 10.97.0.11:5567', 'ist 10.97.0.11:6568', 'sst 10.99.0.11:5444'],
      n2: ['mysql 10.97.0.12:3307', 'galera 10.97.0.12:5667', 'ist 10.97.0.12:5668', 'sst 10.97.0.12:4444'],
      g1: ['galera 10.97.0.15:5767'],
    })
  })

  it('every value is printed with where it comes from', { timeout: 120_000 }, async () => {
    await at.cluster.stop('n2')
    const [n1, n2] = await printedConfig(at.cluster)
    const file = { kind: 'file', path: '/etc/mysql/mariadb.conf.d/60-galera.cnf', group: 'galera' }
    const from = (setting: string) => ({ kind: 'derived', from: setting })
    expect(n1).toMatchObject({
      known: 'server',
      running: true,
      flavour: 'mariadb',
      services: {
        mysql: { port: { value: 3307, origin: { kind: 'server' } } },
        galera: { address: null, port: { value: 5567, origin: from('gmcast.listen_addr') } },
        ist: { address: { value: '10.97.0.11' }, port: { value: 6568, origin: from('ist.recv_addr') } },
        sst: { address: { value: '10.99.0.11', origin: from('wsrep_sst_receive_address') } },
      },
      settings: { wsrep_node_address: { value: '10.97.0.11:5567', origin: { kind: 'server' } } },
    })
    expect(n2).toMatchObject({
      known: 'files',
      running: false,
      services: {
        mysql: { port: { value: 3307, origin: file } },
        galera: { port: { value: 5667, origin: from('gmcast.listen_addr') } },
        ist: { address: { value: '10.97.0.12' }, port: { value: 5668, origin: from('the group port + 1') } },
        sst: { address: { value: '10.97.0.12' }, port: { value: 4444, origin: { kind: 'default' } } },
      },
      settings: {
        wsrep_node_address: { value: '10.97.0.12', origin: file },
        'gmcast.listen_addr': { value: 'tcp://0.0.0.0:5667', origin: file },
      },
    })
  })
})

describeCluster('IPv6 alone', ['ipv6'], () => {
  const at = running(
    PAIR.map((host) => ({ ...host, only6: true })),
    { nodes: ['n1', 'n2'], sst: 'rsync' },
  )

  it('every service is found', { timeout: 120_000 }, async () => {
    const places = { n1: usual('[fd00:99::11]'), n2: usual('[fd00:99::12]') }
    await expectPlaces(at.cluster, at.cluster.nodesOption, places)
  })
})

describeCluster('a translation one to one, and TLS', [], () => {
  const public3 = {
    server: { wsrep_node_address: '10.99.0.53' },
    provider: { 'ist.recv_bind': '10.98.0.13' },
  }
  const at = running([...PAIR, { name: 'n3', address: '10.98.0.13', public: '10.99.0.53' }], {
    sst: 'mariabackup',
    tls: true,
    each: { server: { wsrep_cluster_address: 'gcomm://10.99.0.11,10.99.0.12,10.99.0.53' } },
    node: { n3: public3 },
  })

  it('every service is found at the public address', { timeout: 120_000 }, async () => {
    await expectPlaces(at.cluster, 'n1=10.99.0.11,n2=10.99.0.12,n3=10.99.0.53', {
      n1: usual('10.99.0.11'),
      n2: usual('10.99.0.12'),
      n3: usual('10.99.0.53'),
    })
  })
})

describeCluster('a node behind a masquerade', [], () => {
  const hosts = [...PAIR, { name: 'n3', address: '10.98.0.13' }]
  const at = running(hosts, { sst: 'rsync' }, undefined, true)

  it('the router, from which its connections come, is no member', { timeout: 120_000 }, async () => {
    const places = { n1: usual('10.99.0.11'), n2: usual('10.99.0.12'), n3: usual('10.98.0.13') }
    await expectPlaces(at.cluster, at.cluster.nodesOption, places, ['advertised-differs n3'])
  })
})
