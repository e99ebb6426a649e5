import { expect, it } from 'vitest'
import { guessAddress } from '../../src/galera/guess-address.ts'
import { discoverMembers } from '../../src/galera/members.ts'
import { type Keys, settingsOf } from './settings.ts'

const OWN = ['127.0.0.1', '::1', '10.0.0.1', 'fd00::1', 'fe80::1%eth0']

interface Known {
  readonly list?: string
  readonly incoming?: string
  readonly size?: number
  readonly connections?: readonly (readonly [localPort: number, remote: string, remotePort: number])[]
  readonly keys?: Keys
}

function discovered({ list = 'gcomm://', incoming, size, connections = [], keys = {} }: Known) {
  const status = {
    wsrep_local_state_comment: 'Synced',
    wsrep_cluster_status: 'Primary',
    wsrep_cluster_size: `${size}`,
    wsrep_incoming_addresses: incoming ?? '',
  }
  const settings = settingsOf({
    variables: { wsrep_cluster_address: list },
    ...(incoming !== undefined && { status }),
    ...keys,
  })
  return discoverMembers(
    settings,
    OWN,
    connections.map(([localPort, remote, remotePort]) => ({
      local: '10.0.0.1',
      localPort,
      remote,
      remotePort,
    })),
  )
}
const found = (known: Known) => discovered(known).map(({ address }) => address)

it.each<[string, Known, string[]]>([
  ['nothing is known', {}, []],
  [
    'the cluster address lists them, of a node that does not run',
    { list: 'gcomm://10.0.0.1,10.0.0.2:5678,[fd00::3],n4' },
    ['10.0.0.2', 'fd00::3', 'n4'],
  ],
  [
    'the members tell their addresses',
    { incoming: '10.0.0.1:3306,10.0.0.2:3306,n3:3307', size: 3 },
    ['10.0.0.2', 'n3'],
  ],
  [
    'a member is down, which the list knows',
    { list: 'gcomm://10.0.0.1,10.0.0.2,10.0.0.3', incoming: '10.0.0.1:3306,10.0.0.2:3306', size: 2 },
    ['10.0.0.2', '10.0.0.3'],
  ],
  [
    'an arbitrator has a connection alone',
    {
      incoming: '10.0.0.1:3306,,10.0.0.2:3306',
      size: 3,
      connections: [
        [0, '10.0.0.2', 4567],
        [4567, '10.0.0.9', 0],
      ],
    },
    ['10.0.0.2', '10.0.0.9'],
  ],
  [
    'the group has a network of its own',
    {
      list: 'gcomm://10.1.0.1,10.1.0.2',
      incoming: '10.0.0.1:3306,10.0.0.2:3306',
      size: 2,
      connections: [[0, '10.1.0.2', 4567]],
      keys: { variables: { wsrep_cluster_address: 'gcomm://10.1.0.2', wsrep_node_address: '10.1.0.1' } },
    },
    ['10.1.0.2'],
  ],
  [
    'a member is behind a masquerade, so its connection comes out of the router',
    {
      list: 'gcomm://10.0.0.1,10.0.0.2,10.9.0.3',
      incoming: '10.0.0.1:3306,10.0.0.2:3306,10.9.0.3:3306',
      size: 3,
      connections: [
        [0, '10.0.0.2', 4567],
        [4567, '10.0.0.254', 0],
      ],
    },
    ['10.0.0.2', '10.9.0.3'],
  ],
  [
    'the node itself is known under a translated address',
    {
      incoming: '203.0.113.1:3306,203.0.113.2:3306',
      keys: { variables: { wsrep_node_incoming_address: '203.0.113.1:3306' } },
    },
    ['203.0.113.2'],
  ],
  [
    'not all links stand',
    { incoming: '10.0.0.1:3306,10.0.0.2:3306,10.0.0.3:3306', size: 3, connections: [[4567, '10.0.0.2', 0]] },
    ['10.0.0.2', '10.0.0.3'],
  ],
  [
    'a stranger is connected',
    {
      incoming: '10.0.0.1:3306,10.0.0.2:3306',
      size: 2,
      connections: [
        [0, '10.0.0.2', 4567],
        [4567, '10.0.0.77', 0],
      ],
    },
    ['10.0.0.2'],
  ],
  [
    'other services have connections',
    {
      incoming: '10.0.0.1:3306,,',
      size: 2,
      connections: [
        [3306, '10.0.0.50', 0],
        [0, '10.0.0.51', 3306],
        [0, '::ffff:10.0.0.2', 4567],
      ],
    },
    ['10.0.0.2'],
  ],
  [
    'the group port is moved',
    {
      incoming: ',,',
      size: 3,
      connections: [
        [5000, '10.0.0.2', 0],
        [0, '10.0.0.3', 6000],
      ],
      list: 'gcomm://10.0.0.3:6000',
      keys: {
        provider: { 'gmcast.listen_addr': 'tcp://0.0.0.0:5000' },
        variables: { wsrep_cluster_address: 'gcomm://10.0.0.3:6000' },
      },
    },
    ['10.0.0.2', '10.0.0.3'],
  ],
  [
    'the list has names of those that are known',
    { list: 'gcomm://n1,n2,n3', incoming: '10.0.0.1:3306,10.0.0.2:3306,10.0.0.3:3306', size: 3 },
    ['10.0.0.2', '10.0.0.3'],
  ],
  [
    'the list has more names than are known',
    {
      list: 'gcomm://n1,n2,n3',
      incoming: '10.0.0.1:3306,10.0.0.2:3306',
      size: 2,
      keys: { variables: { wsrep_cluster_address: 'gcomm://n1,n2,n3', wsrep_node_name: 'N1' } },
    },
    ['10.0.0.2', 'n2', 'n3'],
  ],
  [
    'addresses are written in several ways',
    { list: 'gcomm://FD00::2,[fd00:0::2],N3,n3,::ffff:10.0.0.2' },
    ['fd00::2', 'n3', '10.0.0.2'],
  ],
  [
    'addresses are no hosts',
    {
      list: 'gcomm://-oProxyCommand=id,0.0.0.0,127.0.0.1,[::1],[::],[fe80::2],224.0.0.1, n2,n 3,\u001b[0m,$(id),localhost,127.0.1.1,n9',
    },
    ['n9'],
  ],
])('where %s', (_, known, expected) => {
  expect(found(known).toSorted()).toEqual(expected.toSorted())
})

it('tells how a member is known, and by which ports', () => {
  const members = discovered({
    list: 'gcomm://10.0.0.2:5678,10.0.0.4',
    incoming: '10.0.0.1:3306,10.0.0.2:3307,',
    size: 3,
    connections: [
      [0, '10.0.0.2', 5678],
      [4567, '10.0.0.9', 0],
    ],
  })
  expect(members).toEqual([
    {
      address: '10.0.0.2',
      ports: { galera: 5678, mysql: 3307 },
      known: ['connection', 'incoming', 'cluster-address'],
    },
    { address: '10.0.0.9', ports: {}, known: ['connection'] },
    { address: '10.0.0.4', ports: {}, known: ['cluster-address'] },
  ])
})

it('takes 64 members and no more', () => {
  const hosts = Array.from({ length: 200 }, (_, index) => `10.9.0.${index + 1}`)
  expect(found({ list: `gcomm://${hosts.join(',')}` })).toEqual(hosts.slice(0, 64))
  expect(found({ incoming: hosts.join(','), size: 100_000 })).toEqual(hosts.slice(0, 64))
})

it.each<[Keys, readonly string[], string | null]>([
  [{}, OWN, '10.0.0.1'],
  [{}, ['::1', 'fe80::1', 'fd00::1', '10.0.0.1'], 'fd00::1'],
  [{ variables: { bind_address: '10.0.0.7' } }, OWN, '10.0.0.7'],
  [{ variables: { bind_address: '0.0.0.0' } }, OWN, '10.0.0.1'],
  [{ variables: { wsrep_node_address: '10.0.0.8:4567', bind_address: '10.0.0.7' } }, OWN, '10.0.0.8'],
  [{}, ['127.0.0.1'], null],
])('guesses as the server does, with %j', (keys, own, address) => {
  expect(guessAddress(settingsOf(keys), own)).toBe(address)
})
