import { describe, expect, it } from 'vitest'
import { pmmFindings } from '../../src/findings/pmm.ts'
import { renderJson } from '../../src/report/render/json.ts'
import { renderPmm } from '../../src/report/render/pmm.ts'
import { renderTable } from '../../src/report/render/table.ts'
import type { PmmEndpoint, ReportPmm, ReportPmmNode } from '../../src/report/report-pmm.ts'
import { isSafe } from '../../src/terminal/escape.ts'
import { flow, report } from './reports.ts'

const STYLE = { columns: 78, color: false, ascii: false, quiet: 0 }

const endpoint = (change: Partial<PmmEndpoint> = {}): PmmEndpoint => ({
  type: 'linux:metrics',
  name: 'n1',
  address: '10.0.0.1',
  port: 42_000,
  status: 'OK',
  reason: 'open',
  flow: null,
  tls: true,
  password: false,
  health: null,
  ...change,
})
const node = (change: Partial<ReportPmmNode> = {}): ReportPmmNode => ({
  node: 'n1',
  address: '10.0.0.1',
  mode: 'pull',
  clock: {
    zone: '-0400 EDT',
    client: '2018-05-24T12:05:37.000Z',
    server: '2018-05-24T12:05:34.000Z',
    ntp: '2018-05-24T12:05:37.000Z',
    serverAheadOfNtp: -3,
    clientAheadOfNtp: 0,
    clientAheadOfServer: 3,
    serverErrorSeconds: 2,
  },
  apis: [{ name: 'Consul API', status: 'OK', reason: 'answered' }],
  certificate: { verification: 'ok', notAfter: null },
  connectMs: 1.051,
  requestMs: 0.312,
  endpoints: [endpoint()],
  ...change,
})
const pmm = (...nodes: readonly ReportPmmNode[]): ReportPmm => ({
  server: 'pmm',
  address: '10.0.0.9',
  port: 443,
  version: '1',
  ntpServer: '0.pool.ntp.org',
  nodes,
})
const reportOf = (part: ReportPmm) =>
  report([flow({ from: 'n1', to: 'pmm', service: 'pmm-server' })], { pmm: part, status: 'OK' })
const rendered = (part: ReportPmm, style: Partial<typeof STYLE> = {}) =>
  renderPmm(reportOf(part), { ...STYLE, ...style })

describe('the view of check-network', () => {
  it('shows times and durations as it did', async () => {
    const text = await rendered(pmm(node()))
    expect(text).toContain(
      [
        '* System Time',
        'NTP Server (0.pool.ntp.org)         | 2018-05-24 08:05:37 -0400 EDT',
        'PMM Server                          | 2018-05-24 12:05:34 +0000 GMT',
        'PMM Client                          | 2018-05-24 08:05:37 -0400 EDT',
        'PMM Server Time Drift               | OK',
        'PMM Client Time Drift               | OK',
        'PMM Client to PMM Server Time Drift | OK',
      ].join('\n'),
    )
    expect(text).toContain(
      'Connection duration | 1.051ms\nRequest duration    | 312µs\nFull round trip     | 1.363ms\n',
    )
    expect(await rendered(pmm(node()), { ascii: true })).toContain('| 312us\n')
  })

  it('makes columns as wide as what stands in them', async () => {
    const rows = [
      endpoint({
        address: 'fd00::11',
        name: 'a-very-long-name-of-a-node',
        status: 'DOWN',
        reason: 'blocked',
      }),
      endpoint({
        type: 'mongodb:metrics',
        port: 42_003,
        status: 'UNKNOWN',
        reason: 'not-known',
        tls: null,
        password: null,
      }),
    ]
    expect(await rendered(pmm(node({ endpoints: rows })))).toContain(
      [
        '---------------- --------------------------- ----------------- ------- ---------- ---------',
        'SERVICE TYPE     NAME                        REMOTE ENDPOINT   STATUS  HTTPS/TLS  PASSWORD',
        '---------------- --------------------------- ----------------- ------- ---------- ---------',
        'linux:metrics    a-very-long-name-of-a-node  [fd00::11]:42000  DOWN    YES        NO',
        'mongodb:metrics  n1                          10.0.0.1:42003    ?       -          -',
      ].join('\n'),
    )
  })

  it('leaves out what is not known, and says what could not be measured', async () => {
    const text = await rendered(pmm(node({ clock: null, connectMs: null, endpoints: [] })))
    expect(text).not.toContain('System Time')
    expect(text).toContain('Unable to measure the connection performance.')
    expect(text).toContain('No metric endpoints registered.')
    expect(text).not.toContain('check out the logs')
  })

  it('ends in where to look only when a row is DOWN, with a URL that works', async () => {
    const down = node({ endpoints: [endpoint({ status: 'DOWN', reason: 'exporter-fails' })] })
    expect(await rendered(pmm(down))).toContain('by the URL: https://10.0.0.9/prometheus/targets\n')
    expect(await rendered({ ...pmm(down), port: 80 })).toContain(
      'by the URL: http://10.0.0.9/prometheus/targets\n',
    )
    expect(await rendered({ ...pmm(down), port: 8443, address: 'fd00::9' })).toContain(
      'by the URL: https://[fd00::9]:8443/prometheus/targets\n',
    )
  })

  it('is silent when it shall be', async () => {
    expect(await rendered(pmm(node()), { quiet: 1 })).toBe('')
    expect(await rendered(pmm(node()), { quiet: 2 })).toBe('')
  })

  it('paints cells that keep their width', async () => {
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
    const coloured = await rendered(pmm(node()), { color: true })
    expect(coloured).toMatch(escapes)
    const plain = coloured.replace(escapes, '').split('\n')
    expect(plain.map((line) => line.trimEnd()).join('\n')).toBe(await rendered(pmm(node())))
  })

  it.each(['\u001b[2J', '\r', '\n', '\u202e', '\u009b31m'])('lets %j through to no terminal', async (by) => {
    const attacked = JSON.parse(
      JSON.stringify(
        pmm(
          node({
            endpoints: [
              endpoint({ health: 'down', lastError: 'x', status: 'DOWN', reason: 'exporter-fails' }),
            ],
          }),
        ),
      ),
      (key, value) =>
        typeof value === 'string' && !['status', 'reason', 'verification', 'mode'].includes(key)
          ? `${value}${by}`
          : value,
    ) as ReportPmm
    const findings = pmmFindings(attacked, { kind: '1', flows: [], serverClockKnown: false })
    const whole = { ...reportOf(attacked), findings }
    expect(findings).not.toEqual([])
    const texts = [
      await renderPmm(whole, STYLE),
      await renderTable(whole, { ...STYLE, view: 'check' }),
      renderJson(whole),
    ]
    for (const text of texts)
      for (const line of text.split('\n')) expect(isSafe(line.replaceAll('µ', 'u'))).toBe(true)
  })
})

describe('the findings', () => {
  const codes = (
    part: ReportPmm,
    kind: '1' | '3' = '1',
    flows = [flow({ from: 'n1', to: 'pmm', service: 'pmm-server' })],
  ) =>
    pmmFindings(part, { kind, flows, serverClockKnown: false }).map(({ code, severity }) => [code, severity])
  const clock = (clientAheadOfServer: number | null) =>
    node({ clock: { ...(node().clock as NonNullable<ReportPmmNode['clock']>), clientAheadOfServer } })

  it('are none where all is well', () => {
    expect(codes(pmm(node()))).toEqual([])
  })
  it('name one cause for all nodes that meet it, once', () => {
    const failing = (name: string) =>
      node({ node: name, apis: [{ name: 'Consul API', status: 'DOWN', reason: 'timeout' }] })
    expect(codes(pmm(failing('n1'), failing('n2')))).toEqual([['pmm-api-down', 'warning']])
  })
  it('leave to the blocked flow what follows from it', () => {
    const failing = node({ apis: [{ name: 'Consul API', status: 'DOWN', reason: 'timeout' }] })
    const blocked = [flow({ from: 'n1', to: 'pmm', service: 'pmm-server', status: 'DOWN' })]
    expect(codes(pmm(failing), '1', blocked)).toEqual([])
  })
  it.each([
    [61, []],
    [-63, [['pmm-clock-drift', 'warning']]],
    [7200, [['pmm-clock-drift', 'warning']]],
    [null, []],
  ] as const)('of a drift of %s seconds', (seconds, expected) => {
    expect(codes(pmm(clock(seconds)))).toEqual(expected)
  })
  it("leave the drift to the clock of the server's own host, where that was read", () => {
    expect(pmmFindings(pmm(clock(7200)), { kind: '1', flows: [], serverClockKnown: true })).toEqual([])
  })
  it('call an exporter that does not run a fault only where it is fetched from', () => {
    const stopped = endpoint({ status: 'CLOSED', reason: 'nothing-listens' })
    expect(codes(pmm(node({ endpoints: [stopped] })))).toEqual([['pmm-exporter-stopped', 'warning']])
    expect(codes(pmm(node({ mode: 'unknown', endpoints: [stopped] })))).toEqual([])
  })
})
