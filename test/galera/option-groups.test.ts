import { expect, it } from 'vitest'
import { parseArguments } from '../../src/galera/arguments.ts'
import { optionsOf, plainOption, serverGroups } from '../../src/galera/option-groups.ts'
import { optionsIn, settingsOf } from './settings.ts'

const MARIADB = { flavour: 'mariadb', version: '10.11.19' } as const
const PXC = { flavour: 'pxc', version: '8.0.36-28.1' } as const

it.each([
  [PXC, ['mysqld', 'server', 'mysqld-8.0']],
  [
    MARIADB,
    [
      'mysqld',
      'server',
      'mysqld-10.11',
      'mariadb',
      'mariadbd',
      'mariadb-10.11',
      'mariadb-10',
      'mariadbd-10.11',
      'mariadbd-10',
      'client-server',
      'galera',
    ],
  ],
  [
    { flavour: 'unknown', version: null } as const,
    ['mysqld', 'server', 'mariadb', 'mariadbd', 'client-server', 'galera'],
  ],
])('reads the groups of %j and no others', (product, groups) => {
  expect([...serverGroups(product)]).toEqual(groups)
})

it('reads groups with the suffix as well', () => {
  expect([...serverGroups(PXC, '_2')]).toEqual([
    'mysqld',
    'server',
    'mysqld-8.0',
    'mysqld_2',
    'server_2',
    'mysqld-8.0_2',
  ])
})

it('lets the last in reading order hold, whatever its group', () => {
  const options = [
    ...optionsIn('/a', '[galera]\nport=1\n[mysqld]\nport=2\n[mysqld_safe]\nport=3\n'),
    ...optionsIn('/b', '[MariaDB]\nport=4\n[mariadb-10.6]\nport=5\n[client]\nport=6\n'),
  ]
  expect(optionsOf(options, serverGroups(MARIADB)).get('port')).toEqual({
    value: '4',
    origin: { kind: 'file', path: '/b', line: 2, group: 'MariaDB' },
  })
  expect(optionsOf(options, serverGroups(PXC)).get('port')?.value).toBe('2')
})

it.each([
  ['port', '1', ['port', '1']],
  ['loose_wsrep_on', '1', ['wsrep_on', '1']],
  ['loose_skip_wsrep_on', null, ['wsrep_on', 'OFF']],
  ['skip_wsrep_on', null, ['wsrep_on', 'OFF']],
  ['disable_pxc_encrypt_cluster_traffic', null, ['pxc_encrypt_cluster_traffic', 'OFF']],
  ['enable_wsrep_on', null, ['wsrep_on', 'ON']],
  ['skip_networking', null, ['skip_networking', 'ON']],
  ['skip_name_resolve', '0', ['skip_name_resolve', '0']],
  ['wsrep_on', null, ['wsrep_on', 'ON']],
  ['wsrep_node_address', null, ['wsrep_node_address', '']],
  ['maximum_max_connect_errors', '7', null],
])('takes %s=%s as %j', (name, value, plain) => expect(plainOption(name, value)).toEqual(plain))

it('reads a command line', () => {
  const args = [
    '/usr/sbin/--port=1',
    '--wsrep-on=1',
    '--wsrep_node_address',
    '10.0.0.1',
    '--skip-networking',
    '-P',
    '3307',
    '-h/data',
    '--wsrep_cluster_address=gcomm://a?x=1',
    '--wsrep-new-cluster',
    '--Log-Error=',
  ]
  expect(Object.fromEntries(parseArguments(args))).toEqual({
    wsrep_on: '1',
    wsrep_node_address: '10.0.0.1',
    skip_networking: 'ON',
    port: '3307',
    datadir: '/data',
    wsrep_cluster_address: 'gcomm://a?x=1',
    wsrep_new_cluster: 'ON',
    log_error: '',
  })
})

const FILES = '[mysqld]\nport=3001\n[mysqld_x]\nport=3002\n'
it.each([
  ['the running server', { variables: { port: '3004' }, args: ['--port=3003'] }, 3004, 'server'],
  ['its command line', { answer: 'not-ready', args: ['--port=3003'] }, 3003, 'argument'],
  ['its files', { answer: 'not-ready' }, 3001, 'file'],
  ['its suffix', { answer: 'not-ready', args: ['--defaults-group-suffix=_x'] }, 3002, 'file'],
] as const)('believes %s', (_, keys, value, kind) => {
  expect(settingsOf({ files: FILES, ...keys }).endpoints.mysql.port).toMatchObject({
    value,
    origin: { kind },
  })
})
