import { expect, it } from 'vitest'
import { clusterFindings } from '../../src/findings/cluster-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import type { ReportFlow } from '../../src/report/report.ts'
import { codes, lost, type Plant, planted } from './planted.ts'
import { blocks, dates } from './tls.ts'
import { addressOf } from './view.ts'

/** Clusters as they stand in the field: what is well says nothing, and what is not says its cause first. */

const NOW = dates('n1').from + 86_400_000
const found = (view: ClusterView) => codes(clusterFindings({ ...view, nowMs: NOW }))
const three = (of: (index: number) => Plant) => planted(3, [0, 1, 2].map(of))
const gcomm = (...hosts: readonly string[]) => ({ wsrep_cluster_address: `gcomm://${hosts.join(',')}` })
const [A, B, C] = [addressOf(0), addressOf(1), addressOf(2)]
const nic = (index: number) => `10.2.1.${index + 1}`
const wan = (index: number) => `3.3.3.${index + 1}`

const RELEASES = {
  '8.0': 'Percona XtraDB Cluster (GPL), Release rel28, Revision bfb687f, WSREP version 26.1.4.3',
  '8.4': 'Percona XtraDB Cluster (GPL), Release rel3, Revision 41b9bd9, WSREP version 26.1.4.3',
} as const
const DATADIR = '/var/lib/mysql/'

/** With PXC's defaults, and the certificates of its first node copied to all. */
const pxc = (more: Plant = {}, series: keyof typeof RELEASES = '8.0'): Plant => ({
  program: 'mysqld',
  certificates: [
    { path: `${DATADIR}server-cert.pem`, state: 'read', pem: blocks('n1') },
    { path: `${DATADIR}ca.pem`, state: 'read', pem: blocks('ca1') },
    { path: `${DATADIR}server-key.pem`, state: 'read', pem: [] },
  ],
  ...more,
  variables: {
    version: `${series}.36-28.1`,
    version_comment: RELEASES[series],
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
const file = (address: string) =>
  `[mysqld]\nwsrep_cluster_name=cluster\nwsrep_provider=/usr/lib64/galera4/libgalera_smm.so\nwsrep_node_address=${address}\n` +
  `wsrep_cluster_address=gcomm://${A},${B},${C}\nwsrep_sst_method=xtrabackup-v2\n`
const guessed = (index: number, more: Plant = {}): Plant => ({
  ...more,
  variables: { wsrep_node_address: '', ...more.variables },
  provider: { base_host: addressOf(index), 'ist.recv_addr': addressOf(index) },
})
const synced = (size: number, more = {}) => ({
  wsrep_local_state_comment: 'Synced',
  wsrep_cluster_status: 'Primary',
  wsrep_cluster_size: `${size}`,
  wsrep_incoming_addresses: Array.from({ length: size }, (_, index) => `${addressOf(index)}:3306`).join(','),
  ...more,
})
const PXC_INSTALLED =
  'mysqld  Ver 8.0.36-28.1 for Linux on x86_64 (Percona XtraDB Cluster (GPL), Release rel28)'
const turned = (index: number) => [0, 1, 2].map((each) => addressOf((each + index) % 3))

const HEALTHY: readonly (readonly [string, () => ClusterView])[] = [
  ['PXC 8.0 with its defaults', () => three(() => pxc())],
  ['an upgrade from 8.0 to 8.4 on its way', () => three((index) => pxc({}, index === 0 ? '8.4' : '8.0'))],
  [
    'hosts known by the names of another network',
    () =>
      three((index) =>
        pxc({
          addresses: [`${addressOf(index)} eth0`, `${nic(index)} eth1`],
          variables: { ...gcomm(nic(0), nic(1), nic(2)), wsrep_node_address: nic(index) },
        }),
      ),
  ],
  ['no wsrep_node_address, on hosts with one network', () => three((index) => pxc(guessed(index)))],
  [
    'the same bridge of Docker everywhere',
    () => three((index) => pxc({ addresses: [`${addressOf(index)} eth0`, '172.17.0.1 docker0'] })),
  ],
  [
    'a virtual address on one of them',
    () => three((index) => pxc(index === 0 ? { addresses: [`${A} eth0`, '10.1.1.100 eth0'] } : {})),
  ],
  [
    'IPv6 addresses that come and go',
    () =>
      three((index) =>
        pxc({
          addresses: [
            `${addressOf(index)} eth0`,
            `2001:db8::${index + 1} eth0`,
            `2001:db8::a${index}:ffff eth0`,
            `fe80::${index + 1} eth0`,
          ],
        }),
      ),
  ],
  [
    'names that are loopback at home',
    () =>
      three((index) =>
        pxc({
          variables: gcomm('n1', 'n2', 'n3'),
          names: Object.fromEntries(
            [0, 1, 2].map((n) => [`n${n + 1}`, [n === index ? '127.0.1.1' : addressOf(n)]]),
          ),
        }),
      ),
  ],
  [
    'bind_address=::',
    () =>
      three(() =>
        pxc({
          variables: { bind_address: '::' },
          listens: [
            { address: '::', port: 3306 },
            { address: '0.0.0.0', port: 4567 },
          ],
        }),
      ),
  ],
  ['a segment for each', () => three((index) => pxc({ provider: { 'gmcast.segment': `${index}` } }))],
  [
    'one that was stopped',
    () =>
      three((index) => pxc(index === 2 ? { stopped: true, installed: PXC_INSTALLED, files: file(C) } : {})),
  ],
  [
    'one that was bootstrapped by hand, with a whole list in its file',
    () =>
      three((index) =>
        pxc(
          index === 0
            ? { variables: gcomm(), args: ['--wsrep-cluster-address=gcomm://'], files: file(A) }
            : {},
        ),
      ),
  ],
  [
    'another SST method on each',
    () => three((index) => pxc({ variables: { wsrep_sst_method: index === 2 ? 'clone' : 'xtrabackup-v2' } })),
  ],
  [
    'one name for all, in the same order everywhere',
    () => three(() => pxc({ names: { pxc: [B, C, A] }, variables: gcomm('pxc') })),
  ],
  [
    'one name for all, in another order on each',
    () => three((index) => pxc({ names: { pxc: turned(index) }, variables: gcomm('pxc') })),
  ],
  [
    'an arbitrator',
    () =>
      three((index) =>
        index === 2
          ? {
              program: 'garbd',
              args: [
                ...['-a', `gcomm://${A}:4567,${B}:4567`, '-g', 'cluster'],
                ...['-o', 'socket.ssl_key=/k.pem;socket.ssl_cert=/c.pem;socket.ssl_ca=/ca.pem'],
              ],
              listens: [{ address: '0.0.0.0', port: 4567 }],
            }
          : pxc({ status: synced(3, { wsrep_incoming_addresses: `${A}:3306,${B}:3306,` }) }),
      ),
  ],
  [
    'the host of a proxy beside them',
    () => planted(4, [...[0, 1, 2].map(() => pxc({ status: synced(3) })), { stopped: true }]),
  ],
  [
    'a template in comments, and a later file that overrides',
    () =>
      three(() => ({
        files: {
          '/etc/mysql/50-server.cnf': '[mysqld]\nbind-address=127.0.0.1\n#wsrep_cluster_address=gcomm://\n',
          '/etc/mysql/60-galera.cnf': `[galera]\nbind-address=0.0.0.0\nwsrep_cluster_address="gcomm://${A},${B},${C}"\n`,
        },
      })),
  ],
  [
    'group communication moved by base_port on all',
    () =>
      three(() => ({
        files: '[mysqld]\nwsrep_provider_options="base_port=5567"\n',
        provider: { base_port: '5567', 'gmcast.listen_addr': 'tcp://0.0.0.0:5567' },
        listens: [
          { address: '0.0.0.0', port: 3306 },
          { address: '0.0.0.0', port: 5567 },
        ],
      })),
  ],
  [
    'public addresses in a cloud',
    () =>
      three((index) => ({
        variables: { ...gcomm(wan(0), wan(1), wan(2)), wsrep_node_address: wan(index) },
        provider: { 'ist.recv_bind': addressOf(index) },
      })),
  ],
  [
    'nobody who may ask the servers',
    () => three((index) => ({ answer: 'not-asked', files: `${file(addressOf(index))}wsrep_on=ON\n` })),
  ],
]
it.each(HEALTHY)('is well: %s', (_name, view) => {
  expect(found(view())).toEqual([])
})

const NOTED: readonly (readonly [string, readonly string[], () => ClusterView])[] = [
  [
    'a root password that is not known, the same for all',
    ['settings-not-asked'],
    () => three((index) => pxc({ answer: 'refused', files: file(addressOf(index)) })),
  ],
  [
    'a load balancer in the list',
    ['cluster-address-unknown'],
    () => three(() => pxc({ names: { pxc: ['10.96.0.10'] }, variables: gcomm('pxc') })),
  ],
  [
    'a node from which a backup is taken',
    ['node-not-synced n1'],
    () =>
      three((index) =>
        pxc(index === 0 ? { status: synced(3, { wsrep_local_state_comment: 'Donor/Desynced' }) } : {}),
      ),
  ],
]
it.each(NOTED)('is a note, and no warning: %s', (_name, expected, view) => {
  const findings = clusterFindings({ ...view(), nowMs: NOW })
  expect(codes(findings)).toEqual(expected)
  expect(findings.map(({ severity }) => severity)).toEqual(['info'])
})

it('an address that leads nowhere is told before what follows from it, and nothing is to be opened for it', () => {
  const astray = { variables: { wsrep_node_address: '10.9.9.9' } }
  const findings = clusterFindings(lost(planted(3, [{}, {}, astray]), '10.9.9.9'))
  expect(codes(findings)).toEqual(['advertised-address-missing n3', 'no-donor n3'])
  expect(findings[1]?.message).toMatch(
    /Next: open nothing for it, but correct the address that it advertises/,
  )
  const both = (index: number): Plant => ({ addresses: [`${addressOf(index)} eth0`, `${nic(index)} eth1`] })
  const other = { ...both(2), variables: { wsrep_node_address: nic(2) } }
  const view = lost(planted(3, [both(0), both(1), other]), nic(2))
  expect(found(view)).toEqual(['wrong-interface n3', 'no-donor n3'])
  const firewalled = view.flows.map((flow): ReportFlow => {
    const isBlocked = flow.to === 'n3' && (flow.service === 'sst' || flow.service === 'ist')
    return isBlocked ? { ...flow, address: C, status: 'DOWN', blockedAt: 'target' } : flow
  })
  const [blocked] = clusterFindings({ ...view, flows: firewalled })
  expect(blocked).toMatchObject({ code: 'no-donor' })
  expect(blocked?.message).toMatch(/Next: open what is blocked/)
})

it.each(['dropped', 'host-absent', 'icmp-host-unreachable'] as const)(
  'a host that nobody has heard of (%s) may be switched off: nothing is said to be blocked there',
  (reason) => {
    const view = planted(3)
    const nodes = view.nodes.map((node) =>
      node.name === 'n3' ? { ...node, hello: null, survey: null, settings: null, inspection: null } : node,
    )
    const proof = reason === 'dropped' ? 'none' : 'answer'
    const flows = view.flows.map((flow): ReportFlow => {
      if (flow.to === 'n3') return { ...flow, status: 'DOWN', reason, blockedAt: null, proof }
      return flow.from === 'n3' ? { ...flow, status: 'UNKNOWN', reason: 'source-unreachable' } : flow
    })
    expect(found({ ...view, nodes, flows })).toEqual([])
    // Somebody there answers: what does not come through is blocked.
    const answered = flows.map(
      (flow): ReportFlow =>
        flow.id === 'n1->n3/mysql' ? { ...flow, status: 'OK', reason: 'answered', proof: 'handshake' } : flow,
    )
    expect(flows.map(({ id }) => id)).toContain('n1->n3/mysql')
    expect(found({ ...view, nodes, flows: answered })).toEqual(['no-donor n3'])
  },
)

it.each([
  ['addresses', Array.from({ length: 1800 }, (_, at) => `9.9.${at >> 8}.${at & 255}`)],
  ['names', Array.from({ length: 3000 }, (_, at) => `a${at}`)],
  ['garbage', ['['.repeat(16_000)]],
])('a list of thousands of %s makes a few short sentences', (_, hosts) => {
  const names = Object.fromEntries(hosts.slice(0, 256).map((host) => [host, []]))
  const view = planted(9, [{ variables: gcomm(...hosts), names }])
  const findings = clusterFindings(view)
  // Beside it one for each member that a name may be a slip of.
  expect(findings.length).toBeLessThan(100)
  expect(findings.filter(({ message }) => message.length > 2000)).toEqual([])
})
