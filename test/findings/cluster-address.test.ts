import { describe, expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { codes, type Plant, planted } from './planted.ts'

const found = (view: ClusterView) => codes(addressFindings(view))
const list = (hosts: string, more: Plant = {}): Plant => ({
  ...more,
  variables: { wsrep_cluster_address: `gcomm://${hosts}`, ...more.variables },
})

describe('a list that names no other member', () => {
  it('starts a cluster of its own when it is empty', () => {
    const view = planted(3, [list('')])
    expect(found(view)).toEqual(['cluster-address-misses n1'])
    expect(addressFindings(view)[0]?.message).toBe(
      'its wsrep_cluster_address "gcomm://" names nobody: when it is restarted it starts a cluster of its own, apart from n2, n3. ' +
        'Next: in its option file set wsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2,10.1.1.3',
    )
  })
  it('finds no cluster when it names the node alone', () => {
    expect(found(planted(3, [list('10.1.1.1')]))).toEqual(['cluster-address-misses n1'])
    const names = { db1: ['127.0.1.1'] }
    expect(found(planted(3, [list('db1', { names })]))).toEqual(['cluster-address-misses n1'])
  })
  it('is not told where the option file has a whole one', () => {
    const files = '[mysqld]\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2\n'
    expect(found(planted(2, [list('', { files })]))).toEqual([])
    const same = '[mysqld]\nwsrep_cluster_address=gcomm://\n'
    expect(found(planted(2, [list('', { files: same })]))).toEqual(['cluster-address-misses n1'])
    const itself = '[mysqld]\nwsrep_cluster_address=gcomm://10.1.1.1\n'
    expect(found(planted(2, [list('10.1.1.1', { files: itself })]))).toEqual(['cluster-address-misses n1'])
  })
  it('is a warning while the node runs as a member, and not told where its files are not all known', () => {
    expect(addressFindings(planted(2, [list('')]))).toMatchObject([{ severity: 'warning' }])
    const stopped = {
      files:
        '[mysqld]\nwsrep_cluster_name=cluster\nwsrep_on=ON\nwsrep_provider=/x\nwsrep_cluster_address=gcomm://\n',
    }
    expect(addressFindings(planted(2, [{ ...stopped, stopped: true }]))).toMatchObject([
      { code: 'cluster-address-misses', severity: 'critical' },
    ])
    const view = planted(2, [list('', { files: '[mysqld]\n' })])
    const unread = view.nodes.map((node) => ({
      ...node,
      survey: node.survey && {
        ...node.survey,
        files: [{ path: '/etc/my.cnf', state: 'denied' as const, detail: null }],
      },
    }))
    expect(found({ ...view, nodes: unread })).not.toContain('cluster-address-misses n1')
  })
  it('is legal while it names another', () => {
    expect(found(planted(3, [list('10.1.1.2')]))).toEqual([])
    expect(found(planted(3, [list('10.1.1.1,10.1.1.2')]))).toEqual([])
  })
})

describe('a host that is no member', () => {
  const names = { db1: ['10.1.1.1'], db2: ['10.1.1.2'], dbb3: [] }
  it('is a name that resolves nowhere, with the member that may be meant', () => {
    const plant = list('db1,db2,dbb3', { names })
    const others = { names: { dbb3: [], db1: ['10.1.1.1'], db2: ['10.1.1.2'] } }
    const view = planted(3, [plant, others, { ...others, view: { name: 'db3' } }])
    const [finding, ...more] = addressFindings(view)
    expect(more).toEqual([])
    expect(finding).toMatchObject({
      code: 'cluster-address-unknown',
      severity: 'warning',
      node: 'n1',
      args: { host: 'dbb3', meant: 'db3' },
    })
    expect(finding?.message).toMatch(/names dbb3, which resolves on no node, and does not name db3/)
  })
  it('is told once where the list was copied to all', () => {
    const plant = list('db1,db2,dbb3', { names })
    const view = planted(3, [plant, plant, plant])
    expect(found(view)).toEqual(['cluster-address-unknown'])
    expect(addressFindings(view)[0]?.args).toMatchObject({ nodes: 'n1,n2,n3' })
  })
  it('is told together with others that lead somewhere, and may be what stands before the members', () => {
    const translated = list('3.3.3.1,3.3.3.2,3.3.3.3')
    const view = planted(3, [translated, translated, translated])
    expect(addressFindings(view)).toMatchObject([{ code: 'cluster-address-unknown', severity: 'warning' }])
    expect(addressFindings(view)[0]?.message).toBe(
      'wsrep_cluster_address of n1, n2, n3 names 3.3.3.1, 3.3.3.2, 3.3.3.3, no members of this check, and does not name n1, n2, n3. ' +
        'Next: if they are members, add them to --nodes; if they are gone, take them out of wsrep_cluster_address; ' +
        'a load balancer, a service name or NAT in front of the members may stay.',
    )
  })
  it('is a note where it is the one name by which running members have joined', () => {
    const service = list('pxc', { names: { pxc: ['10.96.0.10'] } })
    expect(addressFindings(planted(3, [service, service, service]))).toMatchObject([
      { code: 'cluster-address-unknown', severity: 'info', args: { host: 'pxc', addresses: '10.96.0.10' } },
    ])
    expect(addressFindings(planted(3, [service]))).toMatchObject([{ severity: 'warning' }])
  })
  it('is told together with others that resolve nowhere', () => {
    const [first, ...others] = addressFindings(
      planted(3, [list('xxxx,yyyy', { names: { xxxx: [], yyyy: [] } })]),
    )
    expect(others).toEqual([])
    expect(first?.message).toMatch(
      /names xxxx, yyyy, which resolve on no node, .* correct the names, or take them out/,
    )
  })
  it('is an address of nobody: wrong where a member is missing, else a note', () => {
    expect(addressFindings(planted(3, [list('10.1.1.1,10.1.1.2,10.1.1.33')]))).toMatchObject([
      { code: 'cluster-address-unknown', severity: 'warning', args: { meant: '10.1.1.3' } },
    ])
    expect(addressFindings(planted(3, [list('10.1.1.1,10.1.1.2,10.1.1.3,10.1.1.99')]))).toMatchObject([
      { code: 'cluster-address-unknown', severity: 'info' },
    ])
  })
  it('is not the node itself while it is not resolved', () => {
    expect(found(planted(2, [list('dbx', { names: { dbx: [] } })]))).toEqual(['cluster-address-unknown n1'])
  })
  it('is not told where a node that told nothing may be it', () => {
    expect(found(planted(3, [list('10.1.1.2,10.1.1.99'), {}, { view: { hello: null } }]))).toEqual([])
  })
  it('is not told of a second address of a member', () => {
    const two = { addresses: ['10.1.1.3 eth0', '10.2.1.3 eth1'] }
    expect(found(planted(3, [list('10.1.1.2,10.2.1.3'), {}, two]))).toEqual([])
  })
})

describe('a port on which the member does not listen', () => {
  it('is told with the one on which it does', () => {
    const view = planted(3, [list('10.1.1.2:5567,10.1.1.3')])
    expect(found(view)).toEqual(['cluster-address-port n1'])
    expect(addressFindings(view)[0]).toMatchObject({
      severity: 'warning',
      args: { dialled: 5567, listens: 4567 },
    })
  })
  it('is the common one for a node that has moved its listener alone', () => {
    const moved = { provider: { 'gmcast.listen_addr': 'tcp://0.0.0.0:5567', base_port: '5567' } }
    const listens = [{ address: '0.0.0.0', port: 5567 }]
    expect(found(planted(2, [{ ...moved, listens }, list('10.1.1.1:5567')]))).toEqual([])
  })
  it('is that of base_port where an option file sets it, though a running server does not tell who did', () => {
    const moved = {
      files: '[mysqld]\nwsrep_provider_options="base_port=5567"\n',
      provider: { 'gmcast.listen_addr': 'tcp://0.0.0.0:5567', base_port: '5567' },
      listens: [{ address: '0.0.0.0', port: 5567 }],
    }
    expect(found(planted(2, [moved, moved]))).toEqual([])
  })
  it("follows from the node's own wsrep_node_address, and then none is right", () => {
    const moved = {
      variables: { wsrep_node_address: '10.1.1.1:5567' },
      provider: { base_port: '5567', 'gmcast.listen_addr': 'tcp://0.0.0.0:5567' },
    }
    const view = planted(2, [
      { ...moved, listens: [{ address: '0.0.0.0', port: 5567 }] },
      list('10.1.1.1:5567'),
    ])
    expect(addressFindings(view)).toMatchObject([
      {
        code: 'cluster-address-port',
        severity: 'critical',
        node: 'n1',
        args: { dialled: 5567, listens: 4567 },
      },
    ])
  })
  it('is not judged where the address may be of several hosts, or is translated', () => {
    const bridge = (index: number) => ({ addresses: [`10.1.1.${index + 1} eth0`, '172.17.0.1 docker0'] })
    const shared = list('172.17.0.1:9999,10.1.1.2')
    expect(found(planted(3, [shared, bridge(1), bridge(2)]))).toEqual([])
    const view = planted(2, [list('10.9.9.9:15567')])
    const flows = view.flows.map((flow) => (flow.to === 'n2' ? { ...flow, address: '10.9.9.9' } : flow))
    expect(found({ ...view, flows })).toEqual([])
  })
  it('is right where every node gives every port', () => {
    const moved = { provider: { 'gmcast.listen_addr': 'tcp://0.0.0.0:5567', base_port: '5567' } }
    const plant = list('10.1.1.1:5567,10.1.1.2:4567', moved)
    expect(found(planted(2, [plant, list('10.1.1.1:5567,10.1.1.2')]))).toEqual([])
  })
})
