import { describe, expect, it } from 'vitest'
import { selinuxPortLabels } from '../../src/findings/selinux-port-label.ts'
import type { EndpointName, NodeSettings } from '../../src/galera/node-settings.ts'
import type { Inspection, Survey } from '../../src/session/survey-messages.ts'
import { cluster, endpoint, inspection, PORTS, server, settings, survey, value } from './view.ts'

/** Of `semanage port -l` on RHEL 9 with the base policy alone, the lines that hold ports of a cluster. */
const EL9 = `
ephemeral_port_t               tcp      32768-60999
ephemeral_port_t               udp      32768-60999
http_port_t                    tcp      80, 81, 443, 488, 8008, 8009, 8443, 9000
kerberos_port_t                tcp      88, 750, 4444
kerberos_port_t                udp      88, 750, 4444
mysqld_port_t                  tcp      1186, 3306, 63132-63164
tram_port_t                    tcp      4567
unreserved_port_t              tcp      61001-65535, 1024-32767
unreserved_port_t              udp      61001-65535, 1024-32767
`
/** What Percona's package adds. */
const VENDOR = 'mysqld_port_t                  tcp      4568\n'

function labels(text: string): NonNullable<Inspection['portLabels']> {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const [, type = '', protocol, ports = ''] = /^(\S+)\s+(tcp|udp)\s+(.*)$/.exec(line) ?? []
      return ports.split(', ').map((range) => {
        const [from, to] = range.split('-').map(Number)
        return { type, protocol: protocol as 'tcp' | 'udp', from: from ?? 0, to: to ?? from ?? 0 }
      })
    })
}

interface Host {
  readonly text?: string | null
  readonly settings?: Partial<NodeSettings>
  readonly survey?: Partial<Survey>
  readonly log?: readonly string[]
}

const findings = ({ text = EL9, settings: more = {}, survey: found = {}, log = [] }: Host) =>
  selinuxPortLabels(
    cluster(3, [
      {
        settings: settings(0, 3, more),
        survey: survey(0, { selinux: 'enforcing', ...found }),
        inspection: inspection(0, 3, {
          portLabels: text === null ? null : labels(text),
          logs: [{ path: '/var/log/mysqld.log', state: 'read', size: 1, lines: [...log] }],
        }),
      },
    ]),
  )
const moved = (ports: Partial<Record<EndpointName, number>>): Partial<NodeSettings> => ({
  endpoints: Object.fromEntries(
    Object.entries({ ...PORTS, ...ports }).map(([name, port]) => [name, endpoint(port)]),
  ) as NodeSettings['endpoints'],
})
const commandOf = (host: Host) => /run "(.*)"\.$/.exec(findings(host)[0]?.message ?? '')?.[1]

describe('selinux-port-label', () => {
  it('4568, which the base policy does not name', () => {
    expect(findings({})).toEqual([
      {
        code: 'selinux-port-label',
        severity: 'warning',
        node: 'n1',
        args: { node: 'n1', ports: '4568/tcp' },
        message:
          'SELinux enforces, and by its labels it keeps the server from listening on ports of the cluster: 4568/tcp (IST, and every SST) is unreserved_port_t. ' +
          'Unless mysqld_t is permissive ("semanage permissive -l" lists it), state transfers to this node fail though no firewall blocks them. ' +
          'Next: run "semanage port -a -t mysqld_port_t -p tcp 4568".',
      },
    ])
  })
  it.each<[string, Host, string]>([
    [
      'a port of its own label is modified',
      { text: `${EL9}${VENDOR}`, settings: moved({ sst: 9000 }) },
      'semanage port -m -t mysqld_port_t -p tcp 9000',
    ],
    [
      '4444 as anything but the SST port of the module',
      { text: `${EL9}${VENDOR}`, settings: moved({ sst: 88 }) },
      'semanage port -m -t mysqld_port_t -p tcp 88',
    ],
    [
      'a port inside a range is added',
      { text: `${EL9}${VENDOR}`, settings: moved({ sst: 14_444 }) },
      'semanage port -a -t mysqld_port_t -p tcp 14444',
    ],
    [
      'a port that nothing names',
      { text: VENDOR + EL9.replace(/^unreserved.*$/gm, ''), settings: moved({ sst: 14_444 }) },
      'semanage port -a -t mysqld_port_t -p tcp 14444',
    ],
    [
      'multicast, over UDP',
      { text: `${EL9}${VENDOR}`, settings: { multicast: value('239.192.0.11') } },
      'semanage port -a -t mysqld_port_t -p udp 4567',
    ],
    [
      'over UDP, where a label of TCP says nothing',
      {
        text: `${EL9}${VENDOR}`,
        settings: { ...moved({ galera: 4444 }), multicast: value('239.192.0.11') },
      },
      'semanage port -m -t mysqld_port_t -p udp 4444',
    ],
    [
      'several at once',
      { settings: moved({ galera: 15_000, ist: 15_001 }) },
      'semanage port -a -t mysqld_port_t -p tcp 15000; semanage port -a -t mysqld_port_t -p tcp 15001',
    ],
    [
      'once where two services share it',
      { text: `${EL9}${VENDOR}`, settings: moved({ galera: 15_000, ist: 15_000 }) },
      'semanage port -a -t mysqld_port_t -p tcp 15000',
    ],
  ])('%s', (_, host, command) => {
    expect(commandOf(host)).toBe(command)
  })
  it.each<[string, Host]>([
    ['the packages have labelled it', { text: `${EL9}${VENDOR}` }],
    ['the narrowest entry counts, wherever it stands', { text: `${VENDOR}${EL9}` }],
    ['in a range that is labelled', { text: `${EL9}${VENDOR}`, settings: moved({ sst: 63_140 }) }],
    ['SELinux is permissive', { survey: { selinux: 'permissive' } }],
    ['there is no SELinux', { survey: { selinux: 'absent' } }],
    ['nobody could read the labels', { text: null }],
    ['an arbitrator', { settings: { flavour: 'garbd' } }],
    ['no member of a cluster', { settings: { wsrep: false } }],
    [
      'no SST on any port',
      { text: `${EL9}${VENDOR}`, settings: { ...moved({ sst: 14_444 }), sstMethod: value('skip') } },
    ],
    [
      'the server is not confined: it listens where SELinux would not let it',
      {
        settings: moved({ galera: 15_000 }),
        survey: { servers: [server(0, { listens: [{ address: '0.0.0.0', port: 15_000 }] })] },
      },
    ],
  ])('silent: %s', (_, host) => {
    expect(findings(host)).toEqual([])
  })
})

it('is not told of a port on which the log says that the server has waited for IST', () => {
  const waited = (port: number) => ({
    log: [
      `2026-11-24 20:48:49 2 [Note] WSREP: Prepared IST receiver for 0-3, listening at: ssl://10.1.1.1:${port}`,
    ],
  })
  expect(findings({})).toHaveLength(1)
  expect(findings(waited(4568))).toEqual([])
  expect(findings(waited(5568))).toHaveLength(1)
})
