import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Session } from '../../src/session/session.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { until } from '../session/fixtures.ts'
import { filter, halfOpenEntries, openAgent, probe } from './agents.ts'

const N2 = '10.99.0.12'
const N2_V6 = 'fd00:99::12'

describeLab('probes as the kernel sees them', ['python3', 'iptables'], () => {
  let lab: Lab
  const sessions: Session[] = []
  const open = (...args: Parameters<typeof openAgent>): Session => {
    const session = openAgent(...args)
    sessions.push(session)
    return session
  }
  beforeAll(async () => {
    lab = await createLab({
      hosts: ['n1', 'n2', 'n3'].map((name, i) => ({ name, address: `10.99.0.${11 + i}` })),
    })
  })
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()))
    await Promise.all(['n1', 'n2', 'n3'].map((host) => lab.flush(host)))
    expect(await lab.leftovers()).toEqual([])
  })
  afterAll(() => lab?.close())

  it.each([
    ['IPv4', N2, '0.0.0.0', '10.99.0.11'],
    ['IPv6', N2_V6, '::', 'fd00:99::11'],
  ])(
    'a half-open probe is answered and witnessed, and accept() never sees it: %s',
    async (_name, address, any, own) => {
      const server = await lab.serve('n2', { protocol: 'tcp', port: 7001, address: any })
      const [source, target] = [open(lab, 'n1'), open(lab, 'n2')]
      expect([(await source.hello()).raw, (await target.hello()).raw]).toEqual([true, true])
      const { a } = await probe(source, [{ id: 'a', method: 'half-open', address, port: 7001 }])
      const isn = a?.[0]?.isn ?? 0
      expect(a).toMatchObject([
        { attempt: 1, outcome: 'syn-ack', sourceAddress: own, leftSource: true, passedInput: true },
      ])
      expect(isn >>> 16).toBe(0x5a5a)
      const seen = (await target.account()).packets ?? []
      const ofProbe = seen.filter((packet) => packet.isn === isn).map(({ where, kind }) => `${where} ${kind}`)
      // The RST is this kernel's own: nothing here waits for the SYN/ACK.
      expect(ofProbe.sort()).toEqual(['in rst', 'in syn', 'out syn-ack', 'up rst', 'up syn'])
      expect(await server.accepted()).toBe(0)
      expect(await halfOpenEntries(lab, 'n2')).toEqual([])
      await server.close()
    },
  )

  it('accept() is counted where a connection does complete', async () => {
    const server = await lab.serve('n2', { protocol: 'tcp', port: 7001 })
    const source = open(lab, 'n1', { user: true })
    await source.hello()
    expect((await probe(source, [{ id: 'a', method: 'connect', address: N2, port: 7001 }])).a).toMatchObject([
      { outcome: 'connected' },
    ])
    expect(await server.accepted()).toBe(1)
    await server.close()
  })

  it.each(['its flow is settled', 'the caller goes away'])(
    'an entry that a lost reply left in SYN_RECV is taken back when %s',
    async (when) => {
      const server = await lab.serve('n2', { protocol: 'tcp', port: 7001 })
      await lab.iptables('n1', filter('INPUT -p tcp --sport 7001 -j DROP'))
      const source = open(lab, 'n1')
      await source.hello()
      const settled = probe(source, [{ id: 'a', method: 'half-open', address: N2, port: 7001 }]).catch(
        () => null,
      )
      await until(async () => expect(await halfOpenEntries(lab, 'n2')).toContain(7001))
      if (when === 'the caller goes away') await source.close()
      expect(await settled).toEqual(when === 'its flow is settled' ? { a: expect.any(Array) } : null)
      await until(async () => expect(await halfOpenEntries(lab, 'n2')).toEqual([]))
      expect(await server.accepted()).toBe(0)
      await server.close()
    },
  )

  // From n1; those below are from n3, to which n2 may still send its ICMP errors.
  it('24 REJECTed ports at once are 24 ICMP errors, none a silence', async () => {
    await lab.iptables(
      'n2',
      filter('INPUT -p tcp --dport 7100:7200 -j REJECT', 'INPUT -p udp --dport 7100:7200 -j REJECT'),
    )
    const source = open(lab, 'n1')
    await source.hello()
    const flows = await probe(
      source,
      Array.from({ length: 24 }, (_, index) => ({
        id: String(index),
        method: index % 2 === 0 ? ('half-open' as const) : ('datagram' as const),
        address: N2,
        port: 7100 + index,
      })),
    )
    const outcomes = Object.values(flows).map((attempts) => attempts.map(({ outcome }) => outcome).join(' '))
    expect(outcomes).toEqual(Array(24).fill('icmp'))
  })

  it('a packet that the own OUTPUT chain drops was not sent', async () => {
    await lab.iptables(
      'n1',
      filter('OUTPUT -p tcp --dport 7001 -j DROP', 'OUTPUT -p udp --dport 7001 -j DROP'),
    )
    const source = open(lab, 'n1')
    await source.hello()
    const flows = await probe(source, [
      { id: 'tcp', method: 'half-open', address: N2, port: 7001 },
      { id: 'udp', method: 'datagram', address: N2, port: 7001 },
    ])
    for (const id of ['tcp', 'udp']) {
      expect(flows[id]?.[0], id).toMatchObject({ outcome: 'not-sent', errno: 'EPERM' })
    }
    expect(flows.tcp?.[0]?.leftSource).toBe(false)
  })

  it.each([
    ['IPv4', N2, 'iptables', 'icmp-host-prohibited', { family: 4, type: 3, code: 10 }],
    ['IPv6', N2_V6, 'ip6tables', 'icmp6-adm-prohibited', { family: 6, type: 1, code: 1 }],
  ] as const)(
    'a user without rights reads who refused, and how: %s',
    async (_name, address, tool, type, icmp) => {
      const rules = ['tcp', 'udp'].map(
        (protocol) => `INPUT -p ${protocol} --dport 7001 -j REJECT --reject-with ${type}`,
      )
      await lab.iptables('n2', filter(...rules), { tool })
      const source = open(lab, 'n3', { user: true })
      const { uid, raw } = await source.hello()
      expect([uid, raw]).toEqual([65534, false])
      const flows = await probe(source, [
        { id: 'tcp', method: 'connect', address, port: 7001 },
        { id: 'udp', method: 'datagram', address, port: 7001 },
      ])
      for (const id of ['tcp', 'udp']) {
        expect(flows[id], id).toMatchObject([{ outcome: 'icmp', icmp: { ...icmp, from: address } }])
      }
    },
  )

  it('a closed port is a RST, and an ICMP error only what its kernel says of UDP', async () => {
    const source = open(lab, 'n3', { user: true })
    await source.hello()
    const flows = await probe(source, [
      { id: 'tcp', method: 'connect', address: N2, port: 7001 },
      { id: 'udp', method: 'datagram', address: N2, port: 7001 },
    ])
    expect(flows.tcp).toMatchObject([{ outcome: 'rst', errno: 'ECONNREFUSED' }])
    expect(flows.tcp?.[0]?.icmp).toBeUndefined()
    expect(flows.udp).toMatchObject([{ outcome: 'icmp', icmp: { family: 4, type: 3, code: 3, from: N2 } }])
  })

  it('an IPv6 REJECT of a half-open probe', async () => {
    await lab.iptables('n2', filter('INPUT -p tcp --dport 7001 -j REJECT'), { tool: 'ip6tables' })
    const source = open(lab, 'n3')
    await source.hello()
    const { a } = await probe(source, [{ id: 'a', method: 'half-open', address: N2_V6, port: 7001 }])
    expect(a).toMatchObject([{ outcome: 'icmp', icmp: { family: 6, type: 1, code: 4, from: N2_V6 } }])
  })
})
