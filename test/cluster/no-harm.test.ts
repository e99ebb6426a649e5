import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { type Checked, CheckLoop, check, downOf, type Mode, reportOf } from './checks.ts'
import { type Cluster, createCluster } from './cluster.ts'
import type { ClusterOptions } from './config.ts'
import { VIA } from './machine.ts'
import { describeCluster } from './require.ts'
import { limit, rounds } from './rounds.ts'
import { expectNoTraces, expectOnlyLogins, tracesOf } from './traces.ts'

/** A cluster that runs, for the tests of one `describe`. */
function running(options: ClusterOptions): { readonly cluster: Cluster; readonly lab: Lab } {
  const made: { lab?: Lab; cluster?: Cluster } = {}
  beforeAll(async () => {
    made.lab = await createLab()
    made.cluster = await createCluster(made.lab, options)
    await made.cluster.startAll()
  }, 120_000)
  afterAll(() => made.lab?.close())
  return {
    get cluster() {
      return made.cluster as Cluster
    },
    get lab() {
      return made.lab as Lab
    },
  }
}

/** `count` checks; each must have found the running cluster as it is, by the probes that are meant. */
async function checkMany(cluster: Cluster, mode: Mode, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const checked = await check(cluster, mode)
    expect(downOf([checked])).toEqual([])
    if (mode === 'zero-touch') expectOpen(checked, cluster.nodes.length)
    else expectMysqlOnly(checked)
  }
}

/** `count` checks with --rtt; each has measured every pair, and some of them at mysqld's own ports. */
async function measureMany(cluster: Cluster, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    // In turns where nothing listens, at 3306 and at 4567.
    const only = [[], ['--only', 'mysql'], ['--only', 'galera']][i % 3] ?? []
    const { exitCode, paths = [] } = await reportOf(cluster, ['--via', VIA, '--rtt', ...only])
    expect(exitCode).toBe(0)
    expect(paths).toHaveLength(cluster.nodes.length * (cluster.nodes.length - 1))
    for (const path of paths) expect(path).toMatchObject({ samples: 20, lost: 0 })
    expect(new Set(paths.map(({ port }) => port))).toEqual(new Set([[4568, 3306, 4567][i % 3]]))
  }
}

/** Of the four TCP services of a live node only mysql is ever spoken to without raw sockets. */
function expectMysqlOnly({ flows, probed }: Checked): void {
  const services = new Set([...probed].map((name) => name.split(' ')[1]))
  expect([...services].sort()).toEqual(['galera-udp', 'mysql'])
  for (const [name, { status }] of flows) if (name.endsWith(' mysql')) expect(status, name).toBe('OK')
}

function expectOpen({ exitCode, flows }: Checked, nodes: number): void {
  expect(exitCode).toBe(0)
  expect([...flows].filter(([, { status }]) => status !== 'OK')).toEqual([])
  expect(flows.size).toBe(nodes * (nodes - 1) * 5)
}

describeCluster('a running cluster does not notice the check', [], () => {
  const at = running({ sst: 'mariabackup' })

  const often = rounds(10, 1000)
  it(`with raw sockets, ${often} times`, { timeout: limit(often, 5) }, async () => {
    const before = await tracesOf(at.cluster)
    await checkMany(at.cluster, 'zero-touch', often)
    await expectNoTraces(at.cluster, before)
  })

  const measured = rounds(5, 100)
  it(`with round trips measured, ${measured} times`, { timeout: limit(measured, 10) }, async () => {
    const before = await tracesOf(at.cluster)
    await measureMany(at.cluster, measured)
    await expectNoTraces(at.cluster, before)
  })

  const seldom = rounds(3, 1000)
  it(`without any rights, ${seldom} times`, { timeout: limit(seldom, 10) }, async () => {
    const before = await tracesOf(at.cluster)
    await checkMany(at.cluster, 'unprivileged', seldom)
    await expectOnlyLogins(at.cluster, before, seldom)
  })

  it('leaves no process behind', async () => {
    const python = () => at.lab.processes().filter(({ args }) => /python/.test(args[0] ?? ''))
    expect(python()).toEqual([])
  })

  const restarts = rounds(2, 20)
  it(`while a node is restarted, ${restarts} times`, { timeout: limit(restarts, 60) }, async () => {
    const loop = new CheckLoop(at.cluster, ['zero-touch', 'unprivileged'])
    for (let i = 0; i < restarts; i++) {
      await loop.more(1)
      // In turns in order and by a crash.
      await (i % 2 === 0 ? at.cluster.stop('n3') : at.cluster.kill('n3'))
      await loop.more(1)
      const { ok, log } = await at.cluster.start('n3')
      expect(ok, log.slice(-4000)).toBe(true)
    }
    expect(downOf(await loop.stop())).toEqual([])
  })
})

describeCluster('a running cluster with TLS does not notice the check', [], () => {
  const at = running({ nodes: ['n1', 'n2'], sst: 'mariabackup', tls: true })
  const often = rounds(10, 500)
  it(`${often} times`, { timeout: limit(often, 5) }, async () => {
    const before = await tracesOf(at.cluster)
    await checkMany(at.cluster, 'zero-touch', often)
    await expectNoTraces(at.cluster, before)
    await measureMany(at.cluster, Math.ceil(often / 3))
    await expectNoTraces(at.cluster, before)
    const few = Math.ceil(often / 10)
    await checkMany(at.cluster, 'unprivileged', few)
    await expectOnlyLogins(at.cluster, before, few)
  })
})

describeCluster('a running cluster with dynamic sockets stays Primary', [], () => {
  const at = running({ nodes: ['n1', 'n2'], sst: 'mariabackup', dynamic: true })
  const often = rounds(10, 500)
  it(`over ${often} checks`, { timeout: limit(often, 5) }, async () => {
    const before = await tracesOf(at.cluster)
    await checkMany(at.cluster, 'zero-touch', often)
    await expectNoTraces(at.cluster, before)
    const few = Math.ceil(often / 10)
    await checkMany(at.cluster, 'unprivileged', few)
    await expectOnlyLogins(at.cluster, before, few)
    expect(before.n1?.status.wsrep_cluster_status).toBe('Primary')
  })
})
