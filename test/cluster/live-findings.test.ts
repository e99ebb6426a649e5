import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { nodeFiles } from './config.ts'
import { expectFindings } from './found.ts'
import { describeCluster } from './require.ts'
import { bareConnects } from './stray.ts'
import { until } from './until.ts'

describeCluster('troubles of a running cluster', [], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab()
    cluster = await createCluster(lab, { sst: 'mariabackup' })
    await cluster.startAll()
  }, 120_000)
  afterAll(() => lab?.close())

  /** Loads rules of a node's INPUT and OUTPUT, and begins its log, and those of its peers, anew. */
  async function block(node: string, ...rules: readonly string[]): Promise<void> {
    for (const each of cluster.nodes) await lab.exec('holder', `: >${nodeFiles(each).log}`)
    await lab.iptables(node, `*filter\n${rules.join('\n')}\nCOMMIT\n`)
  }
  const logged = (node: string, pattern: RegExp) => cluster.server(node).logged(pattern, 0)
  /** All are in one group again. */
  const whole = () =>
    until(async () => {
      const names = ['wsrep_cluster_size', 'wsrep_local_state_comment']
      const all = await Promise.all(cluster.nodes.map((node) => cluster.status(node, names)))
      return all.every(
        (each) => each.wsrep_cluster_size === '3' && each.wsrep_local_state_comment === 'Synced',
      )
    })

  it('none', async () => {
    const { status, exitCode } = await expectFindings(cluster, [])
    expect({ status, exitCode }).toEqual({ status: 'OK', exitCode: 0 })
  })

  it('a member that was not named', () =>
    expectFindings(cluster, ['member-not-listed'], [], 'n1=10.99.0.11,n2=10.99.0.12'))

  it('nearly too many broken connections', async () => {
    await bareConnects(lab, 'n1', '10.99.0.12', 3306, 90)
    await expectFindings(cluster, ['max-connect-errors n2'])
    await cluster.sql('n2', 'FLUSH HOSTS')
  })

  it('a node that is set aside', async () => {
    await cluster.sql('n2', 'SET GLOBAL wsrep_desync=ON')
    await expectFindings(cluster, ['node-not-synced n2'])
    await cluster.sql('n2', 'SET GLOBAL wsrep_desync=OFF')
  })

  it('SST blocked from everywhere', async () => {
    await block('n2', '-A INPUT -p tcp --dport 4444 -j DROP')
    await expectFindings(cluster, ['no-donor n2'])
    await lab.flush('n2')
  })

  it('IST blocked from one donor', async () => {
    await block('n2', '-A INPUT -p tcp --dport 4568 -s 10.99.0.11 -j DROP')
    await expectFindings(cluster, ['sst-impossible'])
    await lab.flush('n2')
  })

  it('group communication blocked one way', async () => {
    await block('n2', '-A INPUT -p tcp --dport 4567 -s 10.99.0.11 --syn -j DROP')
    await expectFindings(cluster, ['link-one-way'])
    await lab.flush('n2')
  })

  it('group communication blocked between two', { timeout: 120_000 }, async () => {
    await block('n2', '-A INPUT -p tcp -s 10.99.0.11 -m multiport --ports 4567 -j DROP')
    for (const node of ['n1', 'n2']) await logged(node, /connection to peer .* timed out/)
    const logs = ['log-group-unreachable n1', 'log-group-unreachable n2']
    await expectFindings(cluster, ['link-relayed', ...logs])
    await lab.flush('n2')
    await whole()
  })

  it('a node cut off', { timeout: 120_000 }, async () => {
    const port = '-p tcp -m multiport --ports 4567 -j DROP'
    await block('n3', `-A INPUT ${port}`, `-A OUTPUT ${port}`)
    for (const node of cluster.nodes) await logged(node, /connection to peer .* timed out/)
    await logged('n3', /NON_PRIM/)
    const logs = cluster.nodes.map((node) => `log-group-unreachable ${node}`)
    await expectFindings(cluster, ['partition', 'non-primary n3', ...logs])
    await lab.flush('n3')
    await whole()
    await expectFindings(cluster, [])
  })

  it('a stopped node is no trouble', async () => {
    await cluster.stop('n3')
    await expectFindings(cluster, [])
  })
})
