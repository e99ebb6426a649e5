import { expect, it } from 'vitest'
import { configJson, renderConfig } from '../../src/report/render/config.ts'
import { fitCells } from '../../src/report/render/fit-cells.ts'
import { settingsOfLayout } from './fixtures.ts'
import { settingsOf } from './settings.ts'

const NODES = [
  { name: 'n1', settings: settingsOfLayout('pxc-8.4-deb') },
  { name: 'n2', settings: settingsOfLayout('mariadb-rpm') },
  { name: 'n3', settings: settingsOf({ program: 'garbd', args: ['-a', 'gcomm://n1', '-g', 'cluster'] }) },
  { name: 'n6', settings: settingsOf({ stopped: true, installed: 'mysqld  Ver 8.0.36' }) },
  { name: 'n4', settings: null, why: 'n4 cannot be reached' },
  { name: 'n5', settings: null },
]
const rendered = (columns: number, ascii: boolean, color = false) =>
  renderConfig(NODES, { columns, ascii, color })

it.each([
  [80, true],
  [80, false],
  [200, true],
  [200, false],
])('fits %i columns (ascii: %s)', async (columns, ascii) => {
  const lines = (await rendered(columns, ascii)).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  expect(lines).toContain('n5: no database server and no settings of a cluster were found on it')
})

it('says where each service is found, and where each value comes from', async () => {
  const text = await rendered(200, true)
  const squeezed = text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))
  expect(squeezed).toEqual(
    expect.arrayContaining([
      'n1: Percona XtraDB Cluster 8.4.2-2.1, not running, by its option files',
      'galera | 4567 | - | any | port: default of Galera',
      'ist | 6568 | - | any | port: follows from the group port + 1',
      'sst | 4444 | 10.0.0.1 | 10.0.0.1 | port: default of the SST scripts; address and bound: follows from wsrep_node_address',
      'wsrep_node_address | 10.0.0.1 | /etc/mysql/mysql.conf.d/mysqld.cnf:18 [mysqld]',
      'pxc_encrypt_cluster_traffic | ON | default of PXC 8.4',
      'n3: arbitrator (garbd), running, by its command line and files',
      'wsrep_cluster_address | gcomm://n1 | command line of the server',
      'n4: n4 cannot be reached',
    ]),
  )
  // An arbitrator has neither data nor clients.
  expect(squeezed.filter((line) => line.startsWith('mysql |'))).toHaveLength(3)
  // Nor has a server in no cluster anything of Galera's.
  expect(squeezed).toContain('n6: MySQL or MariaDB 8.0.36, not running, in no cluster, by its option files')
  expect(squeezed.filter((line) => line.startsWith('ist |'))).toHaveLength(2)
  expect(squeezed.filter((line) => line.startsWith('pc.weight |'))).toHaveLength(3)
})

it('colours headings only when asked', async () => {
  expect(await rendered(80, true)).not.toContain('\u001b')
  expect(await rendered(80, true, true)).toContain('\u001b[1mn1: ')
})

it('lets no text of a node act on the terminal', async () => {
  const nodes = [{ name: 'n\u001b[2J', settings: settingsOfLayout('hostile') }]
  for (const ascii of [true, false]) {
    const text = await renderConfig(nodes, { columns: 100, color: false, ascii })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for.
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  }
})

it('gives the same as plain data', () => {
  const json = JSON.parse(JSON.stringify(configJson(NODES)))
  expect(json).toMatchObject({
    schemaVersion: 1,
    nodes: [
      {
        name: 'n1',
        known: 'files',
        flavour: 'pxc',
        services: {
          mysql: {
            port: { value: 3306, from: 'default of PXC 8.4', origin: { kind: 'default' } },
            bind: null,
          },
          sst: { address: { value: '10.0.0.1', from: 'follows from wsrep_node_address' } },
        },
        settings: { wsrep_node_address: { value: '10.0.0.1', origin: { kind: 'file', line: 18 } } },
      },
      { name: 'n2' },
      { name: 'n3', services: { galera: {} } },
      { name: 'n6', wsrep: false },
      { name: 'n4', known: null, why: 'n4 cannot be reached' },
      { name: 'n5', known: null },
    ],
  })
  expect(Object.keys(json.nodes[2].services)).toEqual(['galera'])
})

it.each([
  [[['n'.repeat(30), 'x'.repeat(20)]], 50, [['n'.repeat(30), `${'x'.repeat(18)}\nxx`]]],
  [[['a', 'bb']], 80, [['a', 'bb']]],
  [[['name', 'one two three four five six']], 24, [['name', 'one two three four\nfive six']]],
  [
    [['name', '/etc/mysql/mariadb.conf.d/60-galera.cnf']],
    30,
    [['name', '/etc/mysql/\nmariadb.conf.d/\n60-galera.cnf']],
  ],
  [[['name', 'x'.repeat(30)]], 22, [['name', `${'x'.repeat(16)}\n${'x'.repeat(14)}`]]],
  [[['n'.repeat(12), 'x'.repeat(20)]], 20, [[`${'n'.repeat(9)}\nnnn`, `${'x'.repeat(9)}\nxxxxxxxxx\nxx`]]],
])('fits %j into %i columns', (rows, columns, expected) => {
  expect(fitCells(rows, columns, true)).toEqual(expected)
})

it('says which files could not be read, before what may be set in them', async () => {
  const unread = ['/etc/mysql/60-galera.cnf\u001b[2J']
  const node = { name: 'n1', settings: settingsOfLayout('mariadb-rpm'), unread }
  const [, ...below] = (await renderConfig([node], { columns: 200, ascii: true, color: false })).split('\n')
  expect(below[0]).toMatch(/^\/etc\/mysql\/60-galera\.cnf.* could not be read: .*--become/)
  expect(below[0]).not.toContain('\u001b')
  expect(configJson([node])).toMatchObject({ nodes: [{ unread }] })
})
