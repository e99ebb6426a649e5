import { describe, expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { codes, type Plant, planted } from './planted.ts'
import { blocks, CA, dates, good, tls } from './tls.ts'

const DAY_MS = 86_400_000
const at = (nowMs: number, ...plants: Plant[]): ClusterView => ({ ...planted(plants.length, plants), nowMs })
const NOW = dates('n1').from + DAY_MS
const found = (view: ClusterView) => codes(addressFindings(view))

describe('dates', () => {
  const { from, until } = dates('n1')
  it.each([
    ['long before the end', until - 40 * DAY_MS, []],
    ['30 days before', until - 30 * DAY_MS, []],
    ['some weeks before', until - 20 * DAY_MS, [['certificate-expires', 'info', 'n1']]],
    ['14 days before', until - 14 * DAY_MS, [['certificate-expires', 'info', 'n1']]],
    ['some days before', until - 3 * DAY_MS, [['certificate-expires', 'warning', 'n1']]],
    ['when it is over', until + 1, [['certificate-expired', 'critical', 'n1']]],
    ['before it begins', from - DAY_MS, [['certificate-not-yet-valid', 'critical', 'n1']]],
    ['a minute before it begins', from - 60_000, []],
  ])('%s', (_, nowMs, wanted) => {
    // One node's certificate alone: of its peer nothing was read.
    const view = at(nowMs, tls({ certificate: blocks('n1') }), { provider: good('n2').provider ?? {} })
    const got = addressFindings(view).filter(({ code }) => code !== 'certificate-file-unusable')
    expect(got.map(({ code, severity, node }) => [code, severity, node])).toEqual(wanted)
  })
  it('of a single authority count, of a bundle not', () => {
    const after = dates('ca1').until + DAY_MS
    const expired = (view: ClusterView) => addressFindings(view).filter(({ args }) => args.path === CA)
    expect(expired(at(after, good('n1'), good('n2')))).toMatchObject([
      { code: 'certificate-expired', args: { path: CA, nodes: 'n1,n2' } },
    ])
    expect(
      expired(at(after, tls({ certificate: blocks('n1'), ca: blocks('bundle') }), good('n2'))),
    ).toHaveLength(1)
  })
  it('are told once of a certificate that all nodes have', () => {
    const [first, ...others] = addressFindings(at(until + 1, good('n1'), good('n1'), good('n1')))
    expect(others).toEqual([])
    expect(first?.node).toBe(undefined)
    expect(first?.message).toMatch(
      /^the certificate of each of n1, n2, n3, \S+ expired on .* put new files on all nodes first/,
    )
  })
  it('do not count where nothing is encrypted', () => {
    const plain = { ...good('n1'), provider: { ...good('n1').provider, 'socket.ssl': 'NO' } }
    expect(found(at(until + 1, plain, plain))).toEqual([])
  })
})

describe('authorities', () => {
  it('are silent where all are signed by one', () => {
    expect(found(at(NOW, good('n1'), good('n2'), good('n1')))).toEqual([])
  })
  it('are told with whose certificate fails where', () => {
    const other = tls({ certificate: blocks('n3'), ca: blocks('ca2') })
    const view = at(NOW, good('n1'), good('n2'), other)
    expect(found(view)).toEqual(['certificate-other-ca'])
    expect(addressFindings(view)[0]?.message).toMatch(/that of n1, n2 on n3; that of n3 on n1, n2\. /)
  })
  it('are not told apart by their names', () => {
    const again = tls({ certificate: blocks('n2'), ca: blocks('ca1-again') })
    expect(addressFindings(at(NOW, good('n1'), again))[0]?.message).toMatch(/that of n1 on n2\. /)
  })
  it('may stand in a bundle, or behind another one', () => {
    const bundle = tls({ certificate: blocks('n3'), ca: blocks('bundle') })
    const both = tls({ certificate: blocks('n1'), ca: blocks('bundle') })
    expect(found(at(NOW, bundle, both))).toEqual([])
    const chain = tls({ certificate: blocks('n4-chain'), ca: blocks('ca1') })
    expect(found(at(NOW, chain, good('n1')))).toEqual([])
    const broken = tls({ certificate: blocks('n4'), ca: blocks('ca1') })
    expect(found(at(NOW, broken, good('n1')))).toEqual(['certificate-other-ca'])
  })
  it('may be the certificate itself', () => {
    const self = tls({ certificate: blocks('n1'), ca: blocks('n1') })
    expect(found(at(NOW, self, self))).toEqual([])
  })
  it('are not judged by half a file', () => {
    const long = tls({ certificate: blocks('n3'), ca: Array<string>(16).fill(blocks('ca2')[0] ?? '') })
    const cut = tls({ certificate: blocks('n3'), ca: blocks('ca1'), state: 'cut-off' })
    expect(found(at(NOW, good('n1'), long)).filter((code) => code !== 'certificate-other-ca')).toEqual([])
    expect(addressFindings(at(NOW, good('n1'), long))[0]?.message).toMatch(/trust: that of n2 on n1\. /)
    expect(found(at(NOW, good('n1'), cut))).toEqual([])
  })
})

describe('files', () => {
  it.each(['missing', 'not-a-file'] as const)('that are %s are told', (state) => {
    expect(found(at(NOW, tls({ ca: blocks('ca1'), state }), good('n2')))).toEqual([
      'certificate-file-unusable n1',
    ])
  })
  it('that are all missing are told together', () => {
    const none = (...kinds: string[]) => ({
      ...tls({}),
      certificates: kinds.map((kind) => ({
        path: `/etc/galera/${kind}.pem`,
        state: 'missing' as const,
        pem: [],
      })),
    })
    const [first, ...others] = addressFindings(at(NOW, none('cert', 'ca', 'key'), good('n2')))
    expect(others).toEqual([])
    expect(first?.message).toMatch(
      /^\/etc\/galera\/cert\.pem as socket\.ssl_cert, .* do not exist: .*"ls -l \/etc\/galera\/cert\.pem \/etc/,
    )
  })
  it('that a new node of PXC has not made yet are its own, which nobody trusts', () => {
    const version =
      'mysqld  Ver 8.0.36-28.1 for Linux on x86_64 (Percona XtraDB Cluster (GPL), Release rel28)'
    const fresh: Plant = {
      stopped: true,
      installed: version,
      files:
        '[mysqld]\nwsrep_cluster_name=cluster\nwsrep_provider=/x\nwsrep_cluster_address=gcomm://10.1.1.1\n',
      certificates: ['server-cert', 'ca', 'server-key'].map((name) => ({
        path: `/var/lib/mysql/${name}.pem`,
        state: 'missing' as const,
        pem: [],
      })),
    }
    const told = addressFindings(at(NOW, good('n1'), fresh)).filter(({ node }) => node === 'n2')
    expect(told.map(({ code }) => code)).toEqual(['certificate-file-unusable'])
    expect(told[0]?.message).toMatch(/do not exist yet: the first start .* an authority of its own/)
  })
  it.each(['denied', 'failed', 'cut-off'] as const)('that are %s say nothing', (state) => {
    expect(found(at(NOW, tls({ ca: blocks('ca1'), state }), good('n2')))).toEqual([])
  })
  it.each([
    ['nothing', []],
    ['no certificate', ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']],
    ['garbage', ['\0\u001b[2J']],
    [
      'a good one and garbage',
      [blocks('n1')[0] ?? '', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'],
    ],
  ])('that hold %s are told', (_, certificate) => {
    expect(found(at(NOW, tls({ certificate, ca: blocks('ca1') }), good('n2')))).toEqual([
      'certificate-file-unusable n1',
    ])
  })
})
