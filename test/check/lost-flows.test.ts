import { describe, expect, it } from 'vitest'
import { assemble, type Found } from '../../src/check/assemble.ts'
import type { JudgedFlow } from '../../src/check/judge-flows.ts'
import { lostFlows } from '../../src/check/lost-flows.ts'
import type { Member } from '../../src/check/members.ts'
import { parseOptions } from '../../src/options.ts'
import { summaryLine } from '../../src/report/summary.ts'
import type { Hello } from '../../src/session/messages.ts'
import type { Verdict } from '../../src/verdict.ts'
import { judgedFlow, OPEN } from './judged.ts'

const LOST: Verdict = { status: 'DOWN', reason: 'dropped', blockedAt: 'network', proof: 'witness' }
const ids = (flows: readonly JudgedFlow[]) => lostFlows(flows, ['n1', 'n2']).map(({ id }) => id)

describe('the flows that a cloud may have stopped', () => {
  it('are those lost silently between the hosts', () => {
    expect(lostFlows([judgedFlow(LOST)], ['n1', 'n2'])).toEqual([
      {
        id: 'n1->n2/galera',
        from: 'n1',
        to: 'n2',
        address: '10.99.0.12',
        source: '10.99.0.11',
        sentFrom: null,
        protocol: 'tcp',
        port: 4567,
      },
    ])
  })

  it.each<[string, Verdict]>([
    ['not known', { status: 'UNKNOWN', reason: 'no-answer', blockedAt: null, proof: 'none' }],
    ['open', OPEN],
    ['blocked on the target', { ...LOST, blockedAt: 'target' }],
    ['blocked on the source', { ...LOST, blockedAt: 'source' }],
    ['blocked nobody knows where', { ...LOST, blockedAt: null }],
    ['to a host that is not there', { ...LOST, reason: 'host-absent' }],
    ['rejected by a router', { ...LOST, reason: 'icmp-admin-prohibited' }],
    ['reset by a firewall', { ...LOST, reason: 'tcp-reset-by-firewall' }],
  ])('and none that is %s', (_, verdict) => {
    expect(ids([judgedFlow(verdict)])).toEqual([])
  })

  it.each([null, 'n1', 'fd00::1', 'fe80::1%eth0', '10.99.0.11; id'])('nor one from %j', (sourceAddress) => {
    expect(ids([judgedFlow(LOST, { sourceAddress })])).toEqual([])
  })

  it('tell of an address that the source alone claims', () => {
    const flow = (ownAddress: string | null) => [{ ...judgedFlow(LOST), ownAddress }]
    expect(lostFlows(flow('10.1.1.1'), [])[0]).toMatchObject({ source: '10.99.0.11', sentFrom: '10.1.1.1' })
    for (const own of [null, '10.99.0.11', '\x1b[2J'])
      expect(lostFlows(flow(own), [])[0]?.sentFrom).toBe(null)
  })

  it('are ordered by target, as the nodes are', () => {
    const to = (name: string): JudgedFlow => {
      const flow = judgedFlow(LOST)
      return { ...flow, evidence: { ...flow.evidence, flow: { ...flow.evidence.flow, to: name } } }
    }
    const ordered = lostFlows([to('n3'), to('n1'), to('n2'), to('n3')], ['n1', 'n2', 'n3'])
    expect(ordered.map((flow) => flow.to)).toEqual(['n1', 'n2', 'n3', 'n3'])
  })
})

describe('the report', () => {
  const found = (args: readonly string[], judged: readonly JudgedFlow[]): Found => {
    const parsed = parseOptions(['-n', 'n1=10.99.0.11,n2=10.99.0.12', ...args], '1')
    if (parsed.kind !== 'run') throw new Error(parsed.kind)
    const { options } = parsed
    return {
      version: '1',
      startedAt: 0,
      finishedAt: 0,
      options,
      members: [],
      nodes: new Map(),
      judged,
      gathered: { members: [], nodes: [], surveys: new Map(), surveyed: [], resolved: new Map() },
      inspections: new Map(),
      blackHoles: [],
      roundTrips: null,
      clocks: [],
      pmm: null,
    }
  }
  const fixes = (args: readonly string[], ...verdicts: Verdict[]) =>
    assemble(
      found(
        args,
        verdicts.map((verdict) => judgedFlow(verdict)),
      ),
    ).report.fixes

  it('has the commands of each cloud that was asked for', () => {
    expect(fixes([], LOST)).toEqual([])
    expect(fixes(['--cloud', 'aws,gcp'], OPEN)).toEqual([])
    expect(fixes(['--cloud', 'aws,gcp=db'], LOST)).toMatchObject([
      { node: 'n2', backend: 'cloud', opens: ['n1->n2/galera'], proven: false },
      { node: 'n2', backend: 'cloud', commands: [expect.stringContaining('--network db ')] },
    ])
  })

  it('says so where --cloud has nothing to give', () => {
    const codes = (args: readonly string[], verdict: Verdict) =>
      assemble(found(args, [judgedFlow(verdict)])).report.findings.map(({ code }) => code)
    expect(codes(['--cloud', 'aws'], OPEN)).toEqual(['cloud-not-needed'])
    expect(codes(['--cloud', 'aws'], LOST)).toEqual([])
    expect(codes([], OPEN)).toEqual([])
    expect(codes(['--cloud', 'aws', '-q'], OPEN)).toEqual([])
  })

  it('names the option of a host whose name ssh cannot resolve', () => {
    const failure = { code: 'ssh-name-not-resolved', detail: '' } as const
    const member = { name: 'p', given: 'p', via: 'ssh', isTarget: true, hello: null, failure } as Member
    const { nodes } = assemble({
      ...found([], []),
      members: [
        { ...member, role: 'member' },
        { ...member, name: 'q', role: 'pmm' },
      ],
    }).report
    expect(nodes.map(({ error }) => error?.message.split(' as ')[1])).toEqual([
      '--nodes p=ADDRESS.',
      '--pmm-server q=ADDRESS.',
    ])
  })

  it('opens nothing to a host that only probes', () => {
    const given = found(['--cloud', 'aws'], [judgedFlow(LOST)])
    const prober = {
      name: 'n1',
      given: '',
      via: 'local',
      isTarget: false,
      hello: null,
      failure: null,
    } as Member
    const { report } = assemble({ ...given, members: [prober, { ...prober, name: 'n2', isTarget: true }] })
    expect(report.fixes).toEqual([])
    expect(report.nodes.map(({ name, role }) => [name, role])).toEqual([
      ['n1', 'prober'],
      ['n2', undefined],
    ])
    expect(summaryLine(report)).toContain('1 of 1 flows DOWN from this host to 1 node')
  })

  it('opens no port that is known not to be needed', () => {
    const flow = judgedFlow(LOST)
    const service = { ...flow.evidence.flow.service, need: 'if-multicast' as const }
    const udp = { ...flow, evidence: { ...flow.evidence, flow: { ...flow.evidence.flow, service } } }
    const given = found(['--cloud', 'aws'], [udp])
    expect(assemble(given).report.fixes).toHaveLength(1)
    const running = { sockets: [{ protocol: 'tcp', address: '0.0.0.0', port: 4567 }] } as unknown as Hello
    const member = { name: 'n1', isTarget: true, hello: running, failure: null } as Member
    expect(assemble({ ...given, members: [member] }).report.fixes).toEqual([])
  })
})
