import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InspectRequest } from '../../src/session/requests.ts'
import type { Session } from '../../src/session/session.ts'
import type { Inspection } from '../../src/session/survey-messages.ts'
import { LOG_ROWS } from '../galera/log-rows.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { until } from '../session/fixtures.ts'
import { byPython, openAgent, pythons } from './agents.ts'
import { startFake } from './fake-database.ts'
import { evaluate } from './modules.ts'

const ENDS = pythons().filter((path) => /3\.(6|13)\./.test(path))
const NOTHING: InspectRequest = { names: [], certificates: [], logs: [], routes: [], portLabels: false }
const pem = (letter: string) => `-----BEGIN CERTIFICATE-----\n${letter.repeat(64)}\n-----END CERTIFICATE-----`
const KEY = '-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n'

describeLab('an inspection', ['python3', 'iptables'], () => {
  let lab: Lab
  let folder: string
  let session: Session
  const at = (name: string) => join(folder, name)
  const write = (name: string, text: string | Buffer) => writeFileSync(at(name), text)
  /** Nothing asks the machine's own resolver. */
  const RESOLVER = `mount --bind ${'$FOLDER'}/resolv.conf /etc/resolv.conf; mount --bind $FOLDER/hosts /etc/hosts
mount --bind $FOLDER/nsswitch.conf /etc/nsswitch.conf; exec "$@"`
  const before = () => ['env', `FOLDER=${folder}`, 'unshare', '--mount', 'sh', '-ec', RESOLVER, 'sh']
  const inspect = (request: Partial<InspectRequest>, of = session): Promise<Inspection> =>
    of.inspect({ ...NOTHING, ...request })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
    write('resolv.conf', 'nameserver 10.99.0.12\n')
    write('nsswitch.conf', 'hosts: files dns\n')
    write('hosts', '127.0.1.1 n1\n10.0.0.9 two\n2001:db8::9 two\n10.0.0.8 two\n10.0.0.9 two\n')
    spawnSync('/usr/bin/mkfifo', [at('fifo')])
    mkdirSync(at('dir'))
    symlinkSync('/dev/zero', at('zero'))
    symlinkSync(at('loop'), at('loop'))
    write('sparse', '')
    truncateSync(at('sparse'), 2 ** 31)
    lab = await createLab({
      hosts: [
        { name: 'n1', address: '10.99.0.11' },
        { name: 'n2', address: '10.99.0.12' },
      ],
    })
    // A name server that says nothing, not even no.
    await lab.iptables('n2', '*filter\n-A INPUT -p udp --dport 53 -j DROP\nCOMMIT\n')
    session = openAgent(lab, 'n1', { before: before() })
    await session.hello()
  }, 60_000)
  afterAll(async () => {
    await session?.close()
    await lab?.close()
    rmSync(folder, { recursive: true })
  })

  it('of nothing tells nothing', async () => {
    expect(await inspect({})).toEqual({
      type: 'inspection',
      resolved: [],
      certificates: [],
      logs: [],
      routes: [],
      portLabels: null,
      rpFilterDrops: expect.any(Number),
    })
  })

  it('resolves names as the host does, in its order', async () => {
    const { resolved } = await inspect({
      names: ['n1', 'two', 'a..b', `${'x'.repeat(256)}`, `${'x'.repeat(257)}`, '-', 'two\u0000x'],
    })
    expect(resolved[0]).toEqual({ name: 'n1', addresses: ['127.0.1.1'], error: null })
    expect([...(resolved[1]?.addresses ?? [])].sort()).toEqual(['10.0.0.8', '10.0.0.9', '2001:db8::9'])
    expect(resolved.slice(2, 4).map(({ addresses, error }) => [addresses, error?.slice(0, 4)])).toEqual([
      [[], 'EAI_'],
      [[], 'EAI_'],
    ])
    // One that is too long for an answer is left out.
    expect(resolved).toHaveLength(6)
    expect(resolved[5]).toEqual({ name: 'two\u0000x', addresses: [], error: 'EAI_NONAME' })
  })

  it('waits for no name server for ever, and loses nothing else to it', { timeout: 40_000 }, async () => {
    write('log', '1 WSREP: said\n')
    const names = Array.from({ length: 40 }, (_, index) => `h${index}.example`)
    const pending = inspect({ names: [...names, 'two'], logs: [at('log')], routes: ['10.99.0.12'] })
    for (let reading = 0; reading < 5; reading++) await session.clock()
    const { resolved, logs, routes } = await pending
    expect(resolved).toHaveLength(41)
    expect(resolved.every(({ error, addresses }) => error !== null || addresses.length > 0)).toBe(true)
    expect(resolved[0]?.error).toMatch(/^(TIMEOUT|EAI_AGAIN)$/)
    expect(resolved[39]?.error).toBe('TIMEOUT')
    expect(logs[0]?.lines).toEqual(['1 WSREP: said'])
    expect(routes[0]?.interface).toBe('eth0')
  })

  it('gives certificates away, and no key', async () => {
    const broken = `-----BEGIN CERTIFICATE-----\n${KEY}-----END CERTIFICATE-----\n`
    write(
      'both.pem',
      `${KEY}${pem('A')}\n${KEY}${pem('B')}\n${broken}${KEY}-----BEGIN CERTIFICATE-----\nAAAA`,
    )
    write('many.pem', `${pem('C')}\n`.repeat(100))
    write('key.pem', KEY)
    write('der', Buffer.from([0x30, 0x82, 0, 0]))
    const files = ['both.pem', 'many.pem', 'key.pem', 'der', 'gone', 'dir', 'fifo', 'zero', 'loop', 'sparse']
    const { certificates } = await inspect({ certificates: [...files.map(at), 'relative'] })
    expect(JSON.stringify(certificates)).not.toContain('s3cret')
    expect(certificates.map(({ path, state, pem }) => [path.split('/').at(-1), state, pem.length])).toEqual([
      ['both.pem', 'read', 2],
      ['many.pem', 'read', 16],
      ['key.pem', 'read', 0],
      ['der', 'binary', 0],
      ['gone', 'missing', 0],
      ['dir', 'not-a-file', 0],
      ['fifo', 'not-a-file', 0],
      ['zero', 'not-a-file', 0],
      ['loop', 'failed', 0],
      ['sparse', 'cut-off', 0],
      ['relative', 'missing', 0],
    ])
    expect(certificates[0]?.pem).toEqual([pem('A'), pem('B')])
  })

  describe('of a log', () => {
    const logOf = async (name: string, text?: string | Buffer) => {
      if (text !== undefined) write(name, text)
      return (await inspect({ logs: [at(name)] })).logs[0]
    }

    it('tells the lines that matter, oldest first', async () => {
      const lines = [
        '1 [Note] WSREP: a',
        '2 noise',
        '3 socat[7] E connect',
        "4 Host 'x' is blocked because of many",
      ]
      expect(await logOf('small.log', `${lines.join('\n')}\n`)).toEqual({
        path: at('small.log'),
        state: 'read',
        size: lines.join('\n').length + 1,
        lines: lines.filter((line) => !line.includes('noise')),
      })
    })

    it.each([
      ['MariaDB', '2026-11-24 10:02:03 0 [Note] WSREP: '],
      ['PXC 8', '2026-11-24T10:02:03.123456Z 0 [Note] [MY-000000] [Galera] '],
      ['garbd', '2026-11-24 10:02:03.164  WARN: '],
    ])('tells every line that has a meaning, as %s writes it', async (form, prefix) => {
      const lines = LOG_ROWS.map(([, text]) => prefix + text)
      expect((await logOf(`${form}.log`, `${lines.join('\n')}\n`))?.lines).toEqual(lines)
    })

    it('tells the end of a long one, a line only as a whole', async () => {
      const line = (number: number) => `${String(number).padStart(9, '0')} WSREP: ${'x'.repeat(80)}`
      const told = await logOf('long.log', Array.from({ length: 100_000 }, (_, n) => `${line(n)}\n`).join(''))
      expect(told?.state).toBe('cut-off')
      expect(told?.lines.at(-1)).toBe(line(99_999))
      expect(told?.lines.length).toBeGreaterThan(1000)
      expect(told?.lines.every((each) => each.length === 97)).toBe(true)
    })

    it('looks further back where most is noise, but not for ever', async () => {
      const noise = 'x'.repeat(99)
      const old = await logOf('noisy.log', `1 WSREP: far\n${`${noise}\n`.repeat(30_000)}2 WSREP: near\n`)
      expect(old?.lines).toEqual(['1 WSREP: far', '2 WSREP: near'])
      const older = await logOf('noise.log', `1 WSREP: far\n${`${noise}\n`.repeat(50_000)}2 WSREP: near\n`)
      expect(older).toMatchObject({ state: 'cut-off', lines: ['2 WSREP: near'] })
    })

    it('comes to an end in lines without one, in garbage and in holes', async () => {
      expect((await logOf('one.log', `WSREP ${'y'.repeat(3_000_000)}`))?.lines).toHaveLength(1)
      expect((await logOf('two.log', `WSREP ${'\u{1f600}'.repeat(3000)}`))?.lines[0]).toHaveLength(2000)
      const garbage = Buffer.concat([
        Buffer.from('\x1b[2JWSREP \xff\n', 'latin1'),
        Buffer.from([10, 0xc3, 0x28, 10]),
      ])
      expect((await logOf('garbage.log', garbage))?.lines).toEqual(['\x1b[2JWSREP \ufffd'])
      expect(await logOf('sparse')).toMatchObject({ state: 'binary', size: 2 ** 31, lines: [] })
      // As logrotate's copytruncate leaves it under a writer that goes on where it was.
      write('holes.log', '')
      writeSync(openSync(at('holes.log'), 'r+'), '3 WSREP: after\n', 2 ** 31)
      expect(await logOf('holes.log')).toMatchObject({ state: 'cut-off', lines: ['3 WSREP: after'] })
    })

    it.each([
      ['gone', 'missing'],
      ['dir', 'not-a-file'],
      ['fifo', 'not-a-file'],
      ['zero', 'not-a-file'],
      ['loop', 'failed'],
    ])('%s is %s', async (name, state) => {
      expect(await logOf(name)).toEqual({ path: at(name), state, size: 0, lines: [] })
    })

    it('reads one that its server has open, though it was deleted', async () => {
      await startFake(lab, 'n1', folder, {
        name: 'mariadbd',
        args: ['mariadbd', '--no-defaults'],
        log: at('open.log'),
      })
      write('open.log', '1 WSREP: kept\n')
      const path = (await session.survey({ timeoutMs: 300 })).servers[0]?.log
      expect(path).toBe(at('open.log'))
      rmSync(at('open.log'))
      expect((await inspect({ logs: [at('open.log')] })).logs[0]?.lines).toEqual(['1 WSREP: kept'])
    })

    it('asks no journal for what is no unit', async () => {
      const { logs } = await inspect({ logs: ['journal:--root=/', 'journal:', 'journal:a b'] })
      expect(logs.map(({ state }) => state)).toEqual(['missing', 'missing', 'missing'])
    })
  })

  it('asks the kernel for routes', async () => {
    const { routes } = await inspect({
      routes: ['10.99.0.12', '127.0.0.1', '192.0.2.1', 'fd00:99::12', '2001:db8::1'],
    })
    expect(routes).toEqual([
      { to: '10.99.0.12', source: '10.99.0.11', interface: 'eth0', errno: null },
      { to: '127.0.0.1', source: '127.0.0.1', interface: 'lo', errno: null },
      { to: '192.0.2.1', source: null, interface: null, errno: 'ENETUNREACH' },
      { to: 'fd00:99::12', source: 'fd00:99::11', interface: 'eth0', errno: null },
      { to: '2001:db8::1', source: null, interface: null, errno: 'ENETUNREACH' },
    ])
  })

  it.each(ENDS)('with %s', async (python) => {
    const other = openAgent(lab, 'n1', { before: [...before(), ...byPython(python)] })
    write('end.log', '1 WSREP: x\n')
    write('end.pem', pem('D'))
    const request = {
      names: ['n1'],
      certificates: [at('end.pem')],
      logs: [at('end.log')],
      routes: ['10.99.0.12'],
    }
    expect(await inspect({ ...request, portLabels: true }, other)).toMatchObject({
      resolved: [{ addresses: ['127.0.1.1'] }],
      certificates: [{ state: 'read', pem: [pem('D')] }],
      logs: [{ lines: ['1 WSREP: x'] }],
      routes: [{ interface: 'eth0' }],
      portLabels: null,
    })
    await other.close()
  })

  it('dies with the agent', async () => {
    const other = openAgent(lab, 'n2', { before: before() })
    await other.hello()
    const pending = inspect({ names: ['h.example', 'i.example'] }, other)
    pending.catch(() => {})
    await until(() => expect(lab.processes('n2').length).toBeGreaterThanOrEqual(3))
    await other.close()
    expect(await lab.leftovers('n2')).toEqual([])
  })
})

it('labels of ports are read line by line', () => {
  const text = `SELinux Port Type              Proto    Port Number

mysqld_port_t                  tcp      1186, 3306, 63132-63164
tram_port_t                    tcp      4567
x_port_t                       dccp     5
y_port_t                       udp      70000, 1-2, a
`
  expect(evaluate('port_labels', 'port_labels.parse_labels(given)', text)).toEqual([
    { type: 'mysqld_port_t', protocol: 'tcp', from: 1186, to: 1186 },
    { type: 'mysqld_port_t', protocol: 'tcp', from: 3306, to: 3306 },
    { type: 'mysqld_port_t', protocol: 'tcp', from: 63132, to: 63164 },
    { type: 'tram_port_t', protocol: 'tcp', from: 4567, to: 4567 },
  ])
})
