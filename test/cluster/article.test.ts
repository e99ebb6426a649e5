import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { articleRuleset } from '../lab/article.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { nameOf } from './checks.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { VIA_NOBODY } from './machine.ts'
import { describeCluster } from './require.ts'

/** The flows that the article's firewall blocks, and where. */
const BLOCKED = {
  'n1>n2 galera': 'DOWN target',
  'n1>n2 ist': 'DOWN target',
  'n1>n2 sst': 'DOWN target',
}

const PMM = ['--service', 'linux=42000/tcp', '--service', 'mysqld=42002/tcp', '--only', 'linux,mysqld']

describeCluster('the article, on a real cluster', ['ssh'], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab({
      ssh: true,
      hosts: [
        { name: 'n1', address: '10.99.0.11' },
        { name: 'n2', address: '10.99.0.12' },
      ],
    })
    cluster = await createCluster(lab, { nodes: ['n1', 'n2'], sst: 'mariabackup' })
  }, 120_000)
  afterAll(() => lab?.close())

  async function check(...args: string[]): Promise<Report> {
    const { stdout, stderr } = await lab.execTool(['--nodes', 'n1,n2', ...args, '--format', 'json'])
    expect(stderr).toBe('')
    return JSON.parse(stdout) as Report
  }

  /** As a user would, line by line in a root shell of the node. */
  async function paste(fixes: Report['fixes']): Promise<void> {
    for (const { node, commands, proven } of fixes) {
      expect(proven).toBe(true)
      const input = `${commands.join('\n')}\n`
      const { code, stdout, stderr } = await lab.exec(node, ['sh', '-e'], { input })
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' })
    }
  }

  const blockedIn = ({ flows }: Report) =>
    Object.fromEntries(
      flows
        .filter(({ status, service }) => status === 'DOWN' && service !== 'galera-udp')
        .map((flow) => [nameOf(flow), `${flow.status} ${flow.blockedAt}`]),
    )

  it('a node that cannot join is found, opened, and joins', { timeout: 180_000 }, async () => {
    await lab.iptables('n2', articleRuleset({ rejectWith: 'icmp-host-prohibited' }))
    expect((await cluster.bootstrap('n1')).ok).toBe(true)
    expect((await cluster.start('n2')).ok).toBe(false)
    expect((await cluster.logLines('n1')).join('\n')).toContain('No route to host')

    for (const way of [[], ['--via', lab.via]]) {
      const report = await check(...way)
      expect(report.exitCode).toBe(2)
      expect(blockedIn(report)).toEqual(BLOCKED)
      for (const flow of report.flows) {
        if (nameOf(flow) in BLOCKED) expect(flow.blockedBy?.rule).toContain('-j REJECT')
      }
    }

    // Without root it is seen too, and the commands are given as what they are: unproven.
    const asUser = await check('--via', VIA_NOBODY)
    expect(asUser.exitCode).toBe(2)
    // The joiner that has died may have left its socat on 4444: that one is not touched.
    expect(blockedIn(asUser)).toMatchObject({ 'n1>n2 galera': 'DOWN target', 'n1>n2 ist': 'DOWN target' })
    expect(asUser.fixes.map(({ node, proven }) => [node, proven])).toEqual([['n2', false]])

    const { fixes } = await check()
    expect(fixes.map(({ node }) => node)).toEqual(['n2'])
    await paste(fixes)
    expect(blockedIn(await check())).toEqual({})

    // What the failed SST has left of the data is not asked about: a fresh node joins.
    await cluster.wipe('n2')
    const { ok, log } = await cluster.start('n2')
    expect(ok, log.slice(-4000)).toBe(true)
    expect(await cluster.status('n2', ['wsrep_cluster_size', 'wsrep_local_state_comment'])).toEqual({
      wsrep_cluster_size: '2',
      wsrep_local_state_comment: 'Synced',
    })
    for (const way of [[], ['--via', lab.via]]) {
      const report = await check(...way)
      expect(report.exitCode).toBe(0)
      expect(blockedIn(report)).toEqual({})
    }

    // And the article's last two ports.
    const exporters = await check(...PMM)
    expect(blockedIn(exporters)).toEqual({ 'n1>n2 linux': 'DOWN target', 'n1>n2 mysqld': 'DOWN target' })
    await paste(exporters.fixes)
    expect(blockedIn(await check(...PMM))).toEqual({})
  })
})
