import { describe, expect, it } from 'vitest'
import { blockedNotes } from '../../src/report/render/blocked.ts'
import type { Note } from '../../src/report/render/note.ts'
import { notInspectedNotes, unknownNotes, unreachableNote } from '../../src/report/render/undecided.ts'
import type { Report, ReportFlow, ReportNode } from '../../src/report/report.ts'
import { flow, report } from './reports.ts'

const NAMES = ['n1', 'n2', 'n3'] as const
const live: Partial<ReportFlow> = { status: 'UNKNOWN', reason: 'live-service', proof: 'none' }
const absent: Partial<ReportFlow> = {
  status: 'DOWN',
  reason: 'host-absent',
  blockedAt: 'network',
  listening: null,
}

/** All pairs of three, each flow as `of` says. */
function mesh(of: (from: string, to: string) => Partial<ReportFlow>): ReportFlow[] {
  return NAMES.flatMap((from) =>
    NAMES.filter((to) => to !== from).map((to) =>
      flow({ from, to, address: `10.99.0.1${to.slice(1)}`, ...of(from, to) }),
    ),
  )
}

function withNodes(flows: readonly ReportFlow[], change: (name: string) => Partial<ReportNode>): Report {
  const given = report(flows)
  const nodes = given.nodes.map((node) => ({
    ...node,
    address: `10.99.0.1${node.name.slice(1)}`,
    ...change(node.name),
  }))
  return { ...given, nodes }
}

const unreached: Partial<ReportNode> = {
  reachable: false,
  privileged: false,
  error: { code: 'ssh-no-route', message: 'ssh found no way to n2.' },
}
const unknown = (given: Report) =>
  unknownNotes(
    given.flows.filter((f) => f.status === 'UNKNOWN'),
    given,
  )
const down = (given: Report) => given.flows.filter((f) => f.status === 'DOWN')
const all = (notes: readonly Note[]) => notes.map(({ text, next }) => `${text} Next: ${next}`).join('\n')

describe('what could not be told', () => {
  const healthy = [
    ...mesh(() => live),
    ...mesh(() => ({ ...live, service: 'sst', port: 4444, listening: false })),
    ...mesh(() => ({
      ...live,
      reason: 'no-answer',
      service: 'galera-udp',
      protocol: 'udp',
      listening: false,
    })),
  ]

  it('a live cluster without root is one paragraph, and no node in it is called out of reach', () => {
    expect(unknown(withNodes(healthy, () => ({ privileged: false })))).toEqual([
      {
        text: 'UNKNOWN: without root on n1, n2, n3, 18 flows to live services cannot be told open from blocked (4567/tcp, 4444/tcp, 4567/udp).',
        next: 'Add --become (sudo -n); or --galera-tls no for a 4567/tcp without TLS.',
      },
    ])
  })

  it('names only the nodes that lack root', () => {
    const given = withNodes(
      healthy.filter(({ from, to }) => from === 'n3' || to === 'n3'),
      (name) => ({ privileged: name !== 'n3' }),
    )
    expect(all(unknown(given))).toContain('without root on n3, 12 flows')
  })

  it('an account is for a live 3306', () => {
    const flows = mesh(() => ({ ...live, service: 'mysql', port: 3306 }))
    expect(unknown(withNodes(flows, () => ({ privileged: false })))[0]?.next).toBe(
      'Add --become (sudo -n); or --mysql-defaults-file FILE for 3306/tcp.',
    )
  })

  it('one flow without its nodes is told by what it says itself', () => {
    const [first] = healthy
    expect(unknownNotes(first ? [first] : [])[0]?.text).toBe(
      'UNKNOWN: without root, 1 flow to live services cannot be told open from blocked (4567/tcp).',
    )
  })

  it('a node that is not reached is to be made so, in one paragraph for all ports', () => {
    const flows = [
      ...mesh((from, to) =>
        from === 'n3'
          ? { ...live, reason: 'source-unreachable' }
          : to === 'n3'
            ? { ...live, reason: 'target-not-inspected', listening: null, service: 'sst', port: 4444 }
            : {},
      ),
      ...mesh((_, to) => (to === 'n3' ? { ...live, reason: 'no-answer', protocol: 'udp' } : {})),
    ]
    expect(unknown(withNodes(flows, (name) => (name === 'n3' ? unreached : {})))).toEqual([
      {
        text: 'UNKNOWN: without commands on n3, 4 flows to it cannot be told open from blocked (4444/tcp, 4567/udp).',
        next: 'Make n3 reachable for commands; or allow connects to 4444/tcp with --allow-connect while no state transfer runs.',
      },
    ])
  })

  it('the way that a PMM server would send is still told where nobody said that it is not inspected', () => {
    const given = withNodes(
      mesh((from) => (from === 'n3' ? { ...live, reason: 'source-unreachable' } : {})),
      (name) => (name === 'n3' ? { ...unreached, role: 'pmm' } : {}),
    )
    expect(all(unknown(given))).toContain('n3 could not be inspected')
  })
})

describe('a host that is not there', () => {
  const cut = mesh((from, to) =>
    to === 'n2' ? absent : from === 'n2' ? { ...live, reason: 'source-unreachable' } : {},
  )

  it('is one statement with its error', () => {
    const given = withNodes(cut, (name) => (name === 'n2' ? unreached : {}))
    expect(blockedNotes(down(given), given)).toEqual([
      {
        text: 'n2 is off or unplugged: nothing answers ARP/neighbour discovery for 10.99.0.12 (seen from n1, n3). So it could not be inspected. [ssh-no-route]',
        next: 'Look at n2 itself: power, cable, interface, and whether 10.99.0.12 is its address.',
      },
    ])
    expect(notInspectedNotes(given, down(given))).toEqual([])
    expect(unknown(given)).toEqual([])
  })

  it('what it does not see itself is not told of the others', () => {
    const flows = mesh((from, to) =>
      to === 'n2'
        ? absent
        : from === 'n2'
          ? { ...absent, ...(to === 'n3' && { reason: 'no-route' as const }) }
          : {},
    )
    const given = withNodes(flows, () => ({}))
    const text = all(blockedNotes(down(given), given))
    expect(text).toMatch(/^n2 is off or unplugged: .*\(seen from n1, n3\)\. Next: Look at n2 itself/)
    expect(text.split('\n')).toHaveLength(1)
  })

  it('is not off where somebody reaches it', () => {
    const given = withNodes(
      mesh((from, to) => (from === 'n1' && to === 'n2' ? absent : {})),
      () => ({}),
    )
    expect(all(blockedNotes(down(given), given))).toBe(
      'n2 is not reached on 4567/tcp from 1 of 2 peers (n1): host absent. Next: Check that n2 is up and has this address, and the network of n1: netmask, VLAN, bridge.',
    )
  })

  it('is not told where each misses each: then it is what is between them', () => {
    const given = withNodes(
      mesh(() => absent),
      () => ({}),
    )
    expect(blockedNotes(down(given), given)).toEqual([
      {
        text: 'n1, n2, n3 do not find each other: nothing answers their ARP/neighbour discovery.',
        next: 'Look at what is between them: switch, VLAN, bridge; then at the interface and the netmask of each.',
      },
    ])
  })
})

describe('a node that could not be inspected', () => {
  const [node] = report([flow({ from: '10.99.0.112', to: 'b' })]).nodes

  it('has its address once and its code last', () => {
    if (node === undefined) throw new Error('no node')
    const error = { code: 'prefix-failed', message: 'the command failed.' }
    expect(
      unreachableNote({ ...node, address: '10.99.0.112', reachable: false, via: 'none', error }).text,
    ).toBe(
      '10.99.0.112 could not be inspected: the command failed. Flows from it are not probed, flows to it are seen from outside only. [prefix-failed]',
    )
  })
})
