import { expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { codes, planted } from './planted.ts'

const found = (view: ClusterView) => codes(addressFindings(view))
const message = (view: ClusterView) => addressFindings(view).map((each) => each.message)[0]
const TWO = (index: number) => [`10.1.1.${index + 1} eth0`, `10.2.1.${index + 1} eth1`]

const listens = (mysql: string[], galera: string[]) => [
  ...mysql.map((address) => ({ address, port: 3306 })),
  ...galera.map((address) => ({ address, port: 4567 })),
]
it('tells of services that listen on loopback, by their sockets', () => {
  const view = planted(2, [{ listens: listens(['127.0.0.1', '::1'], ['0.0.0.0']) }])
  expect(found(view)).toEqual(['bind-loopback n1'])
  expect(addressFindings(view)[0]).toMatchObject({
    severity: 'warning',
    args: { service: 'mysql', seen: true },
  })
  const galera = planted(2, [
    {
      listens: listens(['0.0.0.0'], ['127.0.0.1']),
      provider: { 'gmcast.listen_addr': 'tcp://127.0.0.1:4567' },
    },
  ])
  expect(addressFindings(galera)).toMatchObject([{ code: 'bind-loopback', severity: 'critical' }])
  expect(found(planted(2, [{ listens: listens(['127.0.0.1', '10.1.1.1'], ['::']) }]))).toEqual([])
})
it('tells of an IST receiver on loopback', () => {
  expect(found(planted(2, [{ provider: { 'ist.recv_bind': '127.0.0.1' } }]))).toEqual(['bind-loopback n1'])
})
it('tells of a service that listens at another address than the one that is dialled', () => {
  const view = planted(2, [{ addresses: TWO(0), listens: listens(['0.0.0.0'], ['10.2.1.1']) }])
  const closed = (service: string) => ({
    ...view,
    flows: view.flows.map((flow) =>
      flow.to === 'n1' && flow.service === service
        ? { ...flow, status: 'CLOSED' as const, reason: 'refused' as const }
        : flow,
    ),
  })
  expect(found(closed('galera'))).toEqual(['bind-elsewhere n1'])
  expect(message(closed('galera'))).toMatch(/bound to 10\.2\.1\.1.*n2 dials 10\.1\.1\.1/)
  // Something answers there all the same.
  expect(found(view)).toEqual([])
})
it('tells of an IST receiver that is bound to another network than the advertised one', () => {
  const plant = { addresses: TWO(0), provider: { 'ist.recv_bind': '10.2.1.1' } }
  expect(found(planted(2, [plant]))).toEqual(['bind-elsewhere n1'])
})
it('finds nothing in a bind_address of the network that clients come from', () => {
  const plant = {
    addresses: TWO(0),
    variables: { bind_address: '10.2.1.1' },
    listens: listens(['10.2.1.1'], ['0.0.0.0']),
  }
  expect(found(planted(2, [plant]))).toEqual([])
})
