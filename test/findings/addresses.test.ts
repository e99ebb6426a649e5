import { expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { ownersOf } from '../../src/findings/known-addresses.ts'
import { codes, lost, planted } from './planted.ts'

const found = (view: ClusterView) => codes(addressFindings(view))
const message = (view: ClusterView) => addressFindings(view).map((each) => each.message)[0]
const TWO = (index: number) => [`10.1.1.${index + 1} eth0`, `10.2.1.${index + 1} eth1`]
it('a healthy cluster is silent', () => {
  expect(addressFindings(planted(3))).toEqual([])
})
it('a healthy cluster of two networks, dual stack and names is silent', () => {
  const names = {
    db1: ['10.1.1.1', 'fd00::1'],
    db2: ['10.1.1.2', 'fd00::2'],
    db3: ['fd00::3', '10.1.1.3'].toReversed(),
  }
  const list = { wsrep_cluster_address: 'gcomm://db1,db2,db3' }
  const plant = (index: number) => ({
    addresses: [...TWO(index), `fd00::${index + 1} eth0`, 'fe80::1 eth0', '172.17.0.1 docker0'],
    variables: { ...list, wsrep_node_address: `10.2.1.${index + 1}` },
    names: { ...names, [`db${index + 1}`]: ['127.0.1.1'] },
  })
  expect(addressFindings(planted(3, [plant(0), plant(1), plant(2)]))).toEqual([])
})
it('an account that was not let in makes no other finding than that', () => {
  const files =
    '[mysqld]\nwsrep_on=ON\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\nwsrep_cluster_name=cluster\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2\nwsrep_node_address=10.1.1.1\n'
  const view = planted(2, [{ answer: 'refused', files }])
  expect(found(view)).toEqual(['settings-not-asked n1'])
  expect(message(view)).toMatch(/does not let the account in.*--mysql-defaults-file/)
  expect(found(planted(2, [{ answer: 'not-asked', files }]))).toEqual([])
})

it('tells of an advertised address that the host does not have', () => {
  const view = planted(2, [{ variables: { wsrep_node_address: '10.9.9.9' } }])
  expect(found(lost(view, '10.9.9.9'))).toEqual(['advertised-address-missing n1'])
  expect(message(lost(view, '10.9.9.9'))).toBe(
    'its address for IST and SST is wsrep_node_address=10.9.9.9, and none of its interfaces has it (10.1.1.1). Nothing that n2 sent there arrived. ' +
      'Next: in its option file set wsrep_node_address=10.1.1.1, and restart it; where NAT leads there, keep it and add ist.recv_bind=10.1.1.1 to what wsrep_provider_options holds (parts are separated by ";").',
  )
})
it('names the file and line of a stopped server', () => {
  const files =
    '[mysqld]\nwsrep_on=ON\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\nwsrep_cluster_name=cluster\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2\nwsrep_node_address=10.9.9.9\n'
  const view = planted(2, [{ stopped: true, files }])
  expect(message(lost(view, '10.9.9.9'))).toMatch(/wsrep_node_address=10\.9\.9\.9 \(\/etc\/my\.cnf:6 /)
})
it('says of NAT that leads there that IST cannot be bound, unless it has an address of its own', () => {
  const behind = (provider: Record<string, string>) =>
    planted(2, [{ variables: { wsrep_node_address: '10.9.9.9' }, provider }])
  expect(found(behind({}))).toEqual(['advertised-behind-nat n1'])
  expect(message(behind({}))).toMatch(/ist\.recv_bind=10\.1\.1\.1/)
  expect(found(behind({ 'ist.recv_bind': '10.1.1.1' }))).toEqual([])
  expect(found(behind({ 'ist.recv_bind': '0.0.0.0' }))).toEqual([])
  expect(found(behind({ 'ist.recv_bind': '10.9.9.8' }))).toEqual(['advertised-behind-nat n1'])
  // rsync listens at the address that its donor is told.
  const rsync = { wsrep_node_address: '10.9.9.9', wsrep_sst_method: 'rsync' }
  const view = planted(2, [{ variables: rsync, provider: { 'ist.recv_bind': '10.1.1.1' } }])
  expect(found(view)).toEqual(['advertised-behind-nat n1'])
  expect(message(view)).toMatch(/receiver of SST \(rsync\)/)
})
it('takes an answer that no witness saw for no proof of NAT', () => {
  const view = planted(2, [{ variables: { wsrep_node_address: '10.9.9.9' } }])
  const flows = view.flows.map((flow) => ({ ...flow, proof: 'handshake' as const }))
  expect(found({ ...view, flows })).toEqual(['advertised-address-missing n1'])
})
it('gives an address that several hosts have to the one that is known by it', () => {
  const bridge = '172.17.0.1 docker0'
  const view = planted(3, [
    { addresses: ['10.1.1.1 eth0', bridge] },
    { addresses: ['10.1.1.2 eth0', bridge, '10.1.1.1 eth9'] },
  ])
  expect(ownersOf(view, '10.1.1.1').map(({ name }) => name)).toEqual(['n1'])
  expect(ownersOf(view, '172.17.0.1').map(({ name }) => name)).toEqual(['n1', 'n2'])
})
it('knows nothing of a host that told no addresses', () => {
  const view = planted(2, [{ variables: { wsrep_node_address: '10.9.9.9' }, view: { hello: null } }])
  expect(found(view)).toEqual([])
})

it.each(['127.0.0.1', '127.0.1.1', '0.0.0.0'])('tells of %s as the advertised address', (address) => {
  const view = planted(2, [{ variables: { wsrep_sst_receive_address: address } }])
  expect(found(view)).toEqual(['advertised-loopback n1'])
  expect(message(view)).toMatch(/for SST is wsrep_sst_receive_address=.*dials itself/)
})
it("tells of Debian's own name that is 127.0.1.1 at home", () => {
  const names = { db1: ['127.0.1.1'] }
  const plant = { variables: { wsrep_node_address: 'db1' }, names }
  const view = planted(2, [plant, { names: { db1: ['10.1.1.1'] } }])
  expect(found(view)).toEqual(['advertised-loopback n1'])
  expect(message(view)).toMatch(/for IST is wsrep_node_address=db1, which is 127\.0\.1\.1 on n1/)
  // SST listens everywhere, and the donor resolves the name well.
  const bound = { ...plant, provider: { 'ist.recv_bind': '10.1.1.1' } }
  expect(found(planted(2, [bound, { names: { db1: ['10.1.1.1'] } }]))).toEqual([])
})
it('tells of a loopback that the server guesses from its bind_address', () => {
  const files =
    '[mysqld]\nwsrep_on=ON\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\nwsrep_cluster_name=cluster\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2\nbind_address=127.0.0.1\n'
  const view = planted(2, [{ stopped: true, files }])
  expect(found(view)).toEqual(['advertised-loopback n1', 'bind-loopback n1'])
  expect(message(view)).toMatch(
    /127\.0\.0\.1, taken from bind_address, by the server's own guess.*set wsrep_node_address=10\.1\.1\.1/,
  )
})
