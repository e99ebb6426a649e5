import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpResult } from '../../src/session/messages.ts'
import type { HttpRequest } from '../../src/session/requests.ts'
import type { Session } from '../../src/session/session.ts'
import { type Asked, LAB_CA, makeCertificates, startHttpServers } from '../lab/http-servers.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { until } from '../session/fixtures.ts'
import { byPython, openAgent, pythons } from './agents.ts'

const SERVER = '10.99.0.12'
const ok = (body: string, more = '') =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}Content-Type: text/plain\r\n\r\n${body}`
const HEADERS =
  'Date: Thu, 24 May 2018 12:05:34 GMT\r\nX-Server-Time: Thursday, 24-May-2018 12:05:34 UTC\r\nX-Percona-Qan-Api-Version: 1.9\r\n'
const BASIC = `Basic ${Buffer.from('admin:s3cret').toString('base64')}`
const account = { user: 'admin', password: 's3cret' }

const ANSWERS = {
  8000: { text: ok('well', HEADERS) },
  8001: { text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n' },
  8002: { text: 'SSH-2.0-OpenSSH_9.2\r\n' },
  8003: { text: '' },
  8004: { text: '', after: 'wait' },
  8005: { text: '', after: 'reset' },
  8006: { text: 'HTTP/1.1 200 OK\r\nX: ', after: 'forever' },
  8007: { text: 'HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n', after: 'forever' },
  8008: { text: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort' },
  8009: { text: '\x15\x03\x01\x00\x02\x02\x46' },
  8010: { text: 'HTTP/1.1 twohundred OK\r\n\r\n' },
  8011: { text: ok('in'), authorization: BASIC },
  8012: { text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x1b[2J\xff' },
  9000: { text: ok('well'), tls: 'good' },
  9001: { text: ok('well'), tls: 'self-signed' },
  9002: { text: ok('well'), tls: 'expired' },
  9003: { text: ok('well'), tls: 'early' },
  9004: { text: ok('well'), tls: 'wrong-name' },
  9005: { text: ok('well'), tls: 'stranger' },
  9006: { text: ok('in'), tls: 'self-signed', authorization: BASIC },
  9008: { text: ok('well'), tls: 'good', demanding: true },
  9007: { text: ok('in'), tls: 'good', authorization: BASIC },
} as const

const request = (port: number, change: Partial<HttpRequest> = {}): HttpRequest => ({
  id: String(port),
  address: SERVER,
  port,
  tls: port >= 9000,
  serverName: 'pmm.lab',
  host: 'pmm.lab',
  path: '/v1/readyz',
  limit: 65_536,
  insecure: false,
  ...change,
})

describeLab('an HTTP request of the agent', ['python3', 'iptables', 'openssl'], () => {
  let lab: Lab
  let asked: Asked
  let session: Session
  const trusting = (...before: string[]) => ({ before: ['env', `SSL_CERT_FILE=${LAB_CA}`, ...before] })
  const get = async (port: number, change: Partial<HttpRequest> = {}, timeoutMs = 3000) =>
    (await session.http([request(port, change)], timeoutMs)).results[0] as HttpResult

  beforeAll(async () => {
    lab = await createLab()
    await makeCertificates(lab, [SERVER])
    asked = await startHttpServers(lab, 'n2', ANSWERS)
    await lab.iptables(
      'n2',
      [
        '*filter',
        '-A INPUT -p tcp --dport 7001 -j DROP',
        '-A INPUT -p tcp --dport 7002 -j REJECT --reject-with icmp-host-prohibited',
        'COMMIT\n',
      ].join('\n'),
    )
    session = openAgent(lab, 'n1', trusting())
    await session.hello()
  })
  afterAll(async () => {
    await session?.close()
    await lab?.close()
  })

  it('tells the answer, its times and the headers that matter', async () => {
    const { zone, results } = await session.http([request(8000)], 3000)
    expect(zone).toMatch(/^[+-]\d{4} \S+$/)
    expect(results).toMatchObject([
      {
        id: '8000',
        status: 200,
        text: 'well',
        error: null,
        certificate: null,
        tlsMs: null,
        authorization: 'none',
        headers: {
          date: 'Thu, 24 May 2018 12:05:34 GMT',
          serverTime: 'Thursday, 24-May-2018 12:05:34 UTC',
          qanVersion: '1.9',
          contentType: 'text/plain',
        },
      },
    ])
    const [{ askedUs, answeredUs, connectMs, requestMs }] = results as [HttpResult]
    expect(answeredUs).toBeGreaterThanOrEqual(askedUs)
    expect([connectMs, requestMs].every((ms) => ms !== null && ms > 0)).toBe(true)
    expect((await asked())[8000]?.at(-1)).toMatch(/^GET \/v1\/readyz HTTP\/1.1\r\nHost: pmm.lab\r\n/)
  })

  it.each([
    [8001, { status: 200, text: 'abcde', error: null }],
    [8002, { status: null, error: 'garbage' }],
    [8003, { status: null, error: 'empty' }],
    [8005, { status: null, error: 'reset' }],
    [8006, { status: null, error: 'too-large', detail: 'headers' }],
    [8008, { status: 200, text: 'short', error: 'cut-off' }],
    [8009, { status: null, error: 'tls-expected' }],
    [8010, { status: null, error: 'garbage' }],
    [8012, { status: 200, text: '\u001b[2J\ufffd', error: null }],
    // An alert after the handshake: its number is none of the system's.
    [9008, { status: null, error: 'tls' }],
    [7000, { error: 'refused', connectMs: null }],
    [7002, { error: 'unreachable', connectMs: null, detail: 'EHOSTUNREACH' }],
  ])('of a server of some temper, on %i', async (port, expected) => {
    expect(await get(port)).toMatchObject(expected)
  })

  it('of more than it wants takes no more', async () => {
    const result = await get(8007, { limit: 1000 })
    expect(result).toMatchObject({ status: 200, error: 'too-large', detail: 'body' })
    expect(result.text).toHaveLength(1000)
  })

  it.each([
    [8004, { error: 'timeout', requestMs: null }],
    [7001, { error: 'timeout', connectMs: null }],
  ])('ends in time where nobody answers, on %i', async (port, expected) => {
    const result = await get(port, {}, 300)
    expect(result).toMatchObject(expected)
    expect(result.connectMs === null).toBe(port === 7001)
  })

  it('hangs in a handshake no longer either', async () => {
    expect(await get(8004, { tls: true }, 300)).toMatchObject({ error: 'timeout', tlsMs: null })
    expect(await get(8002, { tls: true })).toMatchObject({ error: 'not-tls', status: null })
  })

  const CERTIFICATES = [
    [9000, 'ok'],
    [9001, 'self-signed'],
    [9002, 'expired'],
    [9003, 'not-yet-valid'],
    [9004, 'wrong-name'],
    [9005, 'untrusted'],
  ] as const
  it.each(CERTIFICATES)('of a certificate, on %i: %s; and the rest is told', async (port, verification) => {
    expect(await get(port)).toMatchObject({ status: 200, text: 'well', certificate: { verification } })
  })

  it('knows the dates of what it does not believe, and that an address is a name too', async () => {
    const end = Date.UTC(2021, 0, 2, 3, 4, 5) / 1000
    expect((await get(9002)).certificate).toMatchObject({
      notAfter: end,
      notBefore: Date.UTC(2020, 0) / 1000,
    })
    expect((await get(9000, { serverName: SERVER })).certificate?.verification).toBe('ok')
    expect((await get(9000, { serverName: '10.99.0.99' })).certificate?.verification).toBe('wrong-name')
  })

  describe('the password', () => {
    it('goes to a server that is proven, and to no other', async () => {
      expect(await get(9007, { authorization: account })).toMatchObject({
        status: 200,
        authorization: 'sent',
      })
      expect(await get(9006, { authorization: account })).toMatchObject({
        status: 401,
        authorization: 'withheld',
      })
      expect(await get(8011, { authorization: account })).toMatchObject({
        status: 401,
        authorization: 'withheld',
      })
      const seen = await asked()
      for (const port of [9006, 8011]) expect(seen[port]?.join('')).not.toContain('Authorization')
    })
    it('unless the user says so', async () => {
      const change = { authorization: account, insecure: true }
      expect(await get(9006, change)).toMatchObject({ status: 200, authorization: 'sent' })
      expect(await get(8011, change)).toMatchObject({ status: 200, authorization: 'sent' })
    })
  })

  it('holds up nothing, and some more than run at a time are all answered in their order', async () => {
    const silent = Array.from({ length: 6 }, (_, index) => request(8004, { id: `s${index}` }))
    const waiting = session.http([...silent, request(8000)], 700)
    for (let reading = 0; reading < 3; reading++) await session.clock()
    const { results } = await waiting
    expect(results.map(({ id, error }) => [id, error])).toEqual([
      ...silent.map(({ id }) => [id, 'timeout']),
      ['8000', null],
    ])
  })

  it('dies with the agent', async () => {
    const other = openAgent(lab, 'n3')
    await other.hello()
    const pending = other.http([request(8004), request(8004, { id: 'b' })], 30_000)
    pending.catch(() => {})
    await until(() => expect(lab.processes('n3').length).toBeGreaterThanOrEqual(3))
    await other.close()
    expect(await lab.leftovers('n3')).toEqual([])
  })

  it('keeps no listener of the agent open', async () => {
    const other = openAgent(lab, 'n3')
    await other.hello()
    await other.listen([{ protocol: 'tcp', address: '10.99.0.13', port: 7001, guard: false }])
    const before = (await asked())[8004]?.length ?? 0
    const pending = other.http([request(8004)], 2000)
    await until(async () => expect((await asked())[8004]?.length).toBeGreaterThan(before))
    await other.account()
    expect((await lab.listeners('n3')).map(({ port }) => port)).not.toContain(7001)
    await pending
    await other.close()
  })

  it.each(
    pythons()
      .filter((path) => /3\.(6|13)/.test(path))
      .map((path) => [path]),
  )('with %s', async (python) => {
    const other = openAgent(lab, 'n1', trusting(...byPython(python)))
    const { results } = await other.http(
      [8000, ...CERTIFICATES.map(([port]) => port), 8002, 7000].map((port) => request(port)),
      5000,
    )
    expect(results.map(({ certificate, error }) => error ?? certificate?.verification ?? 'plain')).toEqual([
      'plain',
      ...CERTIFICATES.map(([, verification]) => verification),
      'garbage',
      'refused',
    ])
    expect((await other.http([request(8002, { tls: true })], 3000)).results[0]?.error).toBe('not-tls')
    await other.close()
  })
})
