import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { discoverMembers } from '../../src/galera/members.ts'
import type { EndpointName, NodeSettings } from '../../src/galera/node-settings.ts'
import { readSettings } from '../../src/galera/read-settings.ts'
import { configJson, renderConfig } from '../../src/report/render/config.ts'
import { settingsOfLayout } from './fixtures.ts'
import { type Keys, serverOf, settingsOf, surveyOf } from './settings.ts'

const at = (settings: NodeSettings, name: EndpointName) => {
  const { advertised, port, bind } = settings.endpoints[name]
  return [advertised?.value ?? null, port.value, bind?.value ?? null]
}
const addresses = (settings: NodeSettings) =>
  (['mysql', 'galera', 'ist', 'sst'] as const).map((name) => at(settings, name))

describe('packaged option files, of a node that does not run', () => {
  it.each([
    ['pxc-5.7-deb', 'pxc', '5.7.44-48-57', 'off', 'off', 'xtrabackup-v2'],
    ['pxc-8.0-rpm', 'pxc', '8.0.36-28.1', 'on', 'encrypt=4', 'xtrabackup-v2'],
    ['pxc-8.4-deb', 'pxc', '8.4.2-2.1', 'on', 'encrypt=4', 'clone'],
    ['pxc-operator', 'pxc', '8.0.35-27.1', 'on', 'encrypt=4', 'xtrabackup-v2'],
    ['mariadb-10.11-deb', 'mariadb', '10.11.19', 'off', 'off', 'mariabackup'],
    ['mariadb-rpm', 'mariadb', '11.8.2', 'on', 'ssl-mode=VERIFY_CA', 'rsync'],
  ])('of %s', (name, flavour, version, encryption, sst, method) => {
    expect(settingsOfLayout(name)).toMatchObject({
      flavour,
      version,
      running: false,
      wsrep: true,
      known: 'files',
      encryption: { value: encryption },
      sstEncryption: { value: sst },
      sstMethod: { value: method },
      state: null,
      galeraVersion: null,
    })
  })

  it.each(['pxc-8.0-rpm', 'pxc-8.4-deb'])('has the ports that %s has by default', (name) => {
    const { endpoints, all, encryption, tls } = settingsOfLayout(name)
    const ports = Object.values(endpoints).map(({ port }) => port.value)
    expect([...ports, all.get('mysqlx_port')?.value]).toEqual([3306, 4567, 4568, 4444, '33060'])
    const of = name === 'pxc-8.0-rpm' ? 'PXC 8.0' : 'PXC 8.4'
    expect(encryption.origin).toEqual({ kind: 'default', of })
    expect(all.get('mysqlx_port')?.origin).toEqual({ kind: 'default', of })
    expect(tls).toMatchObject({
      certificate: { value: '/var/lib/mysql/server-cert.pem', origin: { kind: 'default', of } },
      key: { value: '/var/lib/mysql/server-key.pem' },
      ca: { value: '/var/lib/mysql/ca.pem' },
    })
  })

  it.each([
    [
      'pxc-5.7-deb',
      [
        ['192.168.70.61', 3306, null],
        [null, 4567, null],
        ['192.168.70.61', 4568, '192.168.70.61'],
        ['192.168.70.61', 4444, null],
      ],
    ],
    [
      'pxc-8.0-rpm',
      [
        [null, 3306, null],
        [null, 4567, null],
        [null, 4568, null],
        [null, 4444, null],
      ],
    ],
    [
      'pxc-8.4-deb',
      [
        ['10.0.0.1', 3306, null],
        [null, 4567, null],
        ['10.0.0.1', 4568, '10.0.0.1'],
        ['10.0.0.1', 4444, '10.0.0.1'],
      ],
    ],
    [
      'pxc-operator',
      [
        ['cluster1-pxc-2.cluster1-pxc.default.svc.cluster.local', 3306, null],
        [null, 4567, null],
        ['10.244.0.7', 4568, '10.244.0.7'],
        ['10.244.0.7', 4444, null],
      ],
    ],
    [
      'mariadb-10.11-deb',
      [
        ['10.0.0.1', 3306, null],
        [null, 5000, null],
        ['10.0.0.1', 5001, '10.0.0.1'],
        ['10.0.0.1', 4444, null],
      ],
    ],
    [
      'mariadb-rpm',
      [
        [null, 3307, null],
        [null, 6567, null],
        [null, 6568, null],
        [null, 4444, null],
      ],
    ],
  ])('finds the services of %s', (name, expected) => {
    expect(addresses(settingsOfLayout(name))).toEqual(expected)
  })

  it('tells files, lines and groups', () => {
    const { clusterAddress, segment, maxConnectErrors, endpoints, timers, all } =
      settingsOfLayout('mariadb-10.11-deb')
    const galera = { kind: 'file', path: '/etc/mysql/mariadb.conf.d/60-galera.cnf', group: 'galera' }
    expect(clusterAddress).toEqual({
      value: {
        text: 'gcomm://10.0.0.1,10.0.0.2:5678,[fd00::3]:4567?gmcast.segment=2',
        hosts: [
          { host: '10.0.0.1', port: null },
          { host: '10.0.0.2', port: 5678 },
          { host: 'fd00::3', port: 4567 },
        ],
        options: new Map([['gmcast.segment', '2']]),
      },
      origin: { ...galera, line: 5 },
    })
    expect(segment).toEqual({ value: 2, origin: { ...galera, line: 5 } })
    expect(maxConnectErrors).toMatchObject({ value: 1000, origin: { group: 'mariadb-10.11' } })
    expect(all.get('bind_address')).toEqual({ value: '0.0.0.0', origin: { ...galera, line: 9 } })
    expect(endpoints.galera.port.origin).toEqual({ kind: 'derived', from: 'wsrep_node_address' })
    expect(timers['evs.suspect_timeout']).toEqual({ value: 5000, origin: { kind: 'default', of: 'Galera' } })
    expect(all.has('[sst] encrypt')).toBe(false)
  })

  it('reads timers and TLS out of the provider options', () => {
    const { timers, tls, endpoints } = settingsOfLayout('mariadb-rpm')
    expect(timers).toMatchObject({
      'evs.suspect_timeout': { value: 30_000, origin: { line: 14 } },
      'evs.inactive_timeout': { value: 60_000 },
      'evs.install_timeout': { value: 7500, origin: { kind: 'default' } },
      'gmcast.peer_timeout': { value: 3000 },
      'evs.keepalive_period': { value: 1000 },
      'evs.delay_margin': { value: 1000 },
    })
    expect(tls).toMatchObject({
      certificate: { value: '/etc/pki/galera/cert.pem', origin: { kind: 'file', line: 14 } },
      key: { value: '/etc/pki/galera/key.pem' },
      ca: { value: '/etc/pki/galera/ca.pem' },
    })
    expect(endpoints.ist.port.origin).toEqual({ kind: 'derived', from: 'the group port + 1' })
  })

  it("takes the operator's own certificates and weight", () => {
    const { tls, weight, all } = settingsOfLayout('pxc-operator')
    expect(tls.certificate).toMatchObject({ value: '/etc/mysql/ssl-internal/tls.crt', origin: { line: 21 } })
    expect(weight).toMatchObject({ value: 10, origin: { kind: 'file' } })
    expect(all.get('admin_address')?.value).toBe('10.244.0.7')
  })
})

/** Keys of wsrep's that a case adds to a stopped MariaDB. */
const withOptions = (lines: string, provider = '', uri = '') =>
  settingsOf({
    stopped: true,
    installed: 'mariadbd  Ver 10.11.19-MariaDB for Linux',
    files: `[mysqld]\nwsrep_on=1\nwsrep_provider=/x.so\nwsrep_provider_options=${provider}\nwsrep_cluster_address=gcomm://a:7777,b?${uri}\n${lines}`,
  })

describe('the port of group communication', () => {
  it.each([
    ['nothing', '', '', '', 4567, 'Galera'],
    ['wsrep_node_address', 'wsrep_node_address=10.0.0.1:5001', '', '', 5001, 'wsrep_node_address'],
    ['base_port over it', 'wsrep_node_address=10.0.0.1:5001', 'base_port=5002', '', 5002, 'base_port'],
    [
      'gmcast.listen_addr over it',
      'wsrep_node_address=10.0.0.1:5001',
      'base_port=5002;gmcast.listen_addr=tcp://0.0.0.0:5003',
      '',
      5003,
      'gmcast.listen_addr',
    ],
    ['a listen_addr without a port', '', 'base_port=5002;gmcast.listen_addr=[::]', '', 5002, 'base_port'],
    ['a listen_addr without a scheme', '', 'gmcast.listen_addr=0.0.0.0:5003', '', 5003, 'gmcast.listen_addr'],
    [
      'the URI over the option',
      '',
      'gmcast.listen_addr=tcp://0.0.0.0:5003',
      'gmcast.listen_addr=tcp://0.0.0.0:5004',
      5004,
      'gmcast.listen_addr',
    ],
    ['the URI alone', '', '', 'base_port=5005', 5005, 'base_port'],
  ])('is that of %s', (_, lines, provider, uri, port, from) => {
    const { galera, ist } = withOptions(lines, provider, uri).endpoints
    expect(galera.port.value).toBe(port)
    expect(Object.values(galera.port.origin)).toContain(from)
    expect(ist.port.value).toBe(port + 1)
  })

  it('tells peers the address that it is bound to', () => {
    expect(at(withOptions('', 'gmcast.listen_addr=tcp://[fd00::1]'), 'galera')).toEqual([
      'fd00::1',
      4567,
      'fd00::1',
    ])
    expect(at(withOptions('', 'gmcast.listen_addr=tcp://[::]:4567'), 'galera')).toEqual([null, 4567, null])
  })

  it('believes what the running provider says, not the files or the URI', () => {
    const settings = settingsOf({
      variables: { wsrep_cluster_address: 'gcomm://a?gmcast.listen_addr=tcp://0.0.0.0:1' },
      provider: { 'gmcast.listen_addr': 'ssl://0.0.0.0:6000', base_port: '6000', base_host: '10.0.0.9' },
      files: '[mysqld]\nwsrep_provider_options="gmcast.listen_addr=tcp://0.0.0.0:2"\n',
    })
    expect(addresses(settings)).toEqual([
      ['10.0.0.9', 3306, null],
      [null, 6000, null],
      ['10.0.0.9', 6001, '10.0.0.9'],
      ['10.0.0.9', 4444, '10.0.0.9'],
    ])
    expect(settings.known).toBe('server')
    expect(settings.all.get('gmcast.listen_addr')?.origin).toEqual({ kind: 'server' })
  })
})

describe('IST', () => {
  it.each([
    ['ist.recv_addr=10.0.0.2', '10.0.0.2', 4568, '10.0.0.2'],
    ['ist.recv_addr=10.0.0.2:6000', '10.0.0.2', 6000, '10.0.0.2'],
    ['ist.recv_addr=ssl://[fd00::2]:6000', 'fd00::2', 6000, 'fd00::2'],
    ['ist.recv_addr=203.0.113.1;ist.recv_bind=10.0.0.2', '203.0.113.1', 4568, '10.0.0.2'],
    ['ist.recv_addr=203.0.113.1:6000;ist.recv_bind=0.0.0.0', '203.0.113.1', 4568, null],
    ['ist.recv_addr=203.0.113.1;ist.recv_bind=0.0.0.0:6001', '203.0.113.1', 6001, null],
    ['ist.recv_addr=10.0.0.2:0', '10.0.0.2', 4568, '10.0.0.2'],
    ['base_host=10.0.0.3', '10.0.0.3', 4568, '10.0.0.3'],
    ['base_host=10.0.0.3;base_port=5000', '10.0.0.3', 5001, '10.0.0.3'],
    ['', '10.0.0.1', 4568, '10.0.0.1'],
  ])('with %s', (provider, host, port, bind) => {
    expect(at(withOptions('wsrep_node_address=10.0.0.1', provider), 'ist')).toEqual([host, port, bind])
  })
})

describe('SST', () => {
  it.each([
    ['', '10.0.0.1', 4444],
    ['wsrep_sst_receive_address=AUTO', '10.0.0.1', 4444],
    ['wsrep_sst_receive_address=10.0.0.2', '10.0.0.2', 4444],
    ['wsrep_sst_receive_address=10.0.0.2:5444', '10.0.0.2', 5444],
    ['wsrep_sst_receive_address=[fd00::2]:5444', 'fd00::2', 5444],
    ['port=3310\nwsrep_sst_method=mysqldump', '10.0.0.1', 3310],
  ])('with %j', (line, host, port) => {
    // The port of wsrep_node_address is not its.
    const settings = withOptions(`wsrep_node_address=10.0.0.1:5001\n${line}`)
    expect(at(settings, 'sst').slice(0, 2)).toEqual([host, port])
  })

  it.each([
    ['rsync', '10.0.0.1'],
    ['mariabackup', null],
  ])('by %s is bound to %s', (method, bind) => {
    const settings = withOptions(`wsrep_node_address=10.0.0.1\nwsrep_sst_method=${method}`)
    expect(at(settings, 'sst')[2]).toBe(bind)
  })

  it.each([
    ['mariadb', '', '', 'off'],
    ['rsync', '', '[sst]\nencrypt=4', 'off'],
    ['rsync', 'ssl_ca=/a', '', 'ssl-mode=VERIFY_CA'],
    ['rsync', 'ssl_cert=/c\nssl_key=/k', '', 'ssl-mode=REQUIRED'],
    ['rsync', 'ssl_cert=/c', '[sst]\ntkey=/k', 'off'],
    ['rsync', 'ssl_ca=/a', '[sst]\nssl-mode=disabled', 'off'],
    ['mariadb', '', '[sst]\nencrypt=4', 'encrypt=4'],
    ['mariadb', 'encrypt=2', '', 'encrypt=2'],
    ['mariadb', '', '[sst]\nssl-mode=REQUIRED', 'off'],
    ['mariadb', 'ssl_cert=/c\nssl_key=/k', '[sst]\nssl-mode=required', 'encrypt=3'],
    ['mariadb', 'ssl_cert=/c\nssl_key=/k', '', 'off'],
    ['mariadb', 'ssl_cert=/c\nssl_key=/k', '[sst]\nssl-mode=disabled', 'off'],
    ['mariadb', '', '[sst]\nssl-mode=REQUIRED\ntcert=/c\ntkey=/k', 'encrypt=3'],
    ['mariadb', '', '[xtrabackup]\nencrypt=1\n[sst]\nencrypt=4', 'encrypt=4'],
    ['pxc', 'pxc_encrypt_cluster_traffic=OFF', '[sst]\nencrypt=0', 'off'],
    ['pxc', 'pxc_encrypt_cluster_traffic=OFF', '[sst]\nencrypt=4', 'encrypt=4'],
    ['pxc', '', '[sst]\nencrypt=0', 'encrypt=4'],
  ])('of %s with %j and %j is encrypted as %4$s', (flavour, server, sst, expected) => {
    const installed =
      flavour === 'pxc' ? 'mysqld  Ver 8.0.36 (Percona XtraDB Cluster)' : 'mariadbd  Ver 10.11.1-MariaDB'
    const method = { mariadb: 'mariabackup', rsync: 'rsync', pxc: 'xtrabackup-v2' }[flavour]
    const files = `[mysqld]\nwsrep_on=1\nwsrep_provider=/x.so\nwsrep_sst_method=${method}\n${server}\n${sst}\n`
    expect(settingsOf({ stopped: true, installed, files }).sstEncryption.value).toBe(expected)
  })
})

describe('the port for clients', () => {
  it.each([
    ['', null, 3306, null],
    ['port=3310\nbind-address=*', null, 3310, null],
    ['bind-address=::', null, 3306, null],
    ['bind-address=10.0.0.2', '10.0.0.2', 3306, '10.0.0.2'],
    ['bind-address=127.0.0.1\nwsrep_node_address=10.0.0.1', '127.0.0.1', 3306, '127.0.0.1'],
    ['bind-address=127.0.0.1,10.0.0.2', '10.0.0.2', 3306, '10.0.0.2'],
    ['bind-address=127.0.0.1,0.0.0.0', null, 3306, null],
    ['bind-address=10.0.0.2,::', null, 3306, null],
    ['bind-address=10.0.0.2/blue', '10.0.0.2', 3306, '10.0.0.2'],
    ['wsrep_node_incoming_address=AUTO\nwsrep_node_address=10.0.0.1:5', '10.0.0.1', 3306, null],
    [
      'wsrep_node_incoming_address=db.example.org:3333\nwsrep_node_address=10.0.0.1',
      'db.example.org',
      3306,
      null,
    ],
  ])('with %j', (lines, host, port, bind) => {
    expect(at(withOptions(lines), 'mysql')).toEqual([host, port, bind])
  })
})

describe('encryption', () => {
  const FILES = { 'socket.ssl_key': '/k', 'socket.ssl_cert': '/c' }
  const cases: [string, Keys, string, string | null][] = [
    ['of nothing', {}, 'off', null],
    ['by a key and a certificate', { provider: FILES }, 'on', '/c'],
    ['switched off', { provider: { ...FILES, 'socket.ssl': 'NO' } }, 'off', '/c'],
    ['dynamic', { provider: { ...FILES, 'socket.ssl': 'YES', 'socket.dynamic': 'true' } }, 'dynamic', '/c'],
    ['dynamic without anything to encrypt with', { provider: { 'socket.dynamic': 'true' } }, 'off', null],
    [
      'with a path in the data directory',
      {
        variables: { datadir: '/data/' },
        provider: {
          'socket.ssl': 'YES',
          'socket.ssl_key': 'server-key.pem',
          'socket.ssl_cert': 'server-cert.pem',
        },
      },
      'on',
      '/data/server-cert.pem',
    ],
  ]
  it.each(cases)('%s', (_, keys, value, certificate) => {
    const { encryption, tls } = settingsOf(keys)
    expect([encryption.value, tls.certificate?.value ?? null]).toEqual([value, certificate])
  })

  const pxc = (lines: string) =>
    settingsOf({
      stopped: true,
      installed: 'mysqld  Ver 8.0.36-28 for Linux (Percona XtraDB Cluster)',
      files: `[mysqld]\nwsrep_provider=/x\n${lines}`,
    })
  it('of PXC 8 takes the certificates of the server, over those of the provider', () => {
    const { encryption, tls } = pxc(
      'ssl-cert=/s\nssl-key=/sk\nssl-ca=/sc\nwsrep_provider_options=socket.ssl_cert=/p;socket.ssl_key=/pk',
    )
    expect(encryption).toMatchObject({ value: 'on', origin: { kind: 'default', of: 'PXC 8.0' } })
    expect(tls).toMatchObject({ certificate: { value: '/s' }, key: { value: '/sk' }, ca: { value: '/sc' } })
  })
  it.each(['pxc-encrypt-cluster-traffic=OFF', 'skip-pxc-encrypt-cluster-traffic'])(
    'of PXC 8 is off with %s',
    (line) => {
      expect(pxc(line)).toMatchObject({
        encryption: { value: 'off' },
        tls: { certificate: null, key: null, ca: null },
      })
    },
  )
  it('of PXC 8 without its switch is what the provider is set to', () => {
    const lines =
      'pxc_encrypt_cluster_traffic=0\nwsrep_provider_options=socket.ssl_cert=/p;socket.ssl_key=/pk'
    expect(pxc(lines)).toMatchObject({
      encryption: { value: 'on', origin: { kind: 'file' } },
      tls: { ca: { value: '/p', origin: { from: 'socket.ssl_cert' } } },
    })
  })
})

describe('which server', () => {
  it.each([
    [
      'PXC',
      { version: '8.0.36-28.1', version_comment: 'Percona XtraDB Cluster (GPL), Release rel28' },
      'pxc',
      '8.0.36-28.1',
    ],
    [
      'PXC under another name',
      { version: '8.0.36-28.1', version_comment: 'Source', pxc_strict_mode: 'ENFORCING' },
      'pxc',
      '8.0.36-28.1',
    ],
    [
      'MySQL of Codership',
      { version: '8.0.35', version_comment: 'MySQL, wsrep_26.17' },
      'mysql-wsrep',
      '8.0.35',
    ],
    ['MariaDB', { version: '10.11.19-MariaDB-log' }, 'mariadb', '10.11.19'],
  ])('is %s', (_, variables, flavour, version) => {
    const program = flavour === 'mariadb' ? 'mariadbd' : 'mysqld'
    expect(settingsOf({ program, variables: { version_comment: '', ...variables } })).toMatchObject({
      flavour,
      version,
    })
  })

  it.each([
    ['26.4.23(r1a2b)', '26.4.23'],
    ['4.16(r5c6d)', '26.4.16'],
    ['3.45(ra60e019)', '25.3.45'],
    ['25.3.37(r0)', '25.3.37'],
    ['', null],
  ])('has Galera %s', (text, version) => {
    expect(settingsOf({ status: { wsrep_provider_version: text } }).galeraVersion).toBe(version)
  })

  it.each([
    [
      'a MariaDB with wsrep_on and a provider',
      { stopped: true, installed: 'Ver 10.11.1-MariaDB', files: '[mysqld]\nwsrep_on\nwsrep_provider=/x' },
      true,
    ],
    [
      'a MariaDB without wsrep_on',
      { stopped: true, installed: 'Ver 10.11.1-MariaDB', files: '[mysqld]\nwsrep_provider=/x' },
      false,
    ],
    [
      'a PXC with a provider',
      {
        stopped: true,
        installed: 'Ver 8.0.1 (Percona XtraDB Cluster)',
        files: '[mysqld]\nwsrep_provider=/x',
      },
      true,
    ],
    [
      'a PXC with wsrep_on=OFF',
      {
        stopped: true,
        installed: 'Ver 8.0.1 (Percona XtraDB Cluster)',
        files: '[mysqld]\nwsrep_provider=/x\nwsrep_on=OFF',
      },
      false,
    ],
    ['a provider that is none', { variables: { wsrep_provider: 'none' } }, false],
  ])('takes part in a cluster: %s', (_, keys, wsrep) => expect(settingsOf(keys).wsrep).toBe(wsrep))

  const survey = (...servers: Keys[]) => ({ ...surveyOf({}), servers: servers.map(serverOf) })
  const alone: Keys = { variables: { wsrep_on: 'OFF', port: '3307' } }
  const garbd: Keys = { program: 'garbd', args: ['-a', 'gcomm://10.0.0.1', '-g', 'cluster'] }
  it('of several is the one in a cluster', () => {
    expect(
      readSettings(survey(alone, garbd, { variables: { port: '3308' } }))?.endpoints.mysql.port.value,
    ).toBe(3308)
    expect(readSettings(survey(alone, garbd))?.flavour).toBe('garbd')
    expect(readSettings(survey(alone))).toMatchObject({ wsrep: false, running: true })
  })
  it('of several is not believed to be what the files of another say', () => {
    const other: Keys = {
      answer: 'not-ready',
      args: ['--defaults-file=/two.cnf', '--wsrep-on=1', '--wsrep-provider=/x'],
    }
    const settings = readSettings({
      ...surveyOf({ files: '[mysqld]\nport=1' }),
      servers: [alone, other].map(serverOf),
    })
    expect(settings).toMatchObject({ known: 'arguments', endpoints: { mysql: { port: { value: 3306 } } } })
  })
  it('is none where there is nothing', () => {
    expect(readSettings(surveyOf({ stopped: true }))).toBeNull()
    expect(readSettings(surveyOf({ stopped: true, files: '[mysqld]\nport=1' }))).toBeNull()
    expect(readSettings(surveyOf({ stopped: true, files: '[galera]\nwsrep_on=1' }))).toMatchObject({
      flavour: 'mariadb',
      version: null,
    })
    expect(readSettings(surveyOf({ stopped: true, installed: 'mysqld  Ver 8.0.36' }))).toMatchObject({
      wsrep: false,
    })
  })
})

describe('an arbitrator', () => {
  it.each([
    [
      [
        '--address',
        'gcomm://n1,n2:5000',
        '--group=cluster',
        '--options',
        'gmcast.listen_addr=tcp://0.0.0.0:6000',
        '-d',
      ],
      6000,
    ],
    [['-agcomm://n1:5000,n2', '-g', 'cluster', '--sst', 'trivial', '--donor', 'n1'], 5000],
    [['gcomm://n1,n2:5000', '-g', 'cluster', '-w', '/var/lib/garb', '-n', 'arbiter'], 4567],
    [['-a', '"gcomm://n1:5000,n2"', '-g', 'cluster', '-o', 'base_port=6001; pc.weight=0'], 6001],
  ])('is set by %j', (args, port) => {
    const settings = settingsOf({ program: 'garbd', args })
    expect(settings).toMatchObject({
      flavour: 'garbd',
      wsrep: true,
      running: true,
      known: 'arguments',
      maxConnectErrors: null,
    })
    expect(settings.clusterName).toEqual({ value: 'cluster', origin: { kind: 'argument' } })
    expect(settings.clusterAddress?.value.hosts.map(({ host }) => host)).toEqual(['n1', 'n2'])
    expect(settings.endpoints.galera.port.value).toBe(port)
  })
  it('is set by its own file', () => {
    const options = [
      { path: '/garb.cnf', line: 1, group: '', name: 'address', value: 'gcomm://n1' },
      { path: '/garb.cnf', line: 2, group: '', name: 'group', value: '"cluster"' },
      { path: '/etc/my.cnf', line: 1, group: '', name: 'name', value: 'not-mine' },
    ]
    const servers = [serverOf({ program: 'garbd', args: ['--cfg', '/garb.cnf'] })]
    expect(readSettings({ ...surveyOf({}), servers, options })).toMatchObject({
      known: 'files',
      clusterName: { value: 'cluster', origin: { path: '/garb.cnf', line: 2 } },
      nodeName: null,
    })
  })
})

it('reads the state of the cluster', () => {
  const status = {
    wsrep_local_state_comment: 'Synced',
    wsrep_cluster_status: 'Primary',
    wsrep_cluster_size: '3',
    wsrep_gcomm_uuid: '638ee2b0-e71c-11f1-a595-637a97d4ef32',
    wsrep_incoming_addresses: '10.0.0.1:3306,,10.0.0.2:3307,AUTO',
  }
  expect(settingsOf({ status }).state).toEqual({
    state: 'Synced',
    status: 'Primary',
    size: 3,
    uuid: '638ee2b0-e71c-11f1-a595-637a97d4ef32',
    incoming: [
      { host: '10.0.0.1', port: 3306 },
      { host: '10.0.0.2', port: 3307 },
    ],
  })
  expect(
    settingsOf({ status: { ...status, wsrep_cluster_size: '18446744073709551615' } }).state?.size,
  ).toBeNull()
})

it.each([
  ['', null],
  ['stderr', null],
  ['/var/log/e.log', '/var/log/e.log'],
  ['./e.err', '/data/e.err'],
])('finds the error log %j', (log, path) => {
  expect(settingsOf({ variables: { datadir: '/data/', log_error: log } }).errorLog?.value ?? null).toBe(path)
})

describe('hostile settings', () => {
  it('fall back to defaults, one by one', () => {
    const settings = settingsOfLayout('hostile')
    expect(addresses(settings).map(([, port]) => port)).toEqual([3306, 4567, 4568, 4444])
    expect(settings).toMatchObject({
      segment: { value: 0 },
      weight: { value: 1 },
      encryption: { value: 'off' },
      nodeAddress: null,
      sstEncryption: { value: 'off' },
    })
    expect(Object.values(settings.timers).map(({ value }) => value)).toEqual([
      3000, 1000, 5000, 15_000, 7500, 1000,
    ])
    expect(discoverMembers(settings, [], []).map(({ address }) => address)).toEqual([
      '10.0.0.2',
      'n3',
      'fd00::4',
      '10.0.0.5',
      'fd00::6',
    ])
  })

  it('throw nowhere', async () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'wsrep_provider_options',
        'wsrep_cluster_address',
        'wsrep_node_address',
        'port',
        'bind_address',
        'ssl_cert',
        'datadir',
        'log_error',
        'wsrep_on',
        'wsrep_sst_method',
        'version',
        '__proto__',
      ),
    )
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'gcom:/[],@?&=;.01 \\') }),
      fc.constantFrom(
        'gcomm://',
        'ON',
        'evs.suspect_timeout=',
        'gmcast.listen_addr=tcp://[',
        'Percona XtraDB Cluster',
      ),
    )
    const option = fc.record({
      path: value,
      line: fc.nat(),
      group: fc.constantFrom('mysqld', 'galera', 'sst', ''),
      name,
      value: fc.option(value),
    })
    const server = fc.record({
      variables: fc.dictionary(name, value),
      status: fc.dictionary(name, value),
      args: fc.array(value),
      program: fc.constantFrom('mysqld', 'mariadbd', 'garbd'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(server, { maxLength: 2 }),
        fc.array(option, { maxLength: 8 }),
        fc.option(value),
        async (servers, options, installed) => {
          const survey = {
            ...surveyOf({}),
            servers: servers.map((each) => ({ ...serverOf({}), ...each })),
            options,
            installed,
          }
          const settings = readSettings(survey)
          if (settings !== null) discoverMembers(settings, [], [])
          const nodes = [{ name: 'n1', settings }]
          JSON.stringify(configJson(nodes))
          await renderConfig(nodes, { columns: 80, color: false, ascii: true })
        },
      ),
      { numRuns: 500, verbose: 1 },
    )
  })
})
