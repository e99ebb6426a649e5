import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ListenRequest } from '../../src/session/requests.ts'
import type { Session } from '../../src/session/session.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { openAgent, probe, SECRET } from './agents.ts'

const N2 = '10.99.0.12'
const port = (number: number, guard: boolean, protocol: 'tcp' | 'udp' = 'tcp'): ListenRequest => ({
  protocol,
  address: N2,
  port: number,
  guard,
})

/** Sends each chunk, with its own end of the stream or not, and prints how many bytes came back, and which. */
const CLIENT = `import json,socket,sys
kind,address,port,chunks=sys.argv[1],sys.argv[2],int(sys.argv[3]),json.loads(sys.argv[4])
s=socket.socket(socket.AF_INET,socket.SOCK_STREAM if kind=="tcp" else socket.SOCK_DGRAM)
s.connect((address,port))
back=b""
try:
    for chunk in chunks: s.sendall(chunk.encode())
    if kind=="tcp":
        s.settimeout(10)
        while len(back)<100:
            data=s.recv(4096)
            if not data: break
            back+=data
            if back.decode()==sys.argv[5]: break
    else:
        s.settimeout(10 if sys.argv[5] else 0.3)
        back=s.recv(4096)
except OSError: pass
print(json.dumps(back.decode()))`

/** A server by mysqld's name that, as mysqld, needs a moment before it binds; it takes no port that is not free. */
const FAKE_MYSQLD = `import socket,sys,time
time.sleep(0.25)
s=socket.socket()
try: s.bind(("0.0.0.0",int(sys.argv[1])))
except OSError as e: print(e)
else: s.listen(1); print("bound")`

describeLab('temporary listeners', ['python3'], () => {
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
    await lab.exec(
      'holder',
      'cp "$(readlink -f /bin/sleep)" /run/lab/mysqld; cp "$(readlink -f /usr/bin/python3)" /run/lab/mariadbd',
    )
  })
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()))
    expect(await lab.leftovers()).toEqual([])
    expect(await lab.listeners('n2')).toEqual([])
  })
  afterAll(() => lab?.close())

  const talk = async (kind: string, to: number, chunks: string[], expected: string): Promise<string> => {
    const argv = ['python3', '-c', CLIENT, kind, N2, String(to), JSON.stringify(chunks), expected]
    const { stdout, stderr } = await lab.exec('n1', argv)
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  describe('answer the token with the token, and nothing else', () => {
    it.each([
      ['the token', [SECRET], SECRET],
      ['the token in two pieces', [SECRET.slice(0, 5), SECRET.slice(5)], SECRET],
      ['half a token', [SECRET.slice(0, -1)], ''],
      ["another run's", [SECRET.replace('sixteen', 'another')], ''],
      ['a request', ['GET / HTTP/1.0\r\n\r\n'], ''],
      ['nothing', [], ''],
      ['a flood', ['x'.repeat(100_000)], ''],
    ])('tcp: %s', async (_name, chunks, expected) => {
      const target = await open(lab, 'n2', { user: true })
      expect(await target.listen([port(7001, false)])).toMatchObject([{ opened: true }])
      expect(await talk('tcp', 7001, chunks, expected)).toBe(expected)
      expect((await target.account()).received).toMatchObject([
        { protocol: 'tcp', source: '10.99.0.11', count: 1 },
      ])
    })

    it.each([
      ['the token and a number', `${SECRET}0000002a`, `${SECRET}0000002a`],
      ['the token alone', SECRET, ''],
      ['more than that', `${SECRET}0000002ax`, ''],
      ['half a token', SECRET.slice(0, -1), ''],
      ['an empty datagram', '', ''],
    ])('udp: %s', async (_name, chunk, expected) => {
      const target = await open(lab, 'n2', { user: true })
      await target.listen([port(7001, false, 'udp')])
      expect(await talk('udp', 7001, [chunk], expected)).toBe(expected)
      expect((await target.account()).received).toHaveLength(expected === '' ? 0 : 1)
    })

    it('never more bytes than it got: the token and more', async () => {
      const target = await open(lab, 'n2', { user: true })
      await target.listen([port(7001, false)])
      const back = await talk('tcp', 7001, [SECRET, 'x'.repeat(50)], '')
      expect(['', SECRET]).toContain(back)
    })
  })

  it('are bound to the one address, and gone with the account', async () => {
    const target = await open(lab, 'n2', { user: true })
    await target.listen([port(4567, true), port(4567, true, 'udp')])
    expect(await lab.listeners('n2')).toEqual([
      { protocol: 'tcp', address: N2, port: 4567 },
      { protocol: 'udp', address: N2, port: 4567 },
    ])
    expect((await target.account()).released).toBe('finished')
    expect(await lab.listeners('n2')).toEqual([])
  })

  it('a port in use is told, and the others are opened', async () => {
    const server = await lab.serve('n2', { protocol: 'tcp', port: 7001, address: N2 })
    const target = await open(lab, 'n2', { user: true })
    expect(await target.listen([port(7001, false), port(80, false), port(7002, false)])).toMatchObject([
      { opened: false, errno: 'EADDRINUSE' },
      { opened: expect.any(Boolean) },
      { opened: true },
    ])
    await server.close()
    await target.account()
  })

  it.each(['mysqld', 'mariadbd'])('a guarded port is not taken while %s runs', async (name) => {
    const argv =
      name === 'mysqld'
        ? ['/run/lab/mysqld', '600']
        : ['/run/lab/mariadbd', '-c', 'import time; time.sleep(600)']
    const mysqld = lab.spawn('n2', argv)
    const ended = once(mysqld, 'exit')
    await expect.poll(() => lab.processes('n2').map(({ args }) => args[0])).toContain(argv[0])
    const target = await open(lab, 'n2', { user: true })
    expect(await target.listen([port(4567, true), port(4567, true, 'udp'), port(7001, false)])).toMatchObject(
      [{ opened: false, errno: 'MYSQLD' }, { opened: false, errno: 'MYSQLD' }, { opened: true }],
    )
    expect(await lab.listeners('n2')).toEqual([{ protocol: 'tcp', address: N2, port: 7001 }])
    await target.account()
    mysqld.kill('SIGKILL')
    await ended
  })

  it('a held port is free at once for a mysqld that is started meanwhile: 20 times', async () => {
    const source = await open(lab, 'n1', { user: true })
    for (let round = 0; round < 20; round++) {
      const target = await open(lab, 'n2', { user: true })
      expect(await target.listen([port(4567, true), port(4444, true)])).toMatchObject([
        { opened: true },
        { opened: true },
      ])
      // Guests that have come and gone, and one that stays: neither may keep the port.
      const { a } = await probe(source, [{ id: 'a', method: 'connect', address: N2, port: 4567, echo: true }])
      expect(a).toMatchObject([{ outcome: 'echoed' }])
      const guest = lab.spawn(
        'n1',
        ['sh', '-c', `exec 3<>/dev/tcp/${N2}/4567; echo in; exec sleep 600`].with(0, 'bash'),
      )
      await once(guest.stdout, 'data')
      const mysqld = lab.spawn('n2', ['/run/lab/mariadbd', '-c', FAKE_MYSQLD, '4567'])
      const [said] = await once(createInterface(mysqld.stdout), 'line')
      expect(said, `round ${round}`).toBe('bound')
      guest.kill('SIGKILL')
      const account = await target.account()
      expect(account.released).toBe('mysqld-started')
      expect(account.received.length).toBe(2)
      await target.close()
      if (mysqld.exitCode === null) await once(mysqld, 'exit')
      expect(await lab.leftovers('n2')).toEqual([])
    }
  })
})
