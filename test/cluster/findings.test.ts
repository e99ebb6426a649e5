import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab, type LabOptions } from '../lab/lab.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { nodeFiles } from './config.ts'
import { expectFindings } from './found.ts'
import { describeCluster } from './require.ts'
import { ADDRESSES } from './troubles/addresses.ts'
import { CLUSTER_ADDRESS } from './troubles/cluster-address.ts'
import { ENCRYPTION } from './troubles/encryption.ts'
import { HOSTS } from './troubles/hosts.ts'
import { IPV6, TRANSLATION } from './troubles/networks.ts'
import type { Trouble } from './troubles/trouble.ts'

const NODES = [1, 2, 3].map((n) => ({ name: `n${n}`, address: `10.99.0.1${n}` }))

/** Nodes with option files, on which no server runs. */
function stopped(hosts: LabOptions['hosts']): { cluster: Cluster; lab: Lab } {
  const at = {} as { cluster: Cluster; lab: Lab }
  beforeAll(async () => {
    at.lab = await createLab({ hosts: hosts ?? [] })
    at.cluster = await createCluster(at.lab, { sst: 'mariabackup' })
  }, 60_000)
  afterAll(() => at.lab?.close())
  return at
}

async function run(cluster: Cluster, node: string, script: string): Promise<void> {
  const argv = ['sh', '-ec', script]
  const { code, stderr } =
    node === 'holder' ? await cluster.lab.exec('holder', argv) : await cluster.exec(node, argv)
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
}

async function expectTrouble(cluster: Cluster, trouble: Trouble, nodes?: string): Promise<void> {
  const { settings, plant = {}, delayMs, args, expected } = trouble
  for (const node of cluster.nodes) await cluster.configure(node, settings[node] ?? {})
  for (const [node, [planted]] of Object.entries(plant)) await run(cluster, node, planted)
  if (delayMs !== undefined) await cluster.lab.delay('n3', delayMs)
  try {
    const { exitCode } = await expectFindings(cluster, expected, args, nodes)
    if (expected.length === 0) expect(exitCode).toBe(0)
  } finally {
    if (delayMs !== undefined) await cluster.lab.delay('n3', 0)
    for (const [node, [, undo]] of Object.entries(plant)) await run(cluster, node, undo)
  }
}

describeCluster('troubles of three nodes', ['ipv6', 'delay'], () => {
  const at = stopped(NODES.map((host) => ({ ...host, second: host.address.replace('99', '97') })))
  it.each([...HOSTS, ...ADDRESSES, ...CLUSTER_ADDRESS, ...ENCRYPTION])('$name', (trouble) =>
    expectTrouble(at.cluster, trouble),
  )
})

describeCluster('troubles behind a translation', [], () => {
  const hosts = NODES.map((host) =>
    host.name === 'n3' ? { name: 'n3', address: '10.98.0.13', public: '10.99.0.53' } : host,
  )
  const at = stopped(hosts)
  const nodes = 'n1=10.99.0.11,n2=10.99.0.12,n3=10.99.0.53'
  it.each(TRANSLATION)('$name', (trouble) => expectTrouble(at.cluster, trouble, nodes))
})

describeCluster('troubles of IPv6 alone', ['ipv6'], () => {
  const at = stopped(NODES.map((host) => ({ ...host, only6: true })))
  it.each(IPV6)('$name', (trouble) => expectTrouble(at.cluster, trouble))
})

describeCluster('files that are no files', [], () => {
  const at = stopped(NODES)
  const { etc, log } = nodeFiles('n2')
  const dir = `${etc}/mariadb.conf.d`

  const OPTION_FILES = [
    ['of two gigabytes', `truncate -s 2G ${dir}/99-x.cnf`],
    ['of two gigabytes in the place of the settings', `truncate -s 2G ${dir}/60-galera.cnf`],
    ['of no text', `head -c 100000 /dev/urandom >${dir}/99-x.cnf`],
    ['that is a pipe', `rm ${dir}/60-galera.cnf; mkfifo ${dir}/60-galera.cnf`],
    ['that is a directory', `mkdir ${dir}/99-x.cnf`],
    ['that is a link to itself', `ln -s 99-x.cnf ${dir}/99-x.cnf`],
    ['that includes itself', `echo '!includedir /etc/mysql/mariadb.conf.d/' >${dir}/99-x.cnf`],
    ['of one endless line', `{ echo '[mysqld]'; head -c 20M /dev/zero | tr '\\0' a; } >${dir}/99-x.cnf`],
  ] as const
  it.each(OPTION_FILES)('an option file %s', async (_name, plant) => {
    await at.cluster.configure('n2')
    await run(at.cluster, 'holder', plant)
    const { status, findings } = await expectFindings(at.cluster, ['settings-file-unreadable n2'])
    expect(status).toBe('WARNING')
    expect(findings[0]?.message).toContain('/etc/mysql/mariadb.conf.d/')
  })

  it('thousands of option files', async () => {
    await at.cluster.configure('n2')
    await run(at.cluster, 'holder', `for i in $(seq 2000); do echo '[mysqld]' >${dir}/99-$i.cnf; done`)
    await expectFindings(at.cluster, [])
  })

  const LOGS = [
    ['of two gigabytes', `truncate -s 2G ${log}`, ['log-file-unreadable n2']],
    ['of no text', `head -c 5000000 /dev/urandom >${log}`, ['log-file-unreadable n2']],
    ['that is a pipe', `mkfifo ${log}`, ['log-file-unreadable n2']],
    ['that is a directory', `mkdir ${log}`, ['log-file-unreadable n2']],
    ['of one endless line', `head -c 50M /dev/zero | tr '\\0' W >${log}`, []],
  ] as const
  it.each(LOGS)('an error log %s', async (_name, plant, codes) => {
    await at.cluster.configure('n2')
    await run(at.cluster, 'holder', `rm -rf ${log}; ${plant}`)
    await expectFindings(at.cluster, [...codes])
  })
})
