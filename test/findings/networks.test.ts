import { expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { codes, lost, planted } from './planted.ts'

const found = (view: ClusterView) => codes(addressFindings(view))
const message = (view: ClusterView) => addressFindings(view).map((each) => each.message)[0]
const TWO = (index: number) => [`10.1.1.${index + 1} eth0`, `10.2.1.${index + 1} eth1`]
const seen = (view: ClusterView, from: string, to: string, seenFrom: string): ClusterView => ({
  ...view,
  flows: view.flows.map((flow) =>
    flow.from === from && flow.to === to
      ? {
          ...flow,
          observations: [
            {
              kind: 'witness',
              attempt: 1,
              reachedInterface: true,
              passedFirewall: true,
              answered: true,
              laterPacket: 'passed',
              seenFrom,
            },
          ],
        }
      : flow,
  ),
})

it('tells of another network than the one by which peers reach it', () => {
  const view = planted(2, [{ addresses: TWO(0), variables: { wsrep_node_address: '10.2.1.1' } }])
  expect(found(view)).toEqual([])
  const blocked = lost(view, '10.2.1.1')
  expect(found(blocked)).toEqual(['wrong-interface n1'])
  expect(message(blocked)).toMatch(
    /wsrep_node_address=10\.2\.1\.1, on eth1.*n2.*10\.1\.1\.1 \(eth0\).*set wsrep_node_address=10\.1\.1\.1/,
  )
})
it('takes a firewall for no wrong interface', () => {
  const view = planted(2, [{ addresses: TWO(0), variables: { wsrep_node_address: '10.2.1.1' } }])
  const atTarget = lost(view, '10.2.1.1').flows.map((flow) =>
    flow.status === 'DOWN' ? { ...flow, blockedAt: 'target' as const } : flow,
  )
  expect(found({ ...view, flows: atTarget })).toEqual([])
  const oneOnly = lost(view, '10.2.1.1').flows.map((flow, index) =>
    flow.service === 'sst' ? (view.flows[index] ?? flow) : flow,
  )
  expect(found({ ...view, flows: oneOnly })).toEqual([])
})
it('takes what is stopped on two ports alone for no wrong interface', () => {
  const view = planted(2, [{ addresses: TWO(0), variables: { wsrep_node_address: '10.2.1.1' } }])
  const flows = lost(view, '10.2.1.1').flows.map((flow, index) =>
    flow.service === 'mysql' ? (view.flows[index] ?? flow) : flow,
  )
  expect(flows.some(({ address, status }) => address === '10.2.1.1' && status === 'OK')).toBe(true)
  expect(found({ ...view, flows })).toEqual([])
})
it('tells of one transfer at an address of its own that nobody reaches', () => {
  const view = planted(2, [{ addresses: TWO(0), variables: { wsrep_sst_receive_address: '10.2.1.1' } }])
  expect(found(view)).toEqual([])
  expect(found(lost(view, '10.2.1.1'))).toEqual(['services-on-different-addresses n1'])
  expect(message(lost(view, '10.2.1.1'))).toMatch(/set wsrep_sst_receive_address=10\.1\.1\.1/)
})
it('tells of a guess that is not the address by which peers know the node', () => {
  const first = {
    variables: { wsrep_node_address: '' },
    provider: { base_host: '10.2.1.1', 'ist.recv_addr': '10.2.1.1' },
  }
  const view = planted(2, [{ ...first, addresses: TWO(0).toReversed() }])
  expect(found(lost(view, '10.2.1.1'))).toEqual(['node-address-guessed n1'])
  expect(message(lost(view, '10.2.1.1'))).toMatch(/10\.2\.1\.1 \(eth1\).*10\.1\.1\.1 \(eth0\)/)
  expect(found(view)).toEqual([])
  const right = {
    variables: { wsrep_node_address: '' },
    provider: { base_host: '10.1.1.1', 'ist.recv_addr': '10.1.1.1' },
  }
  expect(found(planted(2, [{ ...right, addresses: TWO(0) }]))).toEqual([])
})
it('finds nothing in a guess by which some peer knows the node, or on the same interface', () => {
  const guess = (address: string) => ({
    variables: { wsrep_node_address: '' },
    provider: { base_host: address, 'ist.recv_addr': address },
  })
  const other = { variables: { wsrep_cluster_address: 'gcomm://10.2.1.1,10.1.1.2,10.1.1.3' } }
  const known = planted(3, [{ ...guess('10.2.1.1'), addresses: TWO(0) }, {}, other])
  expect(found(lost(known, '10.2.1.1', 'n2'))).toEqual([])
  const both = planted(2, [{ ...guess('10.1.1.9'), addresses: ['10.1.1.9 eth0', '10.1.1.1 eth0'] }])
  expect(found(lost(both, '10.1.1.9'))).toEqual([])
})
it('guesses for a stopped server as that would', () => {
  const files =
    '[mysqld]\nwsrep_on=ON\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\nwsrep_cluster_name=cluster\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2\n'
  expect(found(planted(2, [{ stopped: true, files, addresses: TWO(0).toReversed() }]))).toEqual([
    'node-address-guessed n1',
  ])
  expect(found(planted(2, [{ stopped: true, files, addresses: TWO(0) }]))).toEqual([])
})

it('tells of a node that peers see under another address', () => {
  const view = planted(3)
  const masked = seen(seen(view, 'n1', 'n2', '10.7.0.1'), 'n1', 'n3', '10.7.0.1')
  expect(found(masked)).toEqual(['advertised-differs n1'])
  expect(addressFindings(masked)[0]).toMatchObject({
    args: { seen: '10.7.0.1', by: 'n2,n3', advertised: '10.1.1.1' },
  })
  expect(found(seen(view, 'n1', 'n2', '10.1.1.1'))).toEqual([])
  expect(found(seen(view, 'n1', 'n2', '::ffff:10.1.1.1'))).toEqual([])
})
it('finds nothing in one-to-one NAT whose outside is what the node advertises', () => {
  const plant = { variables: { wsrep_node_address: '10.9.9.9' }, provider: { 'ist.recv_bind': '10.1.1.1' } }
  expect(found(seen(planted(2, [plant]), 'n1', 'n2', '10.9.9.9'))).toEqual([])
})
