import { describe, expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { codes, lost, type Plant, planted } from './planted.ts'

const found = (view: ClusterView) => codes(addressFindings(view))
const NAMES = { db1: ['10.1.1.1'], db2: ['10.1.1.2'], db3: ['10.1.1.3'] }
const list = (names: Record<string, readonly string[]>, more: Plant = {}): Plant => ({
  ...more,
  variables: { wsrep_cluster_address: 'gcomm://db1,db2,db3' },
  names: { ...NAMES, ...names },
})

describe('a name that leads elsewhere on one node', () => {
  it('is told with who gets what', () => {
    const view = planted(3, [list({ db2: ['10.9.9.9'] }), list({}), list({})])
    expect(found(view)).toEqual(['name-resolves-differently'])
    expect(addressFindings(view)[0]?.message).toMatch(/db2 leads to 10\.9\.9\.9 on n1, 10\.1\.1\.2 on n2, n3/)
  })
  it('is not told of order, of loopback at home, or of a host without IPv6', () => {
    const many = { db2: ['10.1.1.2', '10.5.1.2'] }
    const turned = { db2: ['10.5.1.2', '10.1.1.2'] }
    const two = { addresses: ['10.1.1.2 eth0', '10.5.1.2 eth1'] }
    expect(found(planted(3, [list(many), list({ db2: ['127.0.1.1'] }, two), list(turned)]))).toEqual([])
    const v6 = { db2: ['10.1.1.2', 'fd00::2'] }
    expect(found(planted(3, [list(v6), list({}), list(v6)]))).toEqual([])
  })
  it('is not told of the order of unknown addresses', () => {
    const stale = (db9: readonly string[]) => ({ names: { db9 } })
    const turned = stale(['10.9.9.2', '10.9.9.1'])
    expect(found(planted(2, [stale(['10.9.9.1', '10.9.9.2']), turned]))).toEqual([])
    expect(found(planted(2, [stale(['10.9.9.1']), turned]))).toEqual(['name-resolves-differently'])
  })
  it('is loopback on a host that is not its own', () => {
    expect(found(planted(3, [list({ db2: ['127.0.0.1'] }), list({}), list({})]))).toEqual([
      'name-resolves-differently',
    ])
  })
  it('is not told of two addresses of one host while both lead there', () => {
    const two = { addresses: ['10.1.1.2 eth0', '10.5.1.2 eth1'] }
    const view = planted(3, [list({ db2: ['10.5.1.2'] }), list({}, two), list({})])
    expect(found(view)).toEqual([])
    expect(found(lost(view, '10.5.1.2'))).toEqual(['name-resolves-differently'])
  })
})

describe('a name that one node does not know', () => {
  it('is told with what it is elsewhere', () => {
    const view = planted(3, [list({ db3: [] }), list({}), list({})])
    expect(found(view)).toEqual(['name-not-resolved n1'])
    expect(addressFindings(view)[0]).toMatchObject({ severity: 'warning' })
    expect(addressFindings(view)[0]?.message).toMatch(
      /n1 cannot resolve db3, elsewhere it is 10\.1\.1\.3.*"10\.1\.1\.3 db3"/,
    )
  })
  it('stops state transfers where it is advertised', () => {
    const advertising = { variables: { wsrep_node_address: 'db1' }, names: { db1: ['10.1.1.1'] } }
    const view = planted(2, [advertising, { names: { db1: [] } }])
    expect(addressFindings(view)).toMatchObject([
      { code: 'name-not-resolved', severity: 'critical', node: 'n2' },
    ])
  })
  it('is not told where the node does not use it', () => {
    expect(found(planted(3, [{ names: { db3: [] } }, list({}), list({})]))).toEqual([])
  })
})

describe('a name that is IPv6 first', () => {
  const v6 = { db2: ['fd00::2', '10.1.1.2'] }
  const dual = (galera: string): Plant => ({
    addresses: ['10.1.1.2 eth0', 'fd00::2 eth0'],
    listens: [
      { address: '0.0.0.0', port: 3306 },
      { address: galera, port: 4567 },
    ],
  })
  it('is fine while it works', () => {
    expect(found(planted(3, [list(v6), list(v6, dual('::')), list(v6)]))).toEqual([])
  })
  it('is told where nothing gets there', () => {
    const view = lost(planted(3, [list(v6), list(v6, dual('::')), list(v6)]), 'fd00::2', 'n1')
    expect(found(view)).toEqual(['ipv6-first-dead n1'])
    expect(addressFindings(view)[0]?.message).toMatch(
      /db2 of wsrep_cluster_address resolves to fd00::2, 10\.1\.1\.2 there.*write 10\.1\.1\.2/,
    )
  })
  it('is fine where something answers there, whatever listens', () => {
    expect(found(planted(3, [list(v6), list(v6, dual('0.0.0.0')), list(v6)]))).toEqual([])
  })
  it('is told where the member listens on IPv4 only', () => {
    const view = planted(3, [list(v6), list(v6, dual('0.0.0.0')), list({})])
    const closed = view.flows.map((flow) =>
      flow.from === 'n1' && flow.address === 'fd00::2' && flow.service === 'galera'
        ? { ...flow, status: 'CLOSED' as const, reason: 'refused' as const }
        : flow,
    )
    expect(found({ ...view, flows: closed })).toEqual(['ipv6-first-dead n1'])
    expect(addressFindings({ ...view, flows: closed })[0]?.message).toMatch(
      /gmcast\.listen_addr=tcp:\/\/\[::\]:4567/,
    )
  })
  it('is told where there is no route', () => {
    const view = planted(3, [list(v6), list({}, dual('::')), list({})])
    const [first, ...others] = view.nodes
    if (first?.inspection == null) throw new Error('no node')
    const routes = [{ to: 'fd00::2', source: null, interface: null, errno: 'ENETUNREACH' }]
    const unrouted = { ...first, inspection: { ...first.inspection, routes } }
    const flows = view.flows.filter(({ address }) => address !== 'fd00::2')
    expect(found({ ...view, flows, nodes: [unrouted, ...others] })).toEqual(['ipv6-first-dead n1'])
  })
})

describe('a name whose look-up did not end', () => {
  const names = (error: string): ClusterView => {
    const view = planted(2, [
      { variables: { wsrep_cluster_address: 'gcomm://db1,db2' }, names: { db1: ['10.1.1.1'], db2: [] } },
      { names: { db1: ['10.1.1.1'], db2: [] } },
    ])
    const unanswered = view.nodes.map((node) => ({
      ...node,
      inspection: node.inspection && {
        ...node.inspection,
        resolved: node.inspection.resolved.map((each) => (each.name === 'db2' ? { ...each, error } : each)),
      },
    }))
    return { ...view, nodes: unanswered }
  }
  it.each(['EAI_AGAIN', 'EAI_FAIL', 'TIMEOUT'])('is not said to be unknown: %s', (error) => {
    expect(found(names(error))).toEqual(['name-not-resolved n1'])
    expect(addressFindings(names(error))[0]?.message).toMatch(/the name server does not answer/)
  })
  it('is unknown where the resolver says so', () => {
    expect(found(names('EAI_NODATA'))).toEqual(['cluster-address-unknown n1'])
  })
})
