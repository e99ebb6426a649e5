import { describe, expect, it } from 'vitest'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { hostFindings } from '../../src/findings/host-findings.ts'
import type { Link } from '../../src/findings/links.ts'
import type { NodeSettings, Timers } from '../../src/galera/node-settings.ts'
import type { Finding, ReportFlow } from '../../src/report/report.ts'
import type { Survey } from '../../src/session/survey-messages.ts'
import {
  addressOf,
  cluster,
  endpoint,
  hello,
  inspection,
  server,
  settings,
  survey,
  value,
  withFlows,
} from './view.ts'

const codes = (view: ClusterView) => hostFindings(view).map(({ code }) => code)
/** The only finding. */
function only(view: ClusterView): Finding {
  const findings = hostFindings(view)
  expect(findings).toHaveLength(1)
  return findings[0] as Finding
}

it.each([1, 2, 3, 5, 30])('a healthy cluster of %d gives nothing', (size) => {
  expect(hostFindings(cluster(size))).toEqual([])
})

it('nor does one of which nothing is known', () => {
  const unknown = { hello: null, survey: null, settings: null, inspection: null, address: null }
  expect(hostFindings(cluster(3, [unknown, unknown, unknown]))).toEqual([])
})

describe('stale-sst-listener', () => {
  const left = (more: Partial<Survey['transferListeners'][number]> = {}) => ({
    address: '0.0.0.0',
    port: 4444,
    pid: 4711,
    program: 'socat',
    startedSecondsAgo: 7260,
    ...more,
  })
  const stopped = (more: Partial<Survey>, mysqld = false) =>
    cluster(3, [
      {},
      {
        survey: survey(1, { servers: [], ...more }),
        settings: settings(1, 3, { running: false, state: null }),
        hello: hello(1, { mysqld }),
      },
    ])

  it('a socat that outlived its joiner', () => {
    expect(only(stopped({ transferListeners: [left()] }))).toEqual({
      code: 'stale-sst-listener',
      severity: 'warning',
      node: 'n2',
      args: { node: 'n2', port: 4444, pid: 4711, program: 'socat' },
      message:
        'socat (process 4711, started 2 h ago) listens on 4444/tcp though no database server runs: what a state transfer has left. ' +
        'The next start that needs an SST may fail on it. Next: look at it with "ps -fp 4711", then end it with "kill 4711".',
    })
  })
  it.each([
    [59, '59 s'],
    [60, '1 min'],
    [86_400, '1 d'],
  ])('its age of %d s', (startedSecondsAgo, text) => {
    expect(only(stopped({ transferListeners: [left({ startedSecondsAgo })] })).message).toContain(
      `started ${text} ago`,
    )
  })
  it.each<[string, ClusterView]>([
    ['it waits for its donor', stopped({ transferListeners: [left()], servers: [server(1)] }, true)],
    ['a server may be hidden from the agent', stopped({ transferListeners: [left()] }, true)],
    [
      'an arbitrator runs, and takes a backup',
      stopped({ transferListeners: [left()], servers: [server(1, { program: 'garbd' })] }, true),
    ],
    ['a server has come up since', stopped({ transferListeners: [left()], servers: [server(1)] })],
    ['another port', stopped({ transferListeners: [left({ port: 4445 })] })],
    ['whose it is, nobody knows', stopped({ transferListeners: [left({ pid: 0 })] })],
  ])('silent: %s', (_, view) => {
    expect(codes(view)).toEqual([])
  })
  it('on the port that the settings say', () => {
    const view = stopped({ transferListeners: [left({ port: 14_444 })] })
    const moved = settings(1, 3, { state: null, running: false })
    const [a, b, c] = view.nodes
    if (!a || !b || !c) throw new Error()
    const nodes = [
      a,
      { ...b, settings: { ...moved, endpoints: { ...moved.endpoints, sst: endpoint(14_444) } } },
      c,
    ]
    expect(codes({ ...view, nodes })).toEqual(['stale-sst-listener'])
  })
})

describe('multicast-broken', () => {
  const at = (...versions: (string | null)[]) =>
    cluster(
      versions.length,
      versions.map((galeraVersion, index) => ({
        settings: settings(index, versions.length, { galeraVersion, multicast: value('239.192.0.11') }),
      })),
    )
  it.each([['26.4.8'], ['26.4.23'], ['4.18']])('in Galera %s', (version) => {
    expect(only(at(version, version))).toMatchObject({
      code: 'multicast-broken',
      args: { nodes: 'n1,n2', group: '239.192.0.11' },
    })
  })
  it.each([['26.4.7'], ['4.7'], ['25.3.37'], ['3.45'], [null], ['27.5.1']])('not in %s', (version) => {
    expect(codes(at(version, version))).toEqual([])
  })
  it('names the node where it is one', () => {
    expect(only(at('26.4.7', '26.4.9'))).toMatchObject({ node: 'n2' })
  })
})

describe('conntrack-full', () => {
  const at = (count: number, max: number) =>
    cluster(2, [{ survey: survey(0, { conntrack: { count, max } }) }])
  it('from 90 % on', () => {
    expect(only(at(235_930, 262_144))).toMatchObject({
      code: 'conntrack-full',
      node: 'n1',
      args: { count: 235_930, max: 262_144 },
    })
    expect(only(at(235_930, 262_144)).message).toContain('sysctl -w net.netfilter.nf_conntrack_max=524288')
    expect(codes(at(235_929, 262_144))).toEqual([])
    expect(codes(at(0, 0))).toEqual([])
  })
})

describe('max-connect-errors', () => {
  const counted = (errors: number, limit = 100, address = addressOf(2)) =>
    cluster(3, [
      {
        survey: survey(0, { servers: [server(0, { hostErrors: [{ address, errors }] })] }),
        settings: settings(0, 3, { maxConnectErrors: value(limit) }),
      },
    ])
  it('half way to the block', () => {
    expect(only(counted(50))).toMatchObject({
      code: 'max-connect-errors',
      severity: 'warning',
      node: 'n1',
      args: { node: 'n1', from: 'n3', address: '10.1.1.3', errors: 50, limit: 100 },
    })
    expect(only(counted(99)).code).toBe('max-connect-errors')
  })
  it('at the limit it is blocked', () => {
    expect(only(counted(100))).toMatchObject({ code: 'host-blocked', node: 'n1', args: { from: 'n3' } })
    expect(only(counted(1, 1)).code).toBe('host-blocked')
  })
  it('which is told once, where a probe met it', () => {
    const met = (mysqlError: number) =>
      withFlows(counted(100), ['n3->n1/mysql'], {
        observations: [
          {
            kind: 'probe',
            method: 'mysql',
            outcome: 'connected',
            attempt: 1,
            atMs: 1,
            sourceAddress: null,
            sourcePort: null,
            mysqlError,
          },
        ],
      })
    expect(codes(met(1129))).toEqual([])
    expect(codes(met(1045))).toEqual(['host-blocked'])
  })
  it.each<[string, ClusterView]>([
    ['below half', counted(49)],
    ['a host of another kind', counted(99, 100, '10.9.9.9')],
    ['nothing counted against no limit', counted(0, 0)],
  ])('silent: %s', (_, view) => {
    expect(codes(view)).toEqual([])
  })
  it('by any address of the host', () => {
    const view = counted(60, 100, '10.7.7.7')
    const nodes = view.nodes.map((node, index) =>
      index === 2
        ? { ...node, hello: hello(2, { addresses: [{ address: '10.7.7.7', interface: 'eth1' }] }) }
        : node,
    )
    expect(only({ ...view, nodes })).toMatchObject({ args: { from: 'n3', address: '10.7.7.7' } })
  })
})

describe('rp-filter', () => {
  const eth = (rpFilter: number, name = 'eth0') => [
    { name, mtu: 1500, up: true, rpFilter },
    { name: 'eth1', mtu: 1500, up: true, rpFilter: 0 },
  ]
  /** n1 would answer n3 by eth1. */
  const asymmetric = (more: Partial<Survey> = {}, drops = 0, name = 'eth0') => {
    const routes = inspection(0).routes.map((route) =>
      route.to === addressOf(2) ? { ...route, interface: 'eth1' } : { ...route, interface: name },
    )
    return cluster(3, [
      {
        hello: hello(0, { addresses: [{ address: addressOf(0), interface: name }] }),
        survey: survey(0, { interfaces: eth(1, name), ...more }),
        inspection: inspection(0, 3, { routes, rpFilterDrops: drops }),
      },
    ])
  }
  const DROPPED: Partial<ReportFlow> = { status: 'DOWN', reason: 'dropped', blockedAt: 'target' }
  const down = (view: ClusterView, more: Partial<ReportFlow> = {}) =>
    withFlows(view, ['n3->n1/ist'], { ...DROPPED, ...more })

  it('what comes in by one and would be answered by another is DOWN', () => {
    const finding = only(down(asymmetric()))
    expect(finding).toMatchObject({
      code: 'rp-filter',
      severity: 'critical',
      node: 'n1',
      args: { interface: 'eth0', peers: 'n3', back: 'eth1', drops: 0 },
    })
    expect(finding.message).toContain('sysctl -w net.ipv4.conf.eth0.rp_filter=2')
  })
  it('on one segment not even the question for its link address is answered', () => {
    expect(codes(down(asymmetric(), { reason: 'host-absent', blockedAt: 'network' }))).toEqual(['rp-filter'])
  })
  it('the larger of the two settings holds', () => {
    expect(codes(down(asymmetric({ interfaces: eth(0), rpFilterAll: 1 })))).toEqual(['rp-filter'])
    expect(codes(down(asymmetric({ rpFilterAll: 2 })))).toEqual([])
    expect(codes(down(asymmetric({ interfaces: eth(2), rpFilterAll: 1 })))).toEqual([])
  })
  it('by the count of the kernel, where no flow is DOWN', () => {
    expect(only(asymmetric({}, 3))).toMatchObject({ severity: 'warning', args: { drops: 3, peers: 'n3' } })
    expect(codes(asymmetric({ rpFilterDrops: 3 }, 3))).toEqual([])
    expect(codes(asymmetric({ rpFilterDrops: null }, 3))).toEqual([])
  })
  /** n1 sends to n3 by eth1 what carries the address of its eth0; n3 would answer by eth0. */
  const aside = (interfaces: Survey['interfaces'], back = 'eth0') =>
    withFlows(
      cluster(3, [
        {
          inspection: inspection(0, 3, {
            routes: inspection(0).routes.map((route) =>
              route.to === addressOf(2) ? { ...route, interface: 'eth1' } : route,
            ),
          }),
        },
        {},
        {
          survey: survey(2, { interfaces }),
          inspection: inspection(2, 3, {
            routes: inspection(2).routes.map((route) => ({ ...route, interface: back })),
          }),
        },
      ]),
      ['n1->n3/ist'],
      DROPPED,
    )
  const two = (first: number, second: number, up = true) => [
    { name: 'lo', mtu: 65_536, up: true, rpFilter: 1 },
    { name: 'eth0', mtu: 1500, up: true, rpFilter: first },
    { name: 'eth1', mtu: 1500, up, rpFilter: second },
  ]
  it('what comes by another interface than that of the address', () => {
    expect(only(aside(two(1, 1)))).toMatchObject({
      severity: 'critical',
      node: 'n3',
      args: { interface: 'eth1', back: 'eth0', peers: 'n1' },
    })
  })
  it.each<[string, ClusterView]>([
    ['the other interface is loose', aside(two(1, 2))],
    ['the other interface is not up', aside(two(1, 1, false))],
    ['it would be answered the same way', aside(two(0, 1), 'eth1')],
    [
      'the peer sends as it should, and nothing was counted',
      withFlows(
        cluster(3, [{}, {}, { survey: survey(2, { interfaces: two(1, 1) }) }]),
        ['n1->n3/ist'],
        DROPPED,
      ),
    ],
  ])('silent: %s', (_, view) => {
    expect(codes(view)).toEqual([])
  })
  it('what the kernel has counted tells it, where the way there is not known', () => {
    const counted = {
      survey: survey(2, { interfaces: two(1, 1) }),
      inspection: inspection(2, 3, { rpFilterDrops: 6 }),
    }
    expect(codes(withFlows(cluster(3, [{}, {}, counted]), ['n1->n3/ist'], DROPPED))).toEqual(['rp-filter'])
    expect(codes(cluster(3, [{}, {}, counted]))).toEqual([])
  })
  it('the interface of a VLAN', () => {
    expect(only(down(asymmetric({}, 0, 'eth0.100'))).message).toContain(
      'sysctl -w net/ipv4/conf/eth0.100/rp_filter=2',
    )
  })
  it.each<[string, ClusterView]>([
    ['nothing is dropped', asymmetric()],
    ['no rp_filter', down(asymmetric({ interfaces: eth(0) }))],
    [
      'a rule drops it',
      down(asymmetric(), {
        blockedBy: { node: 'n1', rule: '-j DROP', table: 'filter', chain: 'INPUT', position: 1 },
      }),
    ],
    ['it is rejected', down(asymmetric(), { reason: 'icmp-host-prohibited' })],
    ['it is lost on the way', down(asymmetric(), { blockedAt: 'network' })],
    ['another peer, to which the way is straight', withFlows(asymmetric(), ['n2->n1/ist'], DROPPED)],
    ['it is sent to another address of the host', down(asymmetric(), { address: '10.7.7.7' })],
    [
      'it comes from an address to which the way is straight',
      down(asymmetric(), {
        observations: [
          {
            kind: 'probe',
            method: 'half-open',
            outcome: 'silence',
            attempt: 1,
            atMs: 1,
            sourceAddress: addressOf(1),
            sourcePort: 1,
          },
        ],
      }),
    ],
  ])('silent: %s', (_, view) => {
    expect(codes(view)).toEqual([])
  })
})

describe('mtu-differs', () => {
  const jumbo = (passes: number, dies: number, mtu = 9000): ClusterView => ({
    ...cluster(2, [{ survey: survey(0, { interfaces: [{ name: 'eth0', mtu, up: true, rpFilter: 0 }] }) }]),
    blackHoles: [{ from: 'n1', to: 'n2', passes, dies, clamped: true, ownMtu: true }],
  })
  it('where packets vanish at just that size', () => {
    const finding = only(jumbo(1500, 9000))
    expect(finding).toMatchObject({
      code: 'mtu-differs',
      args: { from: 'n1', to: 'n2', fromMtu: 9000, toMtu: 1500 },
    })
    expect(finding.message).toContain('"ip link set dev eth0 mtu 1500"')
    const view = jumbo(1500, 9000)
    const named = JSON.parse(JSON.stringify(view).replaceAll('"eth0"', '"$(reboot)"')) as ClusterView
    expect(
      hostFindings(named)
        .map(({ message }) => message)
        .join(),
    ).toContain("ip link set dev '$(reboot)' mtu")
  })
  it.each<[string, ClusterView]>([
    ['they vanish at another', jumbo(1400, 1420)],
    ['larger ones arrive', jumbo(1501, 9000)],
    ['the MTUs are alike', jumbo(1400, 1500, 1500)],
    ['nothing vanishes', { ...jumbo(1500, 9000), blackHoles: [] }],
    [
      'nobody has looked',
      cluster(2, [
        { survey: survey(0, { interfaces: [{ name: 'eth0', mtu: 9000, up: true, rpFilter: 0 }] }) },
      ]),
    ],
  ])('silent: %s', (_, view) => {
    expect(codes(view)).toEqual([])
  })
})

const withTimers = (changed: Partial<Record<keyof Timers, number>>): Partial<NodeSettings> => ({
  timers: {
    ...settings().timers,
    ...Object.fromEntries(Object.entries(changed).map(([name, ms]) => [name, value(ms)])),
  },
})

describe('timers-order', () => {
  const at = (changed: Partial<Record<keyof Timers, number>>) =>
    cluster(2, [{ settings: settings(0, 2, withTimers(changed)) }])
  it.each<[Partial<Record<keyof Timers, number>>, string]>([
    [
      { 'evs.keepalive_period': 1667 },
      'evs.keepalive_period (1.7 s) is more than a third of evs.suspect_timeout (5 s)',
    ],
    [
      { 'evs.suspect_timeout': 15_000 },
      'evs.suspect_timeout (15 s) is not below evs.inactive_timeout (15 s)',
    ],
    [{ 'evs.install_timeout': 15_001 }, 'evs.install_timeout (15 s) is above evs.inactive_timeout (15 s)'],
    [{ 'evs.install_timeout': 999 }, 'evs.install_timeout (999 ms) is below evs.keepalive_period (1 s)'],
  ])('%o', (changed, fault) => {
    expect(only(at(changed))).toMatchObject({ code: 'timers-order', node: 'n1', args: { faults: fault } })
  })
  it.each<[Partial<Record<keyof Timers, number>>]>([
    [{ 'evs.keepalive_period': 1666 }],
    [{ 'evs.keepalive_period': 2000, 'evs.suspect_timeout': 6000 }],
    [{ 'evs.suspect_timeout': 14_999 }],
    [{ 'evs.install_timeout': 15_000 }],
    [
      {
        'evs.keepalive_period': 3000,
        'evs.suspect_timeout': 30_000,
        'evs.inactive_timeout': 60_000,
        'evs.install_timeout': 60_000,
      },
    ],
  ])('silent: %o', (changed) => {
    expect(codes(at(changed))).toEqual([])
  })
  it('the default of install_timeout follows inactive_timeout', () => {
    const more = withTimers({ 'evs.inactive_timeout': 6000 })
    const timers = {
      ...settings().timers,
      ...more.timers,
      'evs.install_timeout': { value: 7500, origin: { kind: 'default', of: 'Galera' } as const },
    }
    expect(codes(cluster(2, [{ settings: settings(0, 2, { timers }) }]))).toEqual([])
  })
  it('one finding for those with the same fault', () => {
    const faulty = withTimers({ 'evs.suspect_timeout': 20_000 })
    const view = cluster(
      3,
      [0, 1].map((index) => ({ settings: settings(index, 3, faulty) })),
    )
    expect(only(view)).toMatchObject({ args: { nodes: 'n1,n2' } })
  })
})

const link = (from: string, to: string, rttMs: number | null, more: Partial<Link> = {}): Link => ({
  from,
  to,
  rttMs,
  jitterMs: null,
  loss: null,
  ...more,
})

describe('rtt-timers', () => {
  const at = (rttMs: number, more: Partial<NodeSettings> = {}): ClusterView => ({
    ...cluster(3, [
      {},
      { settings: settings(1, 3, more) },
      { settings: settings(2, 3, { segment: value(1) }) },
    ]),
    links: [link('n1', 'n2', 0.3), link('n1', 'n3', rttMs, { jitterMs: 10 }), link('n3', 'n1', rttMs + 400)],
  })
  it.each<[number, string[]]>([
    [0.3, []],
    [100, []],
    [500, []],
    [501, ['warning']],
    [1000, ['warning']],
    [1001, ['critical']],
  ])('%d ms from end to end: %o', (rttMs, severities) => {
    expect(hostFindings(at(rttMs)).map(({ code, severity }) => [code, severity])).toEqual(
      severities.map((severity) => ['rtt-timers', severity]),
    )
  })
  it('says what to set, by what was measured', () => {
    expect(only(at(1200)).message).toBe(
      'a packet from n1 to n3 and back takes 1.2 s, and evs.keepalive_period (1 s on n1, n2, n3), evs.delay_margin (1 s on n1, n2, n3) are not above it. ' +
        'Each commit takes that long, and nodes suspect one another without cause. Next: on every node add "evs.keepalive_period=PT4S; ' +
        'evs.delay_margin=PT3S; evs.join_retrans_period=PT3S; evs.suspect_timeout=PT40S; evs.inactive_timeout=PT80S; evs.install_timeout=PT80S" to what wsrep_provider_options holds in its option file, or find out what makes the way slow.',
    )
  })
  it('a timer of one node that is too short for a way that is not', () => {
    const finding = only(at(40, withTimers({ 'evs.delay_margin': 40 })))
    expect(finding).toMatchObject({ severity: 'warning', args: { timers: 1 } })
    expect(finding.message).toContain('evs.delay_margin (40 ms on n2) is not above it')
    expect(codes(at(40, withTimers({ 'evs.delay_margin': 41 })))).toEqual([])
  })
  it('a peer_timeout that is too short is told with what it should be', () => {
    expect(only(at(3200)).message).toContain('gmcast.peer_timeout=PT30S')
  })
  it('a probe is no measure: it is sent in a burst, by a host that is busy', () => {
    const { flows, ...view } = cluster(2)
    const taking = (rttMs: number) => codes({ ...view, flows: flows.map((flow) => ({ ...flow, rttMs })) })
    expect(taking(80)).toEqual([])
    // Not all of them are so slow by chance.
    expect(taking(3000)).toEqual(['rtt-timers'])
  })
})

describe('link-loss', () => {
  const at = (...losses: (number | null)[]): ClusterView => ({
    ...cluster(3),
    links: [
      link('n1', 'n2', 0.3, { loss: losses[0] ?? null }),
      link('n2', 'n3', 0.3, { loss: losses[1] ?? null }),
    ],
  })
  it('from one in a hundred on', () => {
    expect(only(at(0.01, 0.05))).toMatchObject({
      code: 'link-loss',
      severity: 'warning',
      args: { from: 'n2', to: 'n3', loss: 0.05, links: 2 },
    })
    expect(only(at(0, 0.15)).severity).toBe('warning')
    expect(only(at(0, 0.2)).severity).toBe('critical')
    expect(codes(at(0.009, null))).toEqual([])
  })
  it('a way that is blocked has lost nothing', () => {
    expect(codes({ ...cluster(2), links: [link('n1', 'n2', null, { loss: 1 })] })).toEqual([])
  })
})

describe('wan-segments', () => {
  /** n1 and n2 here, n3 and n4 there. */
  const sites = (near: number, far: number, segments = [0, 0, 0, 0]): ClusterView => {
    const view = cluster(
      4,
      segments.map((segment, index) => ({ settings: settings(index, 4, { segment: value(segment) }) })),
    )
    const isHere = (name: string) => name === 'n1' || name === 'n2'
    const links = view.nodes.flatMap((from) =>
      view.nodes
        .filter((to) => to !== from)
        .map((to) => link(from.name, to.name, isHere(from.name) === isHere(to.name) ? near : far)),
    )
    return { ...view, links }
  }
  it('sites in one segment', () => {
    const finding = only(sites(0.4, 30))
    expect(finding).toMatchObject({
      code: 'wan-segments',
      severity: 'info',
      args: { sites: 2, segment: 0, rttMs: 30 },
    })
    expect(finding.message).toContain('n1, n2: gmcast.segment=0; n3, n4: gmcast.segment=1')
  })
  it.each<[string, ClusterView]>([
    ['one site', sites(0.4, 4.9)],
    ['they are told apart', sites(0.4, 30, [0, 0, 1, 1])],
    ['a busy host is no WAN', sites(4, 8)],
    ['each at a site of its own', sites(30, 30)],
    [
      'one node was not measured',
      {
        ...sites(0.4, 30),
        links: sites(0.4, 30).links?.filter(({ from, to }) => from !== 'n4' && to !== 'n4') ?? [],
      },
    ],
  ])('silent: %s', (_, view) => {
    expect(codes(view)).toEqual([])
  })
})

describe('what the servers say', () => {
  const states = (...list: Partial<NonNullable<NodeSettings['state']>>[]) =>
    cluster(
      list.length,
      list.map((state, index) => {
        const healthy = settings(index, list.length)
        return { settings: { ...healthy, state: healthy.state && { ...healthy.state, ...state } } }
      }),
    )
  it('node-not-synced: a donor', () => {
    expect(only(states({ state: 'Donor/Desynced' }, {}))).toMatchObject({
      code: 'node-not-synced',
      severity: 'info',
      node: 'n1',
    })
  })
  it('non-primary, and then nothing of its state', () => {
    expect(only(states({ status: 'non-Primary', state: 'Initialized' }, {}, {}))).toMatchObject({
      code: 'non-primary',
      severity: 'critical',
      node: 'n1',
    })
    expect(only(states({ status: 'non-Primary' }, { status: 'Disconnected' }))).toMatchObject({
      args: { nodes: 'n1,n2' },
    })
  })
  it('a server that is stopped says nothing', () => {
    const stopped = settings(0, 2, { running: false })
    expect(
      codes(
        cluster(2, [
          { settings: { ...stopped, state: stopped.state && { ...stopped.state, status: 'non-Primary' } } },
        ]),
      ),
    ).toEqual([])
  })
  const of = (...hosts: number[]) => ({
    incoming: hosts.map((host) => ({ host: addressOf(host), port: 3306 })),
    size: hosts.length,
  })
  it('cluster-split: two lists of members with nobody in both', () => {
    expect(only(states(of(0, 1), of(0, 1), of(2)))).toMatchObject({
      code: 'cluster-split',
      severity: 'critical',
      args: { parts: 2, nodes: 'n1,n2|n3' },
    })
  })
  it('none where a member has come or gone between two answers', () => {
    expect(codes(states(of(0), of(0, 1), of(0, 1, 2)))).toEqual([])
  })
  it('none where the lists are not known', () => {
    expect(codes(states(of(), of(1)))).toEqual([])
  })
  it('none among clusters of other names, and none with a part that is not primary', () => {
    const view = states(of(0), of(1))
    const nodes = view.nodes.map((node, index) => ({
      ...node,
      settings: node.settings && { ...node.settings, clusterName: value(`c${index}`) },
    }))
    expect(codes({ ...view, nodes })).toEqual([])
    expect(codes(states(of(0), { ...of(1), status: 'non-Primary' }))).toEqual(['non-primary'])
  })
})
