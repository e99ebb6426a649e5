import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { RoundTrips } from '../../src/session/messages.ts'
import type { RttPath } from '../../src/session/requests.ts'
import type { Session } from '../../src/session/session.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { until } from '../session/fixtures.ts'
import { filter, halfOpenEntries, openAgent } from './agents.ts'

const N2 = '10.99.0.12'
/** In the bridge, where the loss of a lab is. */
const NO_ANSWERS =
  'table bridge loss { chain forward { type filter hook forward priority 0; ip saddr 10.99.0.12 drop; }; }'

describeLab('round trips as the kernel sees them', ['python3', 'iptables', 'loss', 'delay'], () => {
  let lab: Lab
  const sessions: Session[] = []
  const open = async (...args: Parameters<typeof openAgent>): Promise<Session> => {
    const session = openAgent(...args)
    sessions.push(session)
    await session.hello()
    return session
  }
  beforeAll(async () => {
    lab = await createLab()
  })
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()))
    await Promise.all(['n1', 'n2', 'n3'].map((host) => lab.flush(host)))
    await lab.loss(0)
    expect(await lab.leftovers()).toEqual([])
  })
  afterAll(() => lab?.close())

  async function measure(
    session: Session,
    paths: readonly Partial<RttPath>[],
    { samples = 10, intervalMs = 20, timeoutMs = 500 } = {},
  ): Promise<RoundTrips[]> {
    const full = paths.map((path, index) => ({ id: String(index), address: N2, port: 7001, ...path }))
    return session.roundTrips({ paths: full, samples, intervalMs, timeoutMs })
  }

  it.each([
    ['IPv4', N2, '0.0.0.0'],
    ['IPv6', 'fd00:99::12', '::'],
  ])(
    'ports that listen and that do not, several paths at once; accept() sees nothing: %s',
    async (_, address, any) => {
      const server = await lab.serve('n2', { protocol: 'tcp', port: 7001, address: any })
      const source = await open(lab, 'n1')
      const measured = await measure(source, [{ address }, { address, port: 7002 }, { address, port: 7003 }])
      expect(measured.map(({ id, sent, rttsMs }) => [id, sent, rttsMs.length])).toEqual([
        ['0', 10, 10],
        ['1', 10, 10],
        ['2', 10, 10],
      ])
      for (const { rttsMs } of measured) for (const rtt of rttsMs) expect(rtt).toBeGreaterThan(0)
      expect(await server.accepted()).toBe(0)
      expect(await halfOpenEntries(lab, 'n2')).toEqual([])
      await server.close()
    },
  )

  it('every SYN has a port and a sequence number of its own', async () => {
    const [source, target] = [await open(lab, 'n1'), await open(lab, 'n2')]
    await measure(source, [{}, { port: 4567 }])
    const syns = ((await target.account()).packets ?? []).filter(
      ({ where, kind }) => where === 'in' && kind === 'syn',
    )
    expect(syns).toHaveLength(20)
    expect(new Set(syns.map(({ isn }) => isn)).size).toBe(20)
    expect(syns.every(({ isn }) => isn >>> 16 === 0x5a5a)).toBe(true)
    for (const port of [7001, 4567]) {
      const ports = syns.filter(({ destinationPort }) => destinationPort === port)
      expect(new Set(ports.map(({ sourcePort }) => sourcePort)).size).toBe(10)
    }
  })

  it('what the cable takes is measured', async () => {
    await lab.delay('n2', 50)
    const source = await open(lab, 'n1')
    const [path] = await measure(source, [{}])
    await lab.delay('n2', 0)
    expect(path?.rttsMs).toHaveLength(10)
    expect(Math.min(...(path?.rttsMs ?? []))).toBeGreaterThanOrEqual(100)
    expect(Math.min(...(path?.rttsMs ?? []))).toBeLessThan(200)
  })

  it('the kernel takes the times, and not a process that may be busy', async () => {
    const server = await lab.serve('n2', { protocol: 'tcp', port: 7001 })
    const source = await open(lab, 'n1')
    const agent = lab.processes('n1').find(({ args }) => args[0]?.includes('python'))?.pid ?? 0
    await lab.delay('n2', 200)
    const measured = measure(source, [{}], { samples: 1, timeoutMs: 30_000 })
    await until(async () => expect(await halfOpenEntries(lab, 'n2')).toContain(7001))
    await lab.kill(agent, 'SIGSTOP')
    // Three ways have been taken by then: the SYN's, its answer's, and that of the RST.
    await until(async () => expect(await halfOpenEntries(lab, 'n2')).toEqual([]))
    await lab.kill(agent, 'SIGCONT')
    const [rtt = 0] = (await measured)[0]?.rttsMs ?? []
    await lab.delay('n2', 0)
    expect(rtt).toBeGreaterThanOrEqual(400)
    expect(rtt).toBeLessThan(600)
    await server.close()
  })

  it('an answer that is lost is no round trip, and leaves nothing in SYN_RECV', async () => {
    const server = await lab.serve('n2', { protocol: 'tcp', port: 7001 })
    await lab.nft('holder', NO_ANSWERS)
    const source = await open(lab, 'n1')
    const [path] = await measure(source, [{}])
    expect(path).toMatchObject({ sent: 10, rttsMs: [] })
    await until(async () => expect(await halfOpenEntries(lab, 'n2')).toEqual([]))
    expect(await server.accepted()).toBe(0)
    await server.close()
  })

  it('takes back what is unanswered when the caller goes away', async () => {
    const server = await lab.serve('n2', { protocol: 'tcp', port: 7001 })
    await lab.nft('holder', NO_ANSWERS)
    const source = await open(lab, 'n1')
    const measured = measure(source, [{}], { samples: 1, timeoutMs: 30_000 }).catch(() => null)
    await until(async () => expect(await halfOpenEntries(lab, 'n2')).toContain(7001))
    await source.close()
    expect(await measured).toBe(null)
    await until(async () => expect(await halfOpenEntries(lab, 'n2')).toEqual([]))
    await server.close()
  })

  it('a packet that its own firewall does not let out was not sent', async () => {
    await lab.iptables('n1', filter('OUTPUT -p tcp --dport 7001 -j DROP'))
    const source = await open(lab, 'n1')
    expect(await measure(source, [{}, { port: 7002 }])).toMatchObject([
      { sent: 0, rttsMs: [], errno: 'EPERM' },
      { sent: 10 },
    ])
  })

  it('without rights nothing is sent', async () => {
    const server = await lab.serve('n2', { protocol: 'tcp', port: 7001 })
    const source = await open(lab, 'n1', { user: true })
    expect(await measure(source, [{}])).toEqual([{ id: '0', sent: 0, rttsMs: [], errno: 'EPERM' }])
    expect(await server.accepted()).toBe(0)
    await server.close()
  })
})
