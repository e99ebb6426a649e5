import { describe, expect, it } from 'vitest'
import { exporterKind, wantsTls } from '../../src/pmm/answers.ts'
import { describeApis } from '../../src/pmm/apis.ts'
import { isDrifted, readPmmClocks, serverTime } from '../../src/pmm/clock.ts'
import { describeEndpoints } from '../../src/pmm/endpoints.ts'
import { modeOf } from '../../src/pmm/mode.ts'
import { apiRequest, exporterRequest, type PmmTarget } from '../../src/pmm/requests.ts'
import { readTargets, type Target, targetsOn } from '../../src/pmm/targets.ts'
import { shownVersion } from '../../src/pmm/version.ts'
import type { HttpResult } from '../../src/session/messages.ts'
import { flow } from '../report/reports.ts'

const result = (change: Partial<HttpResult> = {}): HttpResult => ({
  id: 'x',
  connectMs: 1,
  tlsMs: 1,
  requestMs: 1,
  certificate: null,
  status: 200,
  headers: {},
  text: '',
  authorization: 'none',
  error: null,
  detail: null,
  askedUs: 1_000_000,
  answeredUs: 1_002_000,
  ...change,
})
const http = (answers: Record<string, Partial<HttpResult>>) =>
  new Map(Object.entries(answers).map(([id, change]) => [id, result({ id, ...change })]))

describe('the version that answers show', () => {
  it.each([
    ['3', { ready3: { text: '{}' }, ready2: { text: '{}' } }],
    ['2', { ready3: { status: 404 }, ready2: { text: '{}' } }],
    ['1', { ready2: { status: 404 }, consul: { text: '"127.0.0.1:8300"' } }],
    ['1', { consul: { status: 404 }, qan: { headers: { qanVersion: '1.17' } } }],
    [null, { ready3: { text: '<html>' }, ready2: { text: '[]' }, consul: { text: '{}' }, qan: {} }],
    [null, { ready3: { status: 302, text: '{}' } }],
    [null, {}],
  ])('%s of %o', (version, answers) => {
    expect(shownVersion(http(answers))).toBe(version)
  })
})

describe('who fetches', () => {
  const one = [{ port: 42_000 }] as Target[]
  it.each([
    ['push', '2', one, 'push'],
    ['pull', '3', [], 'pull'],
    ['1', null, null, 'pull'],
    ['auto', '1', [], 'pull'],
    ['auto', '2', one, 'pull'],
    ['auto', '3', [], 'push'],
    ['auto', '3', null, 'unknown'],
    ['auto', null, null, 'unknown'],
    ['auto', null, [], 'unknown'],
    ['3', null, null, 'push'],
    ['2', '2', one, 'pull'],
  ] as const)('--pmm %s, version %s, targets %o: %s', (kind, version, targets, mode) => {
    expect(modeOf(kind, version, targets)).toBe(mode)
  })
})

describe("the server's list of targets", () => {
  const target = (scrapeUrl: unknown, more: object = {}) => ({
    scrapeUrl,
    health: 'up',
    lastError: '',
    labels: {},
    ...more,
  })
  const list = (...activeTargets: unknown[]) =>
    readTargets(result({ text: JSON.stringify({ status: 'success', data: { activeTargets } }) }))

  it('gives address, port, health and the name that people know', () => {
    expect(
      list(
        target('http://10.0.0.1:42000/metrics', { labels: { job: 'linux', instance: 'n1' } }),
        target('https://[fd00::0:1]:42002/metrics-hr', {
          health: 'down',
          lastError: 'x509: expired',
          labels: { instance: '/agent_id/1', service_name: 'n1-mysql' },
        }),
        target('https://N1/metrics', { health: 'strange', labels: { instance: 'n1:443' } }),
      ),
    ).toEqual([
      { host: '10.0.0.1', port: 42_000, tls: false, health: 'up', lastError: '', job: 'linux', name: 'n1' },
      {
        host: 'fd00::1',
        port: 42_002,
        tls: true,
        health: 'down',
        lastError: 'x509: expired',
        job: '',
        name: 'n1-mysql',
      },
      { host: 'n1', port: 443, tls: true, health: 'unknown', lastError: '', job: '', name: null },
    ])
  })
  it('counts an exporter that is fetched from at three resolutions once, and up when one is', () => {
    const found = list(
      target('http://10.0.0.1:42002/metrics-lr', { health: 'down', lastError: 'x' }),
      target('http://10.0.0.1:42002/metrics-hr'),
      target('http://10.0.0.1:42002/metrics-mr', { health: 'unknown' }),
    )
    expect(found).toMatchObject([{ port: 42_002, health: 'up' }])
  })
  it('finds those of a host by any of its names and addresses', () => {
    const found =
      list(
        target('http://10.0.0.1:42000/'),
        target('http://N1.lab:42002/'),
        target('http://10.0.0.11:42000/'),
      ) ?? []
    expect(targetsOn(found, ['n1', 'n1.LAB', '10.0.0.1', 'fe80::1%eth0']).map(({ port }) => port)).toEqual([
      42_000, 42_002,
    ])
  })
  it.each([
    ['not asked', null],
    ['refused', result({ status: 401 })],
    ['cut off', result({ error: 'too-large', text: '{"status":"success","data":{"activeTargets":[]}}' })],
    ['garbage', result({ text: '{' })],
    ['an error', result({ text: '{"status":"error"}' })],
    ['another form', result({ text: '{"status":"success","data":{"activeTargets":{"length":1e9}}}' })],
    ['a list of numbers', result({ text: '{"status":"success","data":{"activeTargets":[7]}}' })],
  ])('is not known when %s', (_why, answer) => {
    expect(readTargets(answer)).toBeNull()
  })
  it('is not misled by strange texts', () => {
    const found = list(
      target('javascript:alert(1)', { labels: { __proto__: 'x', job: 7, instance: {} } }),
      target('http://10.0.0.1:99999/'),
      target(7),
      target('http://10.0.0.1:42000/', { lastError: '\u001b[2J'.repeat(1000) }),
    )
    expect(found?.map(({ port, host }) => [host, port])).toEqual([
      ['', 80],
      ['10.0.0.1', 42_000],
    ])
    expect(found?.at(-1)?.lastError).toHaveLength(1000)
  })
})

describe('the rows of the APIs', () => {
  const rows = (
    answers: Record<string, Partial<HttpResult>>,
    kind: '1' | '3' | 'auto' = '1',
    version: '1' | '3' | null = null,
  ) => describeApis(http(answers), kind, version).map(({ name, status, reason }) => [name, status, reason])
  it('share their cause where the server is not there', () => {
    expect(rows({ consul: { status: null, error: 'refused' } })).toEqual([
      ['Consul API', 'DOWN', 'refused'],
      ['Prometheus API', 'DOWN', 'refused'],
      ['Query Analytics API', 'DOWN', 'refused'],
    ])
  })
  it('are judged each by what it answers', () => {
    expect(
      rows({
        consul: { text: '"x"' },
        prometheus: { status: 503 },
        qan: { headers: {} },
      }),
    ).toEqual([
      ['Consul API', 'OK', 'answered'],
      ['Prometheus API', 'DOWN', 'not-ready'],
      ['Query Analytics API', 'DOWN', 'other-answer'],
    ])
  })
  it('are those of the version that was found', () => {
    const answers = { ready3: { text: '{}' }, prometheus: { status: 401 } }
    expect(rows(answers, 'auto', '3')).toEqual([['PMM Server API', 'OK', 'answered']])
    expect(rows({ ...answers, prometheus: { status: 401, authorization: 'sent' } }, 'auto', '3')[1]).toEqual([
      'Prometheus API',
      'DOWN',
      'password-refused',
    ])
    expect(rows({}, 'auto')).toEqual([['PMM Server API', 'UNKNOWN', 'not-asked']])
  })
})

describe('an exporter', () => {
  const PLAIN = 'Client sent an HTTP request to an HTTPS server.\n'
  it.each([
    [{}, { tls: null, password: null, answers: false }],
    [{ 'pmm-linux': { error: 'refused', status: null } }, { tls: null, password: null, refused: true }],
    [{ 'pmm-linux': { status: 200 } }, { tls: false, password: false, answers: true }],
    [{ 'pmm-linux': { status: 401 } }, { tls: false, password: true }],
    [{ 'pmm-linux': { status: 400, text: PLAIN } }, { tls: true, password: null, answers: true }],
    [
      { 'pmm-linux': { status: 400, text: PLAIN }, 'pmm-linux tls': { status: 401 } },
      { tls: true, password: true },
    ],
    [
      { 'pmm-linux': { status: null, error: 'tls-expected' }, 'pmm-linux tls': { status: 200 } },
      { tls: true, password: false },
    ],
    [{ 'pmm-linux': { status: null, error: 'garbage' } }, { tls: null, password: null, answers: false }],
  ] as const)('that answers %o', (answers, kind) => {
    expect(exporterKind('pmm-linux', http(answers))).toMatchObject(kind)
  })
  it('is asked in clear first: a request for something else is no sign of TLS', () => {
    expect(wantsTls(result({ status: 400, text: 'Bad Request' }))).toBe(false)
  })

  const member = { name: 'n1', address: '10.0.0.1', names: [] }
  const target = (change: Partial<Target>): Target => ({
    host: '10.0.0.1',
    port: 42_000,
    tls: false,
    health: 'up',
    lastError: '',
    job: 'linux',
    name: null,
    ...change,
  })
  const row = (
    mode: 'push' | 'pull',
    status: 'OK' | 'CLOSED' | 'DOWN' | 'UNKNOWN' | null,
    change?: Partial<Target>,
  ) => {
    const flows = status === null ? [] : [flow({ from: 'pmm', to: 'n1', service: 'pmm-linux', status })]
    const targets = change === undefined ? [] : [target(change)]
    const [endpoint] = describeEndpoints(
      member,
      mode,
      [{ name: 'pmm-linux', port: 42_000 }],
      { http: new Map() },
      targets,
      flows,
    )
    return [endpoint?.status, endpoint?.reason]
  }
  it.each([
    ['push', 'DOWN', undefined, 'PUSH', 'pushed'],
    ['pull', 'DOWN', undefined, 'DOWN', 'blocked'],
    ['pull', 'DOWN', {}, 'DOWN', 'blocked'],
    ['pull', 'OK', undefined, 'OK', 'open'],
    ['pull', 'OK', { health: 'unknown' }, 'OK', 'open'],
    ['pull', 'UNKNOWN', {}, 'OK', 'scraped'],
    ['pull', null, {}, 'OK', 'scraped'],
    ['pull', 'UNKNOWN', undefined, 'UNKNOWN', 'not-known'],
    ['pull', 'CLOSED', { health: 'down' }, 'CLOSED', 'nothing-listens'],
    [
      'pull',
      'OK',
      { health: 'down', lastError: 'server returned HTTP status 401 Unauthorized' },
      'DOWN',
      'exporter-password',
    ],
    ['pull', 'OK', { health: 'down', lastError: 'x509: certificate has expired' }, 'DOWN', 'exporter-tls'],
    ['pull', 'OK', { health: 'down', lastError: 'context deadline exceeded' }, 'DOWN', 'exporter-fails'],
  ] as const)('%s, flow %s, target %o: %s, %s', (mode, status, change, ...expected) => {
    expect(row(mode, status, change)).toEqual(expected)
  })
  it('on a port that the catalogue does not know has a row too', () => {
    const rows = describeEndpoints(
      member,
      'pull',
      [],
      { http: new Map() },
      [target({ port: 42_003, job: 'mongodb' })],
      [],
    )
    expect(rows).toMatchObject([{ type: 'mongodb', port: 42_003, status: 'OK', flow: null }])
  })
})

describe('the times', () => {
  const noon = Date.UTC(2018, 4, 24, 12, 5, 34)
  it.each([
    ['Thu, 24 May 2018 12:05:34 GMT', noon],
    ['Thursday, 24-May-2018 12:05:34 GMT', noon],
    ['Thursday, 24-May-2018 12:05:34 UTC', noon],
    ['2018-05-24T14:05:34+02:00', noon],
    ['Thu, 24 Foo 2018 12:05:34 GMT', null],
    ['Thu, 24 May 2018 12:05:34 EST', null],
    ['2018-99-99T00:00:00Z', null],
    ['1527163534', null],
    ['', null],
    [undefined, null],
  ])('%s', (text, ms) => {
    expect(serverTime(text)).toBe(ms)
  })

  const date = 'Thu, 01 Jan 1970 02:00:01 GMT'
  it("are the server's and the node's of one moment", () => {
    const answers = {
      http: http({ ready3: { headers: { date } } }),
      zone: '+0000 GMT',
      ntp: { offsetMs: 5, errno: null },
    }
    expect(readPmmClocks(answers)).toMatchObject({
      clientMs: 1001,
      serverMs: 7_201_000,
      ntpMs: 1006,
      errorMs: 1001,
    })
  })
  it("are not taken from an exporter, nor from a proxy where the server's own is there", () => {
    const told = (answers: Record<string, Partial<HttpResult>>) =>
      readPmmClocks({ http: http(answers), zone: '+0000 GMT', ntp: null })?.serverMs
    expect(told({ 'pmm-linux': { headers: { date } } })).toBeNull()
    const serverTime = 'Thursday, 01-Jan-1970 00:00:05 GMT'
    expect(told({ ready3: { headers: { date } }, consul: { headers: { serverTime } } })).toBe(5000)
  })
  it('are not known where nothing was asked or answered', () => {
    expect(readPmmClocks({ http: new Map(), zone: '+0000 GMT', ntp: null })).toBeNull()
    expect(readPmmClocks({ http: http({ ready3: {} }), zone: null, ntp: null })).toBeNull()
  })
  it('differ only when that is certain', () => {
    expect([isDrifted(60, 0), isDrifted(61, 0), isDrifted(-61, 0), isDrifted(61, 2)]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe('the requests', () => {
  const target: PmmTarget = {
    address: 'fd00::9',
    port: 443,
    host: 'fd00::9',
    kind: '1',
    account: null,
    insecure: false,
  }
  it('name the host as a URL does', () => {
    expect(apiRequest('consul', target, true)).toMatchObject({ host: '[fd00::9]', serverName: 'fd00::9' })
    expect(apiRequest('consul', { ...target, port: 8443 }, true).host).toBe('[fd00::9]:8443')
    expect(apiRequest('consul', { ...target, port: 80 }, false).host).toBe('[fd00::9]')
  })
  it('send an account to the server, and to no exporter', () => {
    const account = { user: 'pmm', password: 'x' }
    expect(apiRequest('qan', { ...target, account }, true).authorization).toEqual(account)
    expect(exporterRequest({ name: 'pmm-mysql', port: 42_002 }, '10.0.0.1', true)).not.toHaveProperty(
      'authorization',
    )
  })
})
