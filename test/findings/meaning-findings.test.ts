import { describe, expect, it } from 'vitest'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { meaningFindings } from '../../src/findings/meaning-findings.ts'
import type { NodeSettings } from '../../src/galera/node-settings.ts'
import type { Finding } from '../../src/report/report.ts'
import { cluster, settings, value, withBlocked, withFlows } from './view.ts'

const codes = (view: ClusterView) => meaningFindings(view).map(({ code }) => code)
function only(view: ClusterView): Finding {
  const findings = meaningFindings(view)
  expect(findings.map(({ code }) => code)).toHaveLength(1)
  return findings[0] as Finding
}
const every = (view: ClusterView, pick: (from: string, to: string, service: string) => boolean) =>
  view.flows.filter(({ from, to, service }) => pick(from, to, service)).map(({ id }) => id)
/** All nodes with these settings. */
const all = (size: number, more: Partial<NodeSettings>, weights: readonly number[] = []) =>
  cluster(
    size,
    Array.from({ length: size }, (_, index) => ({
      settings: settings(index, size, { weight: value(weights[index] ?? 1), ...more }),
    })),
  )
const STANDS = { observations: [{ kind: 'established', connections: 1 }] } as const

it.each([1, 2, 3, 30])('a healthy cluster of %d gives nothing', (size) => {
  expect(meaningFindings(cluster(size))).toEqual([])
})

it('what could not be told is not counted as blocked', () => {
  const view = cluster(3)
  const unknown = { status: 'UNKNOWN', reason: 'no-answer', proof: 'none' } as const
  expect(
    meaningFindings(
      withFlows(
        view,
        every(view, () => true),
        unknown,
      ),
    ),
  ).toEqual([])
  expect(meaningFindings({ ...view, flows: [] })).toEqual([])
})

describe('a host that does not answer for its link address', () => {
  const absent = { status: 'DOWN', reason: 'host-absent', blockedAt: 'network' } as const
  const lost = (view: ClusterView) =>
    withFlows(
      view,
      every(view, (from, to) => from === 'n3' || to === 'n3'),
      absent,
    )
  it('is switched off, where nobody could log in to it', () => {
    const view = lost(cluster(3, [{}, {}, { hello: null }]))
    const fromThere = every(view, (from) => from === 'n3')
    const unknown = { status: 'UNKNOWN', reason: 'source-unreachable', blockedAt: null } as const
    expect(meaningFindings(withFlows(view, fromThere, unknown))).toEqual([])
  })
  it('is cut off, where it is known to be there', () => {
    const findings = codes(lost(cluster(3)))
    expect(findings).toContain('no-donor')
    expect(findings).toContain('partition')
  })
})

describe('no-donor', () => {
  it('4568 alone takes the SST too', () => {
    expect(only(withBlocked(cluster(3), 'n1->n3/ist', 'n2->n3/ist'))).toEqual({
      code: 'no-donor',
      severity: 'critical',
      node: 'n3',
      args: { joiners: 'n3', ports: '4568/tcp', flows: 2 },
      message:
        'n3 cannot get a full SST from any node: 4568/tcp n1→n3, n2→n3 blocked; a full SST would transfer the data and then fail. ' +
        'There is no IST either, after however short an absence. It is Synced, and finds out at its next start. ' +
        'Next: open what is blocked ("pxc-netcheck fix" prints the commands); until then, do not restart n3.',
    })
  })
  it('4444: IST still works', () => {
    const { message } = only(withBlocked(cluster(3), 'n1->n3/sst', 'n2->n3/sst'))
    expect(message).toContain('4444/tcp n1→n3, n2→n3 blocked; whichever donor is chosen, the transfer fails')
    expect(message).toContain('By IST from n1, n2 a short absence is still made up for.')
  })
  it('from one on one port, from the other on another', () => {
    const { message } = only(withBlocked(cluster(3), 'n1->n3/sst', 'n2->n3/ist'))
    expect(message).toContain('4444/tcp n1→n3 blocked, 4568/tcp n2→n3 blocked; whichever donor')
    expect(message).toContain('By IST from n1 a')
  })
  it('in Galera 3 an SST needs no 4568', () => {
    expect(codes(withBlocked(all(3, { galeraVersion: '25.3.37' }), 'n1->n3/ist', 'n2->n3/ist'))).toEqual([
      'ist-impossible',
    ])
    expect(codes(withBlocked(all(3, { galeraVersion: '3.45' }), 'n1->n3/sst', 'n2->n3/sst'))).toEqual([
      'no-donor',
    ])
  })
  it('with clone, the joiner dials too', () => {
    const clone = all(3, { sstMethod: value('clone') })
    expect(codes(withBlocked(clone, 'n3->n1/mysql', 'n3->n2/mysql'))).toEqual(['no-donor'])
    expect(codes(withBlocked(clone, 'n1->n3/mysql', 'n2->n3/mysql'))).toEqual(['sst-impossible'])
    expect(codes(withBlocked(cluster(3), 'n3->n1/mysql', 'n3->n2/mysql'))).toEqual([])
  })
  it('with mysqldump, the donor dials the joiner as a client', () => {
    const dump = all(3, { sstMethod: value('mysqldump') })
    expect(codes(withBlocked(dump, 'n1->n3/mysql', 'n2->n3/mysql'))).toEqual(['no-donor'])
    expect(codes(withBlocked(dump, 'n1->n3/sst', 'n2->n3/sst'))).toEqual([])
  })
  it('an arbitrator is no donor', () => {
    const view = cluster(3, [{}, {}, { settings: settings(2, 3, { flavour: 'garbd' }) }])
    expect(only(withBlocked(view, 'n1->n2/sst'))).toMatchObject({ code: 'no-donor', node: 'n2' })
  })
  it('settings that are not known are taken for those by default', () => {
    const unknown = { settings: null }
    expect(codes(withBlocked(cluster(3, [unknown, unknown, unknown]), 'n1->n3/ist', 'n2->n3/ist'))).toEqual([
      'no-donor',
    ])
  })
  it('of several joiners, for each donor what stops it', () => {
    const view = withBlocked(
      cluster(4),
      ...['n1->n3/sst', 'n2->n3/ist', 'n4->n3/ist', 'n1->n4/sst', 'n2->n4/ist', 'n3->n4/ist'],
    )
    expect(only(view).message).toContain(
      'n3, n4 cannot get a full SST from any node: 4444/tcp n1→n3, n1→n4 blocked, 4568/tcp n2→n3, n4→n3, n2→n4, n3→n4 blocked; whichever',
    )
  })
  it('thirty nodes in one finding, that can be read', () => {
    const view = cluster(30)
    const finding = only(withBlocked(view, ...every(view, (_f, _t, service) => service === 'ist')))
    expect(finding.message).toContain(
      'n8 and 22 more cannot get a full SST from any node: 4568/tcp is blocked to each of them from every other node; a full SST would',
    )
    expect(finding.message.length).toBeLessThan(700)
    expect(finding.args).toMatchObject({ flows: 870, ports: '4568/tcp' })
  })
  it('is not said while one donor could not be judged', () => {
    const view = withBlocked(cluster(3), 'n1->n3/ist')
    const { code, message } = only(
      withFlows(view, ['n2->n3/sst'], { status: 'UNKNOWN', reason: 'no-answer' }),
    )
    expect(code).toBe('sst-impossible')
    expect(message).toContain('Whether anybody else can give one to n3 could not be told.')
    expect(message).not.toContain('wsrep_sst_donor')
  })
})

describe('sst-impossible', () => {
  it('the pairs, and who can instead', () => {
    expect(only(withBlocked(cluster(3), 'n1->n3/ist', 'n1->n2/ist', 'n3->n1/sst'))).toMatchObject({
      code: 'sst-impossible',
      severity: 'warning',
      args: { pairs: 3, joiners: 'n1,n2,n3' },
      message:
        'some donors cannot give a full SST to some joiners, and a join fails where the cluster chooses one of them: n1 not from n3 (4444/tcp); n2, n3 not from n1 (4568/tcp). ' +
        'Next: open what is blocked ("pxc-netcheck fix" prints the commands), and until then name one that can in the wsrep_sst_donor of the joiner.',
    })
  })
  it('a large packet that dies takes the transfer with it', () => {
    const view = withFlows(cluster(3), ['n1->n3/sst'], {
      status: 'DOWN',
      reason: 'payload-lost',
      blockedAt: 'network',
    })
    expect(codes(view)).toEqual(['sst-impossible'])
  })
  it('thirty nodes', () => {
    const view = cluster(30)
    const { message } = only(
      withBlocked(
        view,
        ...every(view, (f, t, s) => s === 'sst' && Number(f.slice(1)) % 2 > 0 && Number(t.slice(1)) % 3 > 0),
      ),
    )
    expect(message.length).toBeLessThan(1500)
  })
})

describe('ist-impossible', () => {
  const skip = { sstMethod: value('skip') }
  it('without SST it is the only way in', () => {
    expect(only(withBlocked(all(3, skip), 'n1->n3/ist', 'n2->n3/ist'))).toMatchObject({
      severity: 'critical',
      message: expect.stringContaining('so n3 cannot join at all'),
    })
    expect(only(withBlocked(all(3, skip), 'n1->n3/ist')).severity).toBe('warning')
    expect(codes(withBlocked(all(3, skip), 'n1->n3/sst', 'n2->n3/sst'))).toEqual([])
  })
  it('in Galera 3 the data are taken anew', () => {
    expect(only(withBlocked(all(3, { galeraVersion: '25.3.37' }), 'n1->n3/ist', 'n2->n3/ist')).message).toBe(
      'IST is blocked: n3 not from n1, n2. After however short an absence, n3 takes all data anew, by SST. Next: open what is blocked ("pxc-netcheck fix" prints the commands).',
    )
  })
})

describe('link-one-way', () => {
  it('is seen by nobody', () => {
    expect(only(withBlocked(cluster(3), 'n1->n3/galera'))).toMatchObject({
      code: 'link-one-way',
      severity: 'info',
      message: expect.stringContaining('4567/tcp is blocked in one direction: n1→n3.'),
    })
  })
  it('nothing of UDP', () => {
    expect(codes(withBlocked(cluster(3), 'n1->n3/galera-udp', 'n3->n1/galera-udp'))).toEqual([])
  })
})

describe('link-relayed', () => {
  it('who relays, and whose loss takes the others apart', () => {
    expect(only(withBlocked(cluster(3), 'n1->n3/galera', 'n3->n1/galera'))).toMatchObject({
      code: 'link-relayed',
      severity: 'warning',
      args: { pairs: 1, cutNodes: 'n2' },
      message:
        '4567/tcp is blocked in both directions between members, so their traffic has to go by others: n1–n3 (relayed by n2). ' +
        'Without n2, the others fall apart: n1 | n3. Next: open it in one direction at least ("pxc-netcheck fix" prints the commands).',
    })
  })
  it('nobody is cut where two can relay', () => {
    const finding = only(withBlocked(cluster(4), 'n1->n3/galera', 'n3->n1/galera'))
    expect(finding).toMatchObject({ args: { cutNodes: '' } })
    expect(finding.message).toContain('(relayed by n2, n4)')
    expect(finding.message).not.toContain('Without')
  })
  it('what still stands is said', () => {
    const view = withFlows(
      withBlocked(cluster(3), 'n1->n3/galera', 'n3->n1/galera'),
      ['n3->n1/galera'],
      STANDS,
    )
    expect(only(view).message).toContain(
      'Connections from before still carry n1–n3; once they break, they are not made anew.',
    )
  })
  it('a chain is relayed but once', () => {
    const view = cluster(4)
    const near = (a: string, b: string) => Math.abs(Number(a.slice(1)) - Number(b.slice(1))) === 1
    const chain = withBlocked(
      view,
      ...every(view, (from, to, service) => service === 'galera' && !near(from, to)),
    )
    const { message } = only(chain)
    expect(message).toContain('n1–n4 (nobody is linked to both')
    expect(message).toContain('Without any one of n2, n3, the others fall apart.')
  })
  it('nothing where one direction could not be told', () => {
    const view = withFlows(withBlocked(cluster(3), 'n1->n3/galera'), ['n3->n1/galera'], {
      status: 'UNKNOWN',
      reason: 'no-answer',
    })
    expect(codes(view)).toEqual([])
  })
  it('large packets that die leave the link', () => {
    const lost = { status: 'DOWN', reason: 'payload-lost', blockedAt: 'network' } as const
    expect(codes(withFlows(cluster(3), ['n1->n3/galera', 'n3->n1/galera'], lost))).toEqual([])
  })
})

describe('partition', () => {
  const cutOff = (view: ClusterView, ...names: string[]) =>
    withBlocked(
      view,
      ...every(
        view,
        (from, to, service) => service === 'galera' && names.includes(from) !== names.includes(to),
      ),
    )
  it('who keeps the primary component', () => {
    expect(only(cutOff(cluster(3), 'n3'))).toEqual({
      code: 'partition',
      severity: 'critical',
      args: { parts: 'n1,n2|n3', keeps: 'n1,n2', loses: 'n3' },
      message:
        '4567/tcp is blocked in both directions between 2 parts of the cluster: n1, n2 | n3. ' +
        'Once apart, they do not come together: n1, n2 keep the primary component (weight 2 of 3), and n3 loses it. ' +
        'Next: open it between them in one direction at least ("pxc-netcheck fix" prints the commands), before any node is restarted.',
    })
  })
  it('two halves: nobody', () => {
    const { args, message } = only(cutOff(cluster(4), 'n3', 'n4'))
    expect(args).toMatchObject({ keeps: '', loses: 'n1,n2,n3,n4' })
    expect(message).toContain(
      'no part has more than half of the weight (4), so nobody keeps the primary component',
    )
  })
  it('by weight', () => {
    expect(only(cutOff(all(3, {}, [1, 1, 3]), 'n3')).args).toMatchObject({ keeps: 'n3', loses: 'n1,n2' })
    expect(only(cutOff(all(3, {}, [1, 1, 2]), 'n3')).args).toMatchObject({ keeps: '' })
    expect(only(cutOff(all(2, {}, [0, 0]), 'n2')).args).toMatchObject({ keeps: '' })
  })
  it('an arbitrator has its say', () => {
    const view = cluster(3, [{}, {}, { settings: settings(2, 3, { flavour: 'garbd' }) }])
    expect(only(cutOff(view, 'n1')).args).toMatchObject({ parts: 'n1|n2,n3', keeps: 'n2,n3', loses: 'n1' })
  })
  it('connections from before hold it together', () => {
    const view = withFlows(cutOff(cluster(3), 'n3'), ['n3->n1/galera'], STANDS)
    expect(only(view).message).toContain(
      'Today it still runs, because connections from before stand (n1–n3); if they break, or at the next restart, n1, n2 keep',
    )
  })
  it('the rest is not said to hold where that could not be told', () => {
    const view = withFlows(cutOff(cluster(3), 'n3'), ['n1->n2/galera', 'n2->n1/galera'], {
      status: 'UNKNOWN',
      reason: 'no-answer',
    })
    const { args, message } = only(view)
    expect(args).toMatchObject({ keeps: '', loses: 'n3' })
    expect(message).toContain(
      'n1, n2 keep the primary component (weight 2 of 3), if they reach one another, which could not be told, and n3 loses it',
    )
  })
  it('is not said of a cluster with members that the run does not know', () => {
    const view = cluster(
      3,
      [0, 1, 2].map((index) => ({ settings: settings(index, 4) })),
    )
    expect(codes(cutOff(view, 'n3'))).toEqual([])
  })
  it('thirty nodes, each for itself', () => {
    const view = cluster(30)
    const finding = only(withBlocked(view, ...every(view, (_f, _t, service) => service === 'galera')))
    expect(finding.message).toContain('between 30 parts')
    expect(finding.message.length).toBeLessThan(700)
  })
})
