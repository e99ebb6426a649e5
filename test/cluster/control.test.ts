import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { describeCluster } from './require.ts'
import { bareConnects, greeting, silentConnects } from './stray.ts'
import { heldIst, heldTransfer } from './transfer.ts'

const N3 = '10.99.0.13'
const N1 = '10.99.0.11'

// Every harm that no-harm.test.ts says the tool does not do is done here, by what an ordinary port checker does.
describeCluster('a bare connect', [], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab()
    cluster = await createCluster(lab, { sst: 'mariabackup' })
    await cluster.startAll()
  }, 120_000)
  afterAll(() => lab?.close())

  it('to a waiting 4568 breaks the IST', async () => {
    await cluster.stop('n3')
    const { ok, log } = await heldIst(cluster, 'n3', 'n1', async () => {
      expect(await bareConnects(lab, 'n2', N3, 4568)).toEqual([0])
    })
    expect(ok).toBe(false)
    // Which of the two ends notices first differs.
    expect(log).toMatch(
      /Receiving IST failed, node restart required|to 2.0 \(n3\) failed: Connection refused/,
    )
  })

  it('to a waiting 4444 breaks the mariabackup SST', async () => {
    await cluster.wipe('n3')
    const { ok, log } = await heldTransfer(cluster, 'n3', ['donor'], async () => {
      expect(await bareConnects(lab, 'n2', N3, 4444)).toEqual([0])
    })
    expect(ok).toBe(false)
    expect(log).toMatch(/xtrabackup_checkpoints missing|without creating magic file|Will never receive state/)
  })

  it('to 3306 is counted, and more than a hundred block the host', async () => {
    expect(await greeting(lab, 'n2', N1)).toContain('MariaDB')
    await bareConnects(lab, 'n2', N1, 3306, 104)
    // The server counts a little later; each look is one more bare connect.
    const blocked = 'is blocked because of many connection errors'
    await vi.waitFor(async () => expect(await greeting(lab, 'n2', N1)).toContain(blocked), {
      timeout: 10_000,
    })
    const { aborted_connects } = await cluster.status('n1', ['Aborted_connects'])
    expect(Number(aborted_connects)).toBeGreaterThanOrEqual(100)
    const [errors] = (await cluster.hostCache('n1')).filter(({ address }) => address === '10.99.0.12')
    expect(errors?.handshakeErrors).toBeGreaterThanOrEqual(100)
  })
})

describeCluster('a bare connect to a cluster with TLS', [], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab()
    cluster = await createCluster(lab, { nodes: ['n1', 'n3'], sst: 'mariabackup', tls: true })
    await cluster.startAll()
  }, 120_000)
  afterAll(() => lab?.close())

  it('leaves a descriptor open in the server for each on 4567', async () => {
    const before = (await cluster.fds('n1')).length
    await bareConnects(lab, 'n2', N1, 4567, 10)
    await vi.waitFor(async () => expect(await cluster.fds('n1')).toHaveLength(before + 10), {
      timeout: 10_000,
    })
    const logged = (await cluster.logLines('n1')).filter((line) =>
      line.includes('Failed to establish connection'),
    )
    expect(logged.length).toBeGreaterThanOrEqual(10)
  })

  it('to a waiting 4568 kills the server', async () => {
    await cluster.stop('n3')
    const { ok, log } = await heldIst(cluster, 'n3', 'n1', async () => {
      expect(await bareConnects(lab, 'n2', N3, 4568)).toEqual([0])
    })
    expect(ok).toBe(false)
    expect(log).toMatch(/got signal 6|gu::Exception/)
  })
})

describeCluster('silent connections to a cluster with dynamic sockets', [], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab()
    const options = { nodes: ['n1', 'n3'], sst: 'mariabackup', dynamic: true } as const
    cluster = await createCluster(lab, options)
    await cluster.startAll()
  }, 120_000)
  afterAll(() => lab?.close())

  it('stall it until it is no longer Primary', async () => {
    const conf = async () => (await cluster.status('n3', ['wsrep_cluster_conf_id'])).wsrep_cluster_conf_id
    const before = await conf()
    const said = (await cluster.logLines('n3')).length
    await silentConnects(lab, 'n2', N1, 4567, 10)
    await vi.waitFor(
      async () => expect((await cluster.logLines('n3')).slice(said).join('\n')).toMatch(/NON.PRIM/),
      { timeout: 10_000, interval: 200 },
    )
    expect(await conf()).not.toBe(before)
  })
})
