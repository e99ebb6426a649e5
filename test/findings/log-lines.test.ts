import { describe, expect, it } from 'vitest'
import { logFindings } from '../../src/findings/log-lines.ts'
import { clusterView, NON_PRIMARY, recorded, SYNCED } from './log-views.ts'

const told = (view: ReturnType<typeof clusterView>) =>
  logFindings(view).map(({ node, code, args }) => `${node} ${code} ${args.kind} ${args.count}: ${args.flows}`)

const HEALTHY = { n1: recorded('healthy-n1'), n2: recorded('healthy-n2'), n3: recorded('healthy-n3') }

/** A log of a node that had been a member, and then met with what was recorded. */
const later = (name: string) => [...HEALTHY[name.slice(-2) as 'n1' | 'n2' | 'n3'], ...recorded(name)]

describe('a healthy cluster', () => {
  it.each([
    ['as its servers say', {}],
    ['not asked', { n1: null, n2: null, n3: null }],
    ['with a node stopped in order', { n3: 'stopped' }],
    ['with a donor', { n2: { ...SYNCED, state: 'Donor/Desynced' } }],
  ] as const)('has nothing in its logs, %s', (_, states) => {
    expect(told(clusterView({ logs: HEALTHY, states }))).toEqual([])
  })

  it.each([
    'strays-n1',
    'tls-strays-n1',
    'other-group-n1',
    '4444-dropped-n1',
    '4568-dropped-n1',
    'cut-n1',
    'tls-plain-joiner-n1',
  ])('has nothing to tell of what is over: %s', (name) => {
    expect(told(clusterView({ logs: { ...HEALTHY, n1: later(name) } }))).toEqual([])
  })

  it('has nothing to tell of a member that failed, and has joined since', () => {
    const failed = [
      '4567-dropped-n3',
      '4567-rejected-n3',
      '4444-dropped-n3',
      'stray-4568-n3',
      'tls-other-ca-n3',
    ]
    for (const name of failed) {
      const n3 = [...recorded(name), ...HEALTHY.n3]
      expect(told(clusterView({ logs: { ...HEALTHY, n3 } })), name).toEqual([])
      expect(told(clusterView({ logs: { ...HEALTHY, n3 }, states: { n3: null } })), name).toEqual([])
    }
  })
})

describe('a flow that is DOWN', () => {
  const n3Blocked = { 'n3>n1 galera': 'dropped', 'n3>n2 galera': 'dropped' } as const

  it('is named with the lines that speak of it', () => {
    const view = clusterView({
      logs: { n3: recorded('4567-dropped-n3') },
      states: { n3: 'stopped' },
      down: n3Blocked,
    })
    expect(told(view)).toEqual(['n3 log-group-unreachable peer-no-handshake 6: n3-n1-galera,n3-n2-galera'])
    expect(logFindings(view)[0]).toMatchObject({
      severity: 'warning',
      message:
        'its log says 11 times (since 2026-11-24 21:03:46, last at 2026-11-24 21:04:14): no handshake from the peer within gmcast.peer_timeout (10.99.0.11:4567, 10.99.0.12:4567); and the flows n3 -> n1 4567/tcp, n3 -> n2 4567/tcp are DOWN (dropped, no answer at n1). Next: open them as shown, or add --explain n3,n1,galera to this command.',
    })
  })

  it('one way: the node has joined all the same, and its log tells of it', () => {
    const view = clusterView({ logs: { n3: recorded('4567-one-way-n3') }, down: n3Blocked })
    expect(told(view)).toEqual(['n3 log-group-unreachable peer-no-handshake 1: n3-n1-galera,n3-n2-galera'])
  })

  it('is not explained by what an earlier run of the server said', () => {
    const logs = { n3: [...recorded('4567-one-way-n3'), ...HEALTHY.n3] }
    expect(told(clusterView({ logs, down: n3Blocked }))).toEqual([])
  })

  it('between two members: both tell', () => {
    const view = clusterView({
      logs: { n2: recorded('4567-relayed-n2'), n3: recorded('4567-relayed-n3') },
      states: { n3: NON_PRIMARY },
      down: { 'n2>n3 galera': 'dropped', 'n3>n2 galera': 'dropped' },
    })
    expect(told(view).filter((line) => line.includes('unreachable'))).toEqual([
      expect.stringMatching(/^n2 log-group-unreachable peer-no-handshake \d+: n2-n3-galera$/),
      expect.stringMatching(/^n3 log-group-unreachable peer-no-handshake \d+: n3-n2-galera$/),
    ])
  })

  it.each([
    ['4444-dropped-n1', 'n1>n3 sst', 'dropped', 'n1 log-sst-failed sst-timed-out 1: n1-n3-sst'],
    ['4444-rejected-n1', 'n1>n3 sst', 'icmp-host-prohibited', 'n1 log-sst-failed sst-no-route 1: n1-n3-sst'],
    ['4444-refused-n1', 'n1>n3 sst', 'icmp-port-unreachable', 'n1 log-sst-failed sst-refused 1: n1-n3-sst'],
    ['4444-rsync-dropped-n1', 'n1>n3 sst', 'dropped', 'n1 log-sst-failed sst-timed-out 1: n1-n3-sst'],
    ['4568-dropped-n1', 'n1>n3 ist', 'dropped', 'n1 log-ist-failed ist-timed-out 1: n1-n3-ist'],
    ['4568-rejected-n1', 'n1>n3 ist', 'icmp-host-prohibited', 'n1 log-ist-failed ist-no-route 1: n1-n3-ist'],
    ['4568-refused-n1', 'n1>n3 ist', 'icmp-port-unreachable', 'n1 log-ist-failed ist-refused 1: n1-n3-ist'],
  ] as const)('of a transfer, %s', (name, flow, reason, line) => {
    const logs = { n1: later(name), n3: recorded('4444-dropped-n3') }
    expect(told(clusterView({ logs, states: { n3: 'stopped' }, down: { [flow]: reason } }))).toEqual([line])
  })

  it('is not explained by a relay that has ended: each join of a member asks for one', () => {
    const relay = recorded('4567-relayed-n2')
      .filter((line) => line.includes('requesting on'))
      .slice(0, 1)
    const over = relay.map((line) => line.replace(/requesting on.*/, 'requesting off'))
    const down = { 'n2>n3 galera': 'dropped', 'n3>n2 galera': 'dropped' } as const
    const tell = (...lines: readonly string[]) =>
      told(clusterView({ logs: { n2: [...HEALTHY.n2, ...lines] }, down }))
    expect(tell(...relay)).toContainEqual(expect.stringContaining('relay-on'))
    expect(tell(...relay, ...over)).not.toContainEqual(expect.stringContaining('relay-on'))
  })

  it('is not blamed for a line that names nobody and fits it not', () => {
    const logs = { n2: HEALTHY.n2 }
    expect(told(clusterView({ logs, down: { 'n2>n1 galera': 'icmp-port-unreachable' } }))).toEqual([
      'n2 log-group-unreachable connect-refused 1: n2-n1-galera',
    ])
    expect(told(clusterView({ logs, down: { 'n2>n1 galera': 'dropped' } }))).toEqual([])
  })

  it('of another port than the line names is another flow', () => {
    const moved = later('4444-dropped-n1').map((line) => line.replaceAll(':4444', ':14444'))
    const view = clusterView({ logs: { n1: moved }, down: { 'n1>n3 sst': 'dropped' } })
    expect(told(view).filter((line) => line.includes('sst-timed-out'))).toEqual([])
  })
})

describe('a member out of the cluster though every flow is open', () => {
  const out = { n3: 'stopped' } as const

  it.each([
    [
      'TLS there, none here',
      { n1: later('tls-plain-joiner-n1'), n3: recorded('tls-plain-joiner-n3') },
      [
        'n1 log-stray-connection tls-broken-off 9: n3-n1-galera',
        'n3 log-tls-mismatch peer-no-greeting 8: n3-n1-galera',
      ],
    ],
    [
      'TLS here, none there',
      { n1: HEALTHY.n1, n3: recorded('tls-joiner-n3') },
      ['n3 log-tls-mismatch tls-plaintext'],
    ],
    [
      'another CA',
      { n1: later('tls-other-ca-n1'), n3: recorded('tls-other-ca-n3') },
      ['n1 log-tls-mismatch tls-untrusted', 'n3 log-tls-mismatch tls-untrusted'],
    ],
    [
      'another cluster name',
      { n1: later('other-group-n1'), n3: recorded('other-group-n3') },
      ['n1 log-not-admitted other-group', 'n3 log-no-primary never-primary'],
    ],
    [
      'strays',
      { n1: later('strays-n1'), n3: recorded('other-group-n3') },
      ['n1 log-stray-connection stray-silent', 'n3 log-no-primary never-primary'],
    ],
    ['a stray on 4568', { n3: recorded('stray-4568-n3') }, ['n3 log-ist-failed ist-receive-failed 1']],
    [
      'a stray on 4568 with TLS',
      { n3: recorded('tls-stray-4568-n3') },
      ['n3 log-ist-failed ist-receiver-crashed 2'],
    ],
    ['a stray on 4444', { n3: recorded('stray-4444-n3') }, ['n3 log-transfer-failed sst-unrecoverable']],
    ['4568 taken', { n3: recorded('4568-taken-n3') }, ['n3 log-listen-failed ist-listen-failed 1']],
    [
      'an SST that failed, and the block is gone',
      { n1: later('4444-dropped-n1'), n3: recorded('4444-dropped-n3') },
      ['n1 log-sst-failed sst-timed-out 1: n1-n3-sst'],
    ],
  ] as const)('%s', (_, logs, expected) => {
    const lines = told(clusterView({ logs, states: out }))
    expect(lines).toHaveLength(expected.length)
    for (const [index, start] of expected.entries()) expect(lines[index]).toContain(start)
  })

  it('does not take strays for a member whose way is blocked', () => {
    const logs = { n1: later('strays-n1'), n3: recorded('4567-dropped-n3') }
    const lines = told(clusterView({ logs, states: out, down: { 'n3>n1 galera': 'dropped' } }))
    expect(lines).toEqual([expect.stringMatching(/^n3 log-group-unreachable /)])
  })

  it('leaves out what was before the member had joined, and failed anew', () => {
    const joined = '2026-11-24 20:50:00 0 [Note] WSREP: Member 2.0 (n3) synced with group.'
    const logs = { n1: [...later('4444-dropped-n1'), joined], n3: recorded('other-group-n3') }
    expect(told(clusterView({ logs, states: out }))).toEqual([expect.stringMatching(/^n3 log-no-primary /)])
  })

  it('says that the flow is open now, and what else it may be', () => {
    const view = clusterView({
      logs: { n1: later('4444-dropped-n1'), n3: recorded('4444-dropped-n3') },
      states: out,
    })
    expect(logFindings(view)[0]?.message).toMatch(
      /^its log says once .*\(10\.99\.0\.13:4444\)\. But the flow n1 -> n3 4444\/tcp is open now, so it is no block, or no longer\. Next: /,
    )
  })

  it('says what a node without quorum says', () => {
    const lines = told(clusterView({ logs: { n3: later('cut-n3') }, states: { n3: NON_PRIMARY } }))
    expect(lines[0]).toMatch(/^n3 log-group-unreachable peer-no-handshake /)
    expect(lines).toHaveLength(1)
  })

  it('takes a thread that stands still again and again for the cause, not the once of a start', () => {
    const stall =
      '2026-11-24 22:00:00 0 [Warning] WSREP: last inactive check more than PT1.5S ago (PT9S), skipping check'
    const stalls = (count: number) =>
      told(
        clusterView({
          logs: { n3: [...HEALTHY.n3, ...Array<string>(count).fill(stall)] },
          states: { n3: NON_PRIMARY },
        }),
      )
    expect(stalls(2)).toEqual([])
    expect(stalls(3)).toEqual(['n3 log-own-stall own-stall 3: '])
    const starts = Array<string[]>(3).fill(recorded('other-group-n3')).flat()
    expect(told(clusterView({ logs: { n3: starts }, states: out })).join()).not.toContain('own-stall')
  })
})
