import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { type NodeOptions, nodeFiles } from './config.ts'
import { expectFindings } from './found.ts'
import { describeCluster } from './require.ts'

describeCluster('troubles of a joiner', ['ipv6'], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab()
    cluster = await createCluster(lab, { sst: 'mariabackup' })
    await cluster.startAll(['n1', 'n2'])
  }, 120_000)
  afterAll(() => lab?.close())

  const logged = (node: string, pattern: RegExp) => cluster.server(node).logged(pattern, 0)
  /** Starts n3 on fresh data with these settings; resolves when it has ended, or `at` has been reached. */
  async function join(options: NodeOptions, at?: RegExp): Promise<void> {
    await cluster.wipe('n3')
    await cluster.configure('n3', options)
    for (const each of cluster.nodes) await lab.exec('holder', `: >${nodeFiles(each).log}`)
    const started = cluster.start('n3', ['--wsrep-sst-donor=n1'])
    if (at) await logged('n3', at)
    else expect((await started).ok).toBe(false)
  }

  it('a name whose first address has no listener', async () => {
    const server = { wsrep_cluster_address: 'gcomm://n1,10.99.0.12,10.99.0.13' }
    await cluster.configure('n3', { server, names: { n1: ['fd00:99::11', '10.99.0.11'] } })
    await expectFindings(cluster, ['ipv6-first-dead n3'])
  })

  it('TLS on a joiner alone', async () => {
    await join({ certificate: 'node' }, /wrong version number/)
    await expectFindings(cluster, ['encryption-differs', 'sst-encryption-differs', 'settings-not-asked n3'])
    await cluster.kill('n3')
    await expectFindings(cluster, ['encryption-differs', 'sst-encryption-differs'])
  })

  it('another cluster name on a joiner', async () => {
    await join({ server: { wsrep_cluster_name: 'other' } }, /NON_PRIM/)
    await logged('n1', /handshake failed, my group/)
    await expectFindings(cluster, ['cluster-name-differs', 'settings-not-asked n3'])
    await cluster.kill('n3')
  })

  it('an address that is not on the joiner', async () => {
    await join({ server: { wsrep_node_address: '10.50.0.77' } })
    await expectFindings(cluster, [
      'advertised-address-missing n3',
      'log-listen-failed n3',
      'no-donor n3',
      'stale-sst-listener n3',
    ])
  })

  it('a joiner whose SST is rejected', async () => {
    await lab.iptables(
      'n3',
      '*filter\n-A INPUT -p tcp --dport 4444 -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n',
    )
    await join({})
    await expectFindings(cluster, ['no-donor n3', 'log-sst-failed n1', 'stale-sst-listener n3'])
    await lab.flush('n3')
  })

  it('a second cluster of the same name', async () => {
    await cluster.wipe('n3')
    await cluster.configure('n3')
    expect((await cluster.bootstrap('n3')).ok).toBe(true)
    await expectFindings(cluster, ['cluster-split'])
    await cluster.stop('n3')
  })

  it('multicast, which does not work', async () => {
    for (const node of ['n2', 'n1']) await cluster.stop(node)
    const provider = { 'gmcast.mcast_addr': '239.192.0.11' }
    for (const node of cluster.nodes) await cluster.configure(node, { provider })
    await cluster.exec('n1', ['ip', 'route', 'add', '239.0.0.0/8', 'dev', 'eth0'])
    for (const each of cluster.nodes) await lab.exec('holder', `: >${nodeFiles(each).log}`)
    expect((await cluster.bootstrap('n1')).ok).toBe(true)
    await expectFindings(cluster, ['multicast-broken n1'])
  })
})
