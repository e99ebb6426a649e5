import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { describeCluster } from './require.ts'

const AS_NOBODY =
  'ip netns exec {name} setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all'
const RUNS = 5

describeCluster('a live cluster, asked without root', [], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab()
    cluster = await createCluster(lab, { sst: 'rsync' })
    await cluster.startAll()
    await cluster.sql('n1', "CREATE USER monitor@'%' IDENTIFIED BY 'se cret'")
  }, 180_000)
  afterAll(async () => {
    await lab?.close()
  })

  async function check(args: readonly string[]): Promise<Report> {
    const { stdout, stderr } = await lab.execTool([
      '--nodes',
      cluster.nodesOption,
      '--via',
      AS_NOBODY,
      '--json',
      ...args,
    ])
    expect(stderr).toBe('')
    return JSON.parse(stdout) as Report
  }
  const of = (report: Report, service: string) => report.flows.filter((flow) => flow.service === service)
  async function traces(node: string) {
    const { aborted_connects: aborted } = await cluster.status(node, ['Aborted_connects'])
    const lines = await cluster.logLines(node)
    const errors = (await cluster.hostCache(node)).map(({ handshakeErrors }) => handshakeErrors)
    return { aborted: Number(aborted), lines: lines.length, fds: (await cluster.fds(node)).length, errors }
  }

  it('3306 is proven by a refused login, which locks nobody out', async () => {
    const before = await traces('n2')
    for (let run = 0; run < RUNS; run++) {
      const flows = of(await check(['--only', 'mysql']), 'mysql')
      expect(flows.map(({ status, reason }) => `${status} ${reason}`)).toEqual(Array(6).fill('OK answered'))
      const errors = flows.flatMap(({ observations }) =>
        observations.flatMap((o) => (o.kind === 'probe' ? o.mysqlError : [])),
      )
      expect(errors).toEqual(Array(6).fill(1045))
    }
    const after = await traces('n2')
    // One refused login a peer and run, which is what docs/safety.md says, and no handshake error.
    expect(after.aborted - before.aborted).toBe(2 * RUNS)
    expect(after.errors).toEqual([0, 0])
    expect(after.fds).toBe(before.fds)
  })

  it('with an account nothing is counted at all, and the password is nowhere in the report', async () => {
    await lab.exec(
      'admin',
      'umask 077; printf "[client]\\nuser=monitor\\npassword=\\"se cret\\"\\n" >/run/monitor.cnf',
    )
    const before = await traces('n2')
    const report = await check(['--only', 'mysql', '--mysql-defaults-file', '/run/monitor.cnf'])
    expect(of(report, 'mysql').map(({ status }) => status)).toEqual(Array(6).fill('OK'))
    expect(JSON.stringify(report)).not.toMatch(/se cret|mysqlError/)
    expect(await traces('n2')).toEqual(before)
  })

  it('a plaintext 4567 says who it is, and notices nothing', async () => {
    const before = await traces('n2')
    const report = await check(['--only', 'galera', '--galera-tls', 'no'])
    const { wsrep_gcomm_uuid: uuid } = await cluster.status('n2', ['wsrep_gcomm_uuid'])
    const greetings = of(report, 'galera')
      .filter(({ to }) => to === 'n2')
      .flatMap(({ observations }) =>
        observations.flatMap((o) => (o.kind === 'probe' ? o.greeting?.uuid : [])),
      )
    expect(greetings).toEqual([uuid, uuid])
    expect(report.findings).toEqual([])
    expect(await traces('n2')).toEqual(before)
  })

  it('without a word on TLS nothing is sent to 4567: what stands is evidence in the direction that it was dialled', async () => {
    const flows = of(await check(['--only', 'galera']), 'galera')
    const kinds = flows.map(({ status, reason }) => `${status} ${reason}`).toSorted()
    expect(kinds).toEqual([...Array(3).fill('OK established'), ...Array(3).fill('UNKNOWN live-service')])
    expect(flows.flatMap(({ observations }) => observations.filter(({ kind }) => kind === 'probe'))).toEqual(
      [],
    )
  })

  it('a host that the server has locked out is reachable, and told apart', async () => {
    const stray = `for i in $(seq 110); do python3 -c "import socket; s=socket.create_connection(('10.99.0.12',3306)); s.recv(4); s.close()" 2>/dev/null; done; true`
    await lab.exec('n1', stray, { timeoutMs: 60_000 })
    const report = await check(['--only', 'mysql'])
    const flow = report.flows.find(({ from, to }) => from === 'n1' && to === 'n2')
    expect(flow).toMatchObject({ status: 'OK', reason: 'answered' })
    expect(report.findings).toMatchObject([{ code: 'host-blocked', node: 'n2', args: { from: 'n1' } }])
    await cluster.sql('n2', 'FLUSH HOSTS')
    expect((await check(['--only', 'mysql'])).findings).toEqual([])
  })
})
