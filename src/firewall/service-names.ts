import type { Protocol } from '../services.ts'

/**
 * Ports by the names that `iptables -L` without `-n` prints for them: /etc/services of the usual distributions, which
 * follows IANA's registry of service names. A name that is not here is not guessed.
 */
const NAMES: Readonly<Record<string, number>> = {
  tcpmux: 1,
  echo: 7,
  discard: 9,
  daytime: 13,
  chargen: 19,
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  tftp: 69,
  http: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  auth: 113,
  ntp: 123,
  'netbios-ns': 137,
  'netbios-dgm': 138,
  'netbios-ssn': 139,
  imap: 143,
  imap2: 143,
  snmp: 161,
  snmptrap: 162,
  'snmp-trap': 162,
  bgp: 179,
  ldap: 389,
  https: 443,
  'microsoft-ds': 445,
  isakmp: 500,
  printer: 515,
  submission: 587,
  ipp: 631,
  ldaps: 636,
  rsync: 873,
  imaps: 993,
  pop3s: 995,
  socks: 1080,
  openvpn: 1194,
  'ms-sql-s': 1433,
  l2tp: 1701,
  pptp: 1723,
  radius: 1812,
  'radius-acct': 1813,
  nfs: 2049,
  'etcd-client': 2379,
  'etcd-server': 2380,
  squid: 3128,
  mysql: 3306,
  'ms-wbt-server': 3389,
  svn: 3690,
  krb524: 4444,
  'ipsec-nat-t': 4500,
  tram: 4567,
  'bmc-reporting': 4568,
  mdns: 5353,
  postgres: 5432,
  postgresql: 5432,
  nrpe: 5666,
  amqp: 5672,
  redis: 6379,
  'http-alt': 8080,
  webcache: 8080,
  websm: 9090,
  jetdirect: 9100,
  'hp-pdl-datastr': 9100,
  'zabbix-agent': 10050,
  'zabbix-trapper': 10051,
  mysqlx: 33060,
}

/** Names of one protocol alone: the other has another name for the port, or another port for the name. */
const OF_PROTOCOL: Readonly<Record<Protocol, Readonly<Record<string, number>>>> = {
  tcp: { login: 513, shell: 514, www: 80 },
  udp: { who: 513, syslog: 514 },
}

/** The port of a number or a service name; null for a name that is not in the table. */
export function portOf(name: string, protocol: Protocol): number | null {
  if (/^\d{1,5}$/.test(name)) return Number(name)
  if (Object.hasOwn(OF_PROTOCOL[protocol], name)) return OF_PROTOCOL[protocol][name] ?? null
  return Object.hasOwn(NAMES, name) ? (NAMES[name] ?? null) : null
}
