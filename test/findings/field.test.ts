import { describe, expect, it } from 'vitest'
import { clusterFindings } from '../../src/findings/cluster-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { canonicalAddress } from '../../src/inventory/host-address.ts'
import { codes, type Plant, planted } from './planted.ts'
import { blocks, dates } from './tls.ts'
import { addressOf, hello } from './view.ts'

/** Clusters as they stand in the field. What is well says nothing, not even a note. */

const found = (view: ClusterView) => clusterFindings({ ...view, nowMs: dates('n1').from + 86_400_000 }).map((f) => `${f.code}${f.node ? ` ${f.node}` : ''} [${f.severity}] ${f.message}`)

const VERSIONS: Record<string, Record<string, string>> = {
  '8.0': { version: '8.0.36-28.1', version_comment: 'Percona XtraDB Cluster (GPL), Release rel28, Revision bfb687f, WSREP version 26.1.4.3' },
  '8.4': { version: '8.4.3-3.1', version_comment: 'Percona XtraDB Cluster (GPL), Release rel3, Revision 1, WSREP version 26.1.4.3' },
}
const DATADIR = '/var/lib/mysql/'
const pxc = (index: number, more: Plant = {}, version = '8.0'): Plant => ({
  program: 'mysqld',
  certificates: [
    { path: `${DATADIR}server-cert.pem`, state: 'read', pem: blocks('n1') },
    { path: `${DATADIR}ca.pem`, state: 'read', pem: blocks('ca1') },
    { path: `${DATADIR}server-key.pem`, state: 'read', pem: [] },
  ],
  ...more,
  variables: {
    ...VERSIONS[version],
    pxc_encrypt_cluster_traffic: 'ON',
    wsrep_sst_method: 'xtrabackup-v2',
    ssl_ca: 'ca.pem',
    ssl_cert: 'server-cert.pem',
    ssl_key: 'server-key.pem',
    datadir: DATADIR,
    bind_address: '*',
    ...more.variables,
  },
  provider: {
    'socket.ssl': 'YES',
    'socket.ssl_ca': 'ca.pem',
    'socket.ssl_cert': 'server-cert.pem',
    'socket.ssl_key': 'server-key.pem',
    'gmcast.listen_addr': 'ssl://0.0.0.0:4567',
    ...more.provider,
  },
})
const three = (of: (index: number) => Plant) => planted(3, [0, 1, 2].map(of))

const gcomm = (...h: string[]) => ({ wsrep_cluster_address: `gcomm://${h.join(',')}` })
const nic = (i: number) => `10.2.1.${i + 1}`
const HOSTS = (own: number | null): Record<string, string[]> => Object.fromEntries([0, 1, 2].map((n) => [`n${n + 1}`, [n === own ? '127.0.1.1' : addressOf(n)]]))

const HEALTHY: Record<string, () => ClusterView> = {
  'PXC 8.0 defaults': () => three((i) => pxc(i)),
  'mixed 8.0/8.4': () => three((i) => pxc(i, {}, i === 0 ? '8.4' : '8.0')),
  'refused login': () => three((i) => pxc(i, { answer: 'refused', files: `[mysqld]\nwsrep_cluster_name=cluster\nwsrep_provider=/usr/lib64/galera4/libgalera_smm.so\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2,10.1.1.3\nwsrep_node_address=${addressOf(i)}\nwsrep_sst_method=xtrabackup-v2\n` })),
  'management names': () => three((i) => pxc(i, {
    addresses: [`10.1.1.${i + 1} eth0`, `${nic(i)} eth1`],
    variables: { ...gcomm(nic(0), nic(1), nic(2)), wsrep_node_address: nic(i) },
  })),
  'node address unset': () => three((i) => pxc(i, { variables: { wsrep_node_address: '' }, provider: { base_host: addressOf(i), 'ist.recv_addr': addressOf(i) } })),
  'docker bridges': () => three((i) => pxc(i, { addresses: [`${addressOf(i)} eth0`, '172.17.0.1 docker0', '172.18.0.1 br-abc'] })),
  'vip on n1': () => three((i) => pxc(i, { addresses: [`${addressOf(i)} eth0`, ...(i === 0 ? ['10.1.1.100 eth0'] : [])] })),
  'privacy v6': () => three((i) => pxc(i, { addresses: [`${addressOf(i)} eth0`, `2001:db8::${i + 1} eth0`, `2001:db8::a${i}:ffff eth0`, `fe80::${i + 1} eth0`] })),
  'debian names': () => three((i) => pxc(i, { names: HOSTS(i), variables: gcomm('n1', 'n2', 'n3') })),
  'bind ::': () => three((i) => pxc(i, { variables: { bind_address: '::' }, listens: [{ address: '::', port: 3306 }, { address: '0.0.0.0', port: 4567 }] })),
  'segments': () => three((i) => pxc(i, { provider: { 'gmcast.segment': `${i}` } })),
  'n3 stopped': () => three((i) => pxc(i, i === 2 ? { stopped: true, installed: 'mysqld  Ver 8.0.36-28.1 for Linux on x86_64 (Percona XtraDB Cluster (GPL), Release rel28)', files: '[mysqld]\nwsrep_cluster_name=cluster\nwsrep_cluster_name=cluster\nwsrep_provider=/usr/lib64/galera4/libgalera_smm.so\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2,10.1.1.3\nwsrep_node_address=10.1.1.3\nwsrep_sst_method=xtrabackup-v2\n' } : {})),
  'bootstrap args': () => three((i) => pxc(i, i === 0 ? { args: ['--wsrep-new-cluster'] } : {})),
  'gcomm:// on args, file whole': () => three((i) => pxc(i, i === 0 ? { variables: gcomm(), args: ['--wsrep-cluster-address=gcomm://'], files: '[mysqld]\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2,10.1.1.3\n' } : {})),
  'sst method per node': () => three((i) => pxc(i, { variables: { wsrep_sst_method: i === 2 ? 'clone' : 'xtrabackup-v2' } })),
  'headless service': () => three((i) => pxc(i, { names: { 'pxc-headless': ['10.1.1.2', '10.1.1.3', '10.1.1.1'] }, variables: gcomm('pxc-headless') })),
  'headless service, each its order': () => three((i) => pxc(i, { names: { 'pxc-headless': [0, 1, 2].map((n) => addressOf((n + i) % 3)) }, variables: gcomm('pxc-headless') })),
  'service address': () => three((i) => pxc(i, { names: { 'pxc-lb': ['10.96.0.10'] }, variables: gcomm('pxc-lb') })),
  'round robin names and literal': () => three((i) => pxc(i, { names: { 'db-all': ['10.1.1.2', '10.1.1.3', '10.1.1.1'] }, variables: gcomm('db-all', '10.1.1.1') })),
  'garbd': () => {
    const view = planted(3, [0, 1, 2].map((i): Plant => i === 2 ? { program: 'garbd', args: ['-a', 'gcomm://10.1.1.1:4567,10.1.1.2:4567', '-g', 'cluster', '-o', 'socket.ssl_key=/etc/ssl/k.pem;socket.ssl_cert=/etc/ssl/c.pem;socket.ssl_ca=/etc/ssl/ca.pem'], listens: [{ address: '0.0.0.0', port: 4567 }] } : pxc(i, { variables: gcomm('10.1.1.1', '10.1.1.2', '10.1.1.3'), status: undefined as never })))
    return view
  },
  'replica, wsrep off': () => planted(4, [pxc(0, { status: st(3) }), pxc(1, { status: st(3) }), pxc(2, { status: st(3) }), { variables: { wsrep_on: 'OFF', wsrep_provider: 'none', wsrep_cluster_address: '', wsrep_node_address: '' }, listens: [{ address: '0.0.0.0', port: 3306 }], status: {}, provider: {} }]),
  'proxysql host': () => planted(4, [pxc(0, { status: st(3) }), pxc(1, { status: st(3) }), pxc(2, { status: st(3) }), { stopped: true }]),
  'commented template': () => three((i) => ({ files: '[mysqld]\nbind-address=127.0.0.1\n#wsrep_on=ON\n[galera]\nwsrep_on=ON\nbind-address = 0.0.0.0\nwsrep_cluster_address = "gcomm://10.1.1.1,10.1.1.2,10.1.1.3"\n' })),
  'donor': () => three((i) => pxc(i, i === 0 ? { status: { ...st(3), wsrep_local_state_comment: 'Donor/Desynced' } } : {})),
  'base_port moved': () => three((i) => ({ files: '[mysqld]\nwsrep_provider_options="base_port=5567"\n', provider: { base_port: '5567', 'gmcast.listen_addr': 'tcp://0.0.0.0:5567' }, listens: [{ address: '0.0.0.0', port: 3306 }, { address: '0.0.0.0', port: 5567 }] })),
  'aws public addresses': () => {
    const pub = (n: number) => `3.3.3.${n + 1}`
    const view = three((i) => ({ variables: { ...gcomm(pub(0), pub(1), pub(2)), wsrep_node_address: pub(i) }, provider: { 'ist.recv_bind': addressOf(i) } }))
    return view
  },
  'aws public list, unset node address': () => {
    const pub = (n: number) => `3.3.3.${n + 1}`
    return three((i) => ({ variables: { ...gcomm(pub(0), pub(1), pub(2)), wsrep_node_address: '' }, provider: { base_host: addressOf(i), 'ist.recv_addr': addressOf(i) } }))
  },
  'mysql unprivileged not-asked': () => three((i) => ({ answer: 'not-asked', files: `[mysqld]\nwsrep_on=ON\nwsrep_cluster_name=cluster\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2,10.1.1.3\nwsrep_node_address=${addressOf(i)}\n` })),
  'rsync ssl modes': () => three((i) => ({ variables: { wsrep_sst_method: 'rsync' }, files: i === 0 ? '[sst]\nssl-mode=REQUIRED\nssl-ca=/etc/ssl/ca.pem\nssl-cert=/etc/ssl/c.pem\nssl-key=/etc/ssl/k.pem\n' : '[sst]\nssl-mode=VERIFY_CA\nssl-ca=/etc/ssl/ca.pem\nssl-cert=/etc/ssl/c.pem\nssl-key=/etc/ssl/k.pem\n' })),
  'gcomm:// in the operator': () => three((i) => pxc(i, i === 0 ? { variables: gcomm(), files: { '/etc/mysql/node.cnf': '[mysqld]\nwsrep_cluster_address=gcomm://\n' } } : {})),
  'gcomm:// and the files unread': () => three((i) => pxc(i, i === 0 ? { variables: gcomm() } : {})),
}
function st(size: number) {
  return { wsrep_local_state_comment: 'Synced', wsrep_cluster_status: 'Primary', wsrep_cluster_size: `${size}`, wsrep_incoming_addresses: Array.from({ length: size }, (_, i) => `${addressOf(i)}:3306`).join(',') }
}

describe('healthy', () => {
  it.each(Object.keys(HEALTHY))('%s', (name) => {
    expect(found(HEALTHY[name]!())).toEqual([])
  })
})
