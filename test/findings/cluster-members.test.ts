import { describe, expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { codes, planted } from './planted.ts'

const found = (view: ClusterView) => codes(addressFindings(view))

it('tells of nodes of different cluster names', () => {
  const view = planted(3, [{}, {}, { variables: { wsrep_cluster_name: 'other' } }])
  expect(found(view)).toEqual(['cluster-name-differs'])
  expect(addressFindings(view)[0]?.message).toMatch(/"cluster" on n1, n2, and "other" on n3/)
})
describe('settings of a node with a file that was left unread', () => {
  const wsrep = '[mysqld]\nwsrep_on=ON\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\n'
  const unread = (text: string) => {
    const files = `${wsrep}wsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2\n${text}`
    const view = planted(2, [{ answer: 'not-asked', files }])
    const nodes = view.nodes.map((node) => {
      if (node.survey === null || node.name !== 'n1') return node
      const denied = [{ path: '/etc/mysql/x.cnf', state: 'denied' as const, detail: null }]
      return { ...node, survey: { ...node.survey, files: denied } }
    })
    return found({ ...view, nodes })
  }
  it('are not believed where they are defaults', () => {
    expect(unread('')).toEqual(['settings-file-unreadable n1'])
  })
  it('are believed where they were read', () => {
    expect(unread('wsrep_cluster_name=other\n')).toEqual([
      'cluster-name-differs',
      'settings-file-unreadable n1',
    ])
  })
})

describe('more members than were checked', () => {
  const status = {
    wsrep_local_state_comment: 'Synced',
    wsrep_cluster_status: 'Primary',
    wsrep_cluster_size: '3',
    wsrep_incoming_addresses: '10.1.1.1:3306,10.1.1.2:3306,10.1.1.3:3306',
  }
  it('are named as the server names them', () => {
    const view = planted(2, [{ status }])
    expect(addressFindings(view)).toMatchObject([
      { code: 'member-not-listed', severity: 'info', args: { size: 3, checked: 2, addresses: '10.1.1.3' } },
    ])
  })
  it('are named by their connections: an arbitrator has no address for clients', () => {
    const connections = [{ local: '10.1.1.1', localPort: 4567, remote: '10.1.1.9', remotePort: 0 }]
    const only = { ...status, wsrep_incoming_addresses: '10.1.1.1:3306,10.1.1.2:3306' }
    expect(addressFindings(planted(2, [{ status: only, connections }]))[0]?.args).toMatchObject({
      addresses: '10.1.1.9',
    })
  })
  it('are no strangers in a cluster address', () => {
    const connections = [{ local: '10.1.1.1', localPort: 0, remote: '10.1.1.3', remotePort: 4567 }]
    const wsrep_cluster_address = 'gcomm://10.1.1.1,10.1.1.2,10.1.1.3'
    const three = { status, connections, variables: { wsrep_cluster_address } }
    expect(found(planted(2, [three]))).toEqual(['member-not-listed'])
  })
  it('are counted without those that were given and do not run', () => {
    const files =
      '[mysqld]\nwsrep_on=ON\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\nwsrep_cluster_name=cluster\nwsrep_cluster_address=gcomm://10.1.1.1\n'
    const two = {
      ...status,
      wsrep_cluster_size: '2',
      wsrep_incoming_addresses: '10.1.1.1:3306,10.1.1.9:3306',
    }
    expect(found(planted(2, [{ status: two }, { stopped: true, files }]))).toEqual(['member-not-listed'])
  })
  it('are not the translated addresses of those that were checked', () => {
    const connections = [{ local: '10.1.1.1', localPort: 4567, remote: '10.7.0.1', remotePort: 0 }]
    const view = planted(2, [{ status, connections }])
    const witness = {
      kind: 'witness',
      attempt: 1,
      reachedInterface: true,
      passedFirewall: true,
      answered: true,
      laterPacket: 'passed',
      seenFrom: '10.7.0.1',
    } as const
    const flows = view.flows.map((flow) => (flow.from === 'n2' ? { ...flow, observations: [witness] } : flow))
    const told = addressFindings({ ...view, flows }).find(({ code }) => code === 'member-not-listed')
    expect(told?.args).toMatchObject({ addresses: '10.1.1.3' })
  })
  it('are not taken for those of which nothing is known', () => {
    expect(
      found(planted(3, [{ status }, {}, { view: { settings: null, survey: null, hello: null } }])),
    ).toEqual([])
  })
})
