import { type Product, seriesOf } from './flavour.ts'
import type { Value } from './node-settings.ts'

/** codership/galera gcomm/src/defaults.cpp, galera/src/replicator_smm_params.cpp; the same from 25.3 to 26.4. */
const GALERA: Readonly<Record<string, string>> = {
  base_port: '4567',
  'gmcast.listen_addr': 'tcp://0.0.0.0',
  'gmcast.segment': '0',
  'gmcast.peer_timeout': 'PT3S',
  'gmcast.time_wait': 'PT5S',
  'evs.keepalive_period': 'PT1S',
  'evs.inactive_check_period': 'PT0.5S',
  'evs.suspect_timeout': 'PT5S',
  'evs.inactive_timeout': 'PT15S',
  'evs.install_timeout': 'PT7.5S',
  'evs.delay_margin': 'PT1S',
  'evs.delayed_keep_period': 'PT30S',
  'evs.auto_evict': '0',
  'pc.announce_timeout': 'PT3S',
  'pc.wait_prim_timeout': 'PT30S',
  'pc.linger': 'PT20S',
  'pc.weight': '1',
}

/** What Galera takes where nothing is set. */
export function providerDefault(key: string): Value<string> | null {
  const value = GALERA[key]
  return value === undefined ? null : { value, origin: { kind: 'default', of: 'Galera' } }
}

const MARIADB: Readonly<Record<string, string>> = {
  wsrep_on: 'OFF',
  wsrep_sst_method: 'rsync',
}
const PXC: Readonly<Record<string, string>> = {
  wsrep_on: 'ON',
  wsrep_sst_method: 'xtrabackup-v2',
  pxc_encrypt_cluster_traffic: 'OFF',
}
const MYSQL_8: Readonly<Record<string, string>> = { mysqlx_port: '33060', admin_port: '33062' }
const ALL: Readonly<Record<string, string>> = {
  port: '3306',
  max_connect_errors: '100',
  wsrep_on: 'ON',
  wsrep_provider: 'none',
  wsrep_cluster_name: 'my_wsrep_cluster',
  wsrep_sst_method: 'rsync',
  datadir: '/var/lib/mysql/',
}

/** Certificates that a MySQL server makes in its data directory, and uses, where none are set. */
const OWN_CERTIFICATES: Readonly<Record<string, string>> = {
  ssl_ca: 'ca.pem',
  ssl_cert: 'server-cert.pem',
  ssl_key: 'server-key.pem',
}

/** What a server takes where nothing is set; PXC encrypts between its nodes from 8.0 on (doc/source/security/encrypt-traffic). */
export function serverDefault({ flavour, version }: Product, name: string): Value<string> | null {
  const series = seriesOf(version)
  const isMysql8 = flavour !== 'mariadb' && flavour !== 'unknown' && Number(series ?? 0) >= 8
  const isPxc8 = flavour === 'pxc' && (isMysql8 || series === null)
  const value =
    (isPxc8 && name === 'pxc_encrypt_cluster_traffic' ? 'ON' : undefined) ??
    (flavour === 'mariadb' ? MARIADB[name] : undefined) ??
    (flavour === 'pxc' ? (PXC[name] ?? OWN_CERTIFICATES[name]) : undefined) ??
    (isMysql8 ? MYSQL_8[name] : undefined) ??
    ALL[name]
  return value === undefined ? null : { value, origin: { kind: 'default', of: productName(flavour, series) } }
}

const NAMES = { mariadb: 'MariaDB', pxc: 'PXC', 'mysql-wsrep': 'MySQL', garbd: 'garbd', unknown: 'MySQL' }

function productName(flavour: Product['flavour'], series: string | null): string {
  return flavour === 'pxc' && series !== null ? `PXC ${series}` : NAMES[flavour]
}
