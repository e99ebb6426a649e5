import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { byPython, filter, openAgent, probe, pythons } from './agents.ts'

const versionOf = (python: string) =>
  spawnSync(python, ['-V'], { encoding: 'utf8' }).stdout.split(/[ .]/).slice(1, 3).map(Number)
/** The oldest that the agent promises to run on, and the newest: what changes between them changes at the ends. */
const ENDS = pythons()
  .map((path) => ({ path, version: versionOf(path) }))
  .filter(({ version: [major = 0, minor = 0] }) => major === 3 && minor >= 6)
  .sort((a, b) => (a.version[1] ?? 0) - (b.version[1] ?? 0))
  .filter((_, index, all) => index === 0 || index === all.length - 1)

describeLab('every probe', ['python3', 'iptables'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab()
    await lab.iptables(
      'n2',
      filter('INPUT -p tcp --dport 4444 -j REJECT', 'INPUT -p udp --dport 4444 -j REJECT'),
    )
  })
  afterAll(() => lab?.close())

  it.each(ENDS)('on Python $version, $path', async ({ path }) => {
    const before = byPython(path)
    const [source, target] = [openAgent(lab, 'n3', { before }), openAgent(lab, 'n2', { before })]
    expect([(await source.hello()).raw, (await target.hello()).raw]).toEqual([true, true])
    const address = '10.99.0.12'
    const address6 = 'fd00:99::12'
    const wanted = (['tcp', 'udp'] as const).flatMap((protocol) =>
      [address, address6].map((each) => ({ protocol, address: each, port: 7001, guard: true })),
    )
    expect((await target.listen(wanted)).map(({ opened }) => opened)).toEqual([true, true, true, true])
    const flows = await probe(source, [
      { id: 'half-open', method: 'half-open', address, port: 7001 },
      { id: 'half-open v6', method: 'half-open', address: address6, port: 7001 },
      { id: 'connect', method: 'connect', address, port: 7001, echo: true },
      { id: 'connect v6', method: 'connect', address: address6, port: 7001, echo: true },
      { id: 'datagram', method: 'datagram', address, port: 7001 },
      { id: 'datagram v6', method: 'datagram', address: address6, port: 7001 },
      { id: 'closed', method: 'half-open', address, port: 7002 },
      { id: 'refused', method: 'half-open', address, port: 4444 },
      { id: 'refused udp', method: 'datagram', address, port: 4444 },
      { id: 'refused connect', method: 'connect', address, port: 4444 },
    ])
    const outcomes = Object.entries(flows).map(([id, attempts]) => [
      id,
      attempts.map(({ outcome }) => outcome).join(' '),
    ])
    expect(Object.fromEntries(outcomes)).toEqual({
      'half-open': 'syn-ack',
      'half-open v6': 'syn-ack',
      connect: 'echoed',
      'connect v6': 'echoed',
      datagram: 'echoed',
      'datagram v6': 'echoed',
      closed: 'rst',
      refused: 'icmp',
      'refused udp': 'icmp',
      'refused connect': 'icmp',
    })
    const paths = [address, address6].map((each) => ({ id: each, address: each, port: 7001, sizes: [] }))
    for (const path of await source.pathMtu(paths, false)) {
      expect(path, path.id).toMatchObject({ mtu: 1500, tooBig: false })
      expect(path.sent.map(({ size }) => size).sort((a, b) => a - b)).toEqual([60, 1500])
      expect(path.errno).toBeUndefined()
    }
    const open = [address, address6].map((each) => ({ id: each, address: each, port: 7001 }))
    for (const path of await source.roundTrips({ paths: open, samples: 3, intervalMs: 10, timeoutMs: 500 })) {
      expect(path, path.id).toEqual({ id: path.id, sent: 3, rttsMs: Array(3).fill(expect.any(Number)) })
    }
    const account = await target.account()
    expect(account.packets?.some(({ where, kind }) => where === 'up' && kind === 'syn')).toBe(true)
    expect(account.received).toHaveLength(4)
    expect((await target.rulesets()).dumps.find(({ tool }) => tool === 'iptables')?.text).toContain(
      '--dport 4444',
    )
    await Promise.all([source.close(), target.close()])
    expect(await lab.leftovers()).toEqual([])
  })
})
