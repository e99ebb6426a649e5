import { describe, expect, it } from 'vitest'
import { renderTable, type TableStyle } from '../../src/report/render/table.ts'
import type { Fix, Report, ReportFlow } from '../../src/report/report.ts'
import { FIXTURES, flow, readReport, report } from './reports.ts'

const style: TableStyle = { columns: 80, color: false, ascii: true, quiet: 0, view: 'check' }

const render = (given: Report, part: Partial<TableStyle> = {}) => renderTable(given, { ...style, ...part })

const fix = (part: Partial<Fix> = {}): Fix => ({
  node: 'b',
  backend: 'iptables',
  commands: ['iptables -I INPUT 2 -j ACCEPT'],
  persist: [],
  undo: [],
  opens: ['a->b/galera'],
  proven: true,
  ...part,
})

describe('whole reports', () => {
  it.each(
    FIXTURES.flatMap((name) => [
      [name, '80', { columns: 80, ascii: false }] as const,
      [name, '200', { columns: 200, ascii: false }] as const,
      [name, 'pipe', { columns: 80, ascii: true }] as const,
      [name, 'fix', { columns: 80, ascii: false, view: 'fix' }] as const,
      [name, 'quiet', { columns: 80, ascii: true, quiet: 1 }] as const,
    ]),
  )('%s, %s', async (name, kind, part) => {
    const text = await render(readReport(name), part)
    await expect(text).toMatchFileSnapshot(`rendered/${name}.${kind}.txt`)
  })
})

describe('quiet', () => {
  it('once: nothing while all is well, else all but the matrix', async () => {
    expect(await render(readReport('healthy'), { quiet: 1 })).toBe('')
    expect(await render(readReport('healthy'), { quiet: 1, view: 'fix' })).toBe('')
    const text = await render(readReport('article-blocked'), { quiet: 1 })
    expect(text).not.toContain('from \\ to')
    expect(text).toContain('On n2, as root, paste:\niptables -I INPUT 6 ')
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^CRITICAL: /)
  })

  it.each(FIXTURES)('twice: nothing at all, %s', async (name) => {
    expect(await render(readReport(name), { quiet: 2 })).toBe('')
  })
})

function mesh(names: readonly string[], part: Partial<ReportFlow> = {}): ReportFlow[] {
  return names.flatMap((from) => names.filter((to) => to !== from).map((to) => flow({ from, to, ...part })))
}

describe('the matrix', () => {
  const names = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
  const ok: Partial<Report> = { status: 'OK', exitCode: 0 }

  it('turns when only that fits', async () => {
    const flows = names(12, 'target-').map((to) => flow({ from: 'here', to }))
    const text = await render(report(flows, ok), { columns: 60 })
    expect(text).toMatch(/^4567\/tcp galera\nto \\ from {2}here\ntarget-1 {3}OK\n/)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
  })

  it('becomes a list when it fits neither way', async () => {
    const flows = mesh(names(9, 'node-with-a-long-name-'))
    const one = flows.map((f, index) => (index === 1 ? { ...f, status: 'DOWN' as const } : f))
    const text = await render(report(one, ok), { columns: 80 })
    expect(text.split('\n').slice(0, 8).join('\n')).toBe(`4567/tcp galera
OK: node-with-a-long-name-1 -> node-with-a-long-name-2, node-with-a-long-name-4,
    node-with-a-long-name-5, node-with-a-long-name-6, node-with-a-long-name-7,
    node-with-a-long-name-8, node-with-a-long-name-9
DOWN: node-with-a-long-name-1 -> node-with-a-long-name-3
OK: node-with-a-long-name-2 -> all 8 peers
OK: node-with-a-long-name-3 -> all 8 peers
OK: node-with-a-long-name-4 -> all 8 peers`)
  })

  it('a flow that is not in the report is not shown as open', async () => {
    const [first, ...rest] = mesh(['a', 'b', 'c'])
    expect(first).toBeDefined()
    expect(await render(report(rest, ok))).toContain('a          -   ?   OK\n')
  })

  it('aligns wide characters', async () => {
    const text = await render(report(mesh(['節点', 'b']), ok))
    expect(text).toContain('from \\ to  節点  b\n節点       -     OK\nb          OK    -\n')
  })

  it('200 nodes', async () => {
    const text = await render(report(mesh(names(200, 'n')), ok))
    expect(text.split('\n')).toHaveLength(204)
    expect(text).toContain('OK: n1 -> all 199 peers\n')
  })

  it('services with the same cells share one', async () => {
    const flows = [...mesh(['a', 'b']), ...mesh(['a', 'b'], { service: 'sst', port: 4444 })]
    expect(await render(report(flows, ok))).toMatch(/^4567\/tcp galera, 4444\/tcp sst\n/)
    const udp = mesh(['a', 'b'], { service: 'galera-udp', protocol: 'udp', required: false, status: 'DOWN' })
    expect(await render(report([...flows, ...udp], ok))).toMatch(/\n\n4567\/udp galera-udp \(optional\)\n/)
  })
})

const rule = (part: object = {}) => ({
  node: 'b',
  rule: '-A INPUT -j DROP',
  table: 'filter',
  chain: 'INPUT',
  position: 3,
  ...part,
})
const down: Partial<ReportFlow> = { status: 'DOWN', reason: 'dropped', blockedAt: 'target' }

describe('what is wrong', () => {
  it.each<[string, ReportFlow[], Partial<Report>, string]>([
    [
      'the target, by a rule',
      [flow({ from: 'a', to: 'b', ...down, blockedBy: rule() })],
      {},
      'b is blocked on 4567/tcp from 1 of 1 peer (a) by its own INPUT rule 3: -A INPUT -j DROP\n  Next: Look for a DROP rule',
    ],
    [
      'the target, by its policy',
      [flow({ from: 'a', to: 'b', ...down, blockedBy: rule({ rule: ':INPUT DROP', position: null }) })],
      {},
      'b is blocked on 4567/tcp from 1 of 1 peer (a) by its own INPUT policy: :INPUT DROP\n',
    ],
    [
      'the target, rules not read',
      [flow({ from: 'a', to: 'b', ...down, reason: 'icmp-host-prohibited' })],
      {},
      'b is blocked on 4567/tcp from 1 of 1 peer (a): ICMP host-prohibited.\n  Next: Look for the rule on b that rejects 4567/tcp; with --become',
    ],
    [
      'the source',
      [
        flow({
          from: 'a',
          to: 'b',
          ...down,
          blockedAt: 'source',
          blockedBy: rule({ node: 'a', chain: 'OUTPUT' }),
        }),
        flow({
          from: 'a',
          to: 'c',
          ...down,
          blockedAt: 'source',
          blockedBy: rule({ node: 'a', chain: 'OUTPUT' }),
        }),
      ],
      {},
      'a cannot send on 4567/tcp to 2 of 2 peers (b, c), blocked by its own OUTPUT rule 3: -A INPUT -j DROP\n',
    ],
    [
      'the reply, by the other host',
      [
        flow({
          from: 'a',
          to: 'b',
          ...down,
          blockedAt: 'reply',
          reason: 'reply-lost',
          blockedBy: rule({ node: 'a' }),
        }),
      ],
      {},
      'the answers of b on 4567/tcp do not get back to 1 of 1 peer (a), blocked by the INPUT rule 3 of a: -A INPUT -j DROP\n',
    ],
    [
      'the network',
      [flow({ from: 'a', to: 'b', ...down, blockedAt: 'network' })],
      {},
      'Lost on the way from a to 1 of 1 peer (b): 4567/tcp (dropped, no answer); neither host blocks it.\n  Next: Give the block below',
    ],
    [
      'a host that is not there is not a case for the network team',
      [flow({ from: 'a', to: 'b', ...down, blockedAt: 'network', reason: 'host-absent' })],
      {},
      'b is off or unplugged: nothing answers ARP/neighbour discovery for 10.0.0.9 (seen from a).\n  Next: Look at b itself: power, cable',
    ],
    [
      'no place known',
      [flow({ from: 'a', to: 'b', ...down, blockedAt: null, reason: 'tcp-reset-by-firewall' })],
      {},
      'b is not reached on 4567/tcp from 1 of 1 peer (a): TCP reset by a firewall.\n',
    ],
    [
      'a fix leads to its commands',
      [flow({ from: 'a', to: 'b', ...down })],
      { fixes: [fix()] },
      '\n  Next: Paste the commands for b, below.\n',
    ],
    [
      'a refusal that proves nothing',
      [flow({ from: 'a', to: 'b', status: 'UNKNOWN', reason: 'refused', listening: null })],
      {
        nodes: ['a', 'b'].map((name) => ({
          name,
          address: name,
          via: 'none',
          reachable: name === 'a',
          privileged: false,
        })),
      },
      'UNKNOWN: without commands on b, 1 flow to it cannot be told open from blocked (4567/tcp).\n  Next: Make b reachable for commands.\n',
    ],
    [
      'a finding',
      [flow({ from: 'a', to: 'b' })],
      {
        findings: [
          { code: 'clock-drift', severity: 'warning', node: 'b', args: {}, message: 'The clock is off.' },
        ],
      },
      'WARNING on b: The clock is off. [clock-drift]\n',
    ],
    [
      'a node that is reached and has no Python',
      [flow({ from: 'a', to: 'b' })],
      {
        nodes: [
          {
            name: 'a',
            address: '10.0.0.1',
            via: 'ssh',
            reachable: false,
            privileged: false,
            error: { code: 'python-missing', message: 'no Python was found there; install python3' },
          },
        ],
      },
      'a (10.0.0.1) could not be inspected: no Python was found there; install python3. Flows from it are not probed, flows to it are seen from outside only. [python-missing]\n\n',
    ],
    [
      'a node whose error ends with a parenthesis',
      [flow({ from: 'a', to: 'b' })],
      {
        nodes: [
          {
            name: 'a',
            address: 'a',
            via: 'ssh',
            reachable: false,
            privileged: false,
            error: { code: 'python-missing', message: 'it failed (it said: in name resolution)' },
          },
        ],
      },
      'a could not be inspected: it failed (it said: in name resolution). Flows from it are not probed',
    ],
    [
      'a node behind a prefix',
      [flow({ from: 'a', to: 'b' })],
      {
        nodes: [
          {
            name: 'a',
            address: '10.0.0.1',
            via: 'docker exec -i {name}',
            reachable: false,
            privileged: false,
          },
        ],
      },
      'a (10.0.0.1) could not be inspected. Flows from it are not probed, flows to it are seen from outside only.\n  Next: Try by hand: docker exec -i a true\n',
    ],
  ])('%s', async (_, flows, part, expected) => {
    expect(await render(report(flows, part), { columns: 300 })).toContain(expected)
  })

  it('says nothing untrue when sources are blocked on different ports', async () => {
    const flows = [
      flow({ from: 'a', to: 'c', ...down, blockedBy: rule() }),
      flow({ from: 'b', to: 'c', ...down, blockedBy: rule() }),
      flow({ from: 'b', to: 'c', ...down, blockedBy: rule(), service: 'sst', port: 4444 }),
    ]
    const text = await render(report(flows), { columns: 300 })
    expect(text).toContain('c is blocked on 4567/tcp from 1 of 2 peers (a) ')
    expect(text).toContain('c is blocked on 4567/tcp, 4444/tcp from 1 of 2 peers (b) ')
  })

  it('does not mix causes', async () => {
    const flows = [
      flow({ from: 'a', to: 'c', ...down, blockedBy: rule() }),
      flow({ from: 'b', to: 'c', ...down, blockedBy: rule({ position: 4 }) }),
    ]
    const text = await render(report(flows), { columns: 300 })
    expect(text).toContain('(a) by the INPUT rule 3 of b')
    expect(text).toContain('(b) by the INPUT rule 4 of b')
  })

  it('tells the third rule of iptables from the third of ip6tables', async () => {
    const flows = [
      flow({ from: 'a', to: 'b', ...down, blockedBy: rule() }),
      flow({ from: 'c', to: 'b', ...down, blockedBy: rule({ rule: '-A INPUT -j REJECT' }) }),
    ]
    const text = await render(report(flows), { columns: 300 })
    expect(text).toContain('(a) by its own INPUT rule 3: -A INPUT -j DROP\n')
    expect(text).toContain('(c) by its own INPUT rule 3: -A INPUT -j REJECT\n')
  })

  it('never breaks a rule over two lines', async () => {
    const long = `-A INPUT -m comment --comment "${'x y '.repeat(50)}" -j DROP`
    const text = await render(
      report([flow({ from: 'a', to: 'b', ...down, blockedBy: rule({ rule: long }) })]),
    )
    expect(text).toContain(`\n    ${long}\n`)
  })

  it('lists peers in the order of the nodes, and a policy of native nft in its words', async () => {
    const blockedBy = { node: 'n3', table: 'inet fw', chain: 'input', position: null, rule: ':input DROP' }
    const flows = ['n4', 'n1'].map((from) =>
      flow({ from, to: 'n3', ...down, blockedAt: 'target', blockedBy }),
    )
    const { nodes } = report([flow({ from: 'n1', to: 'n3' }), flow({ from: 'n4', to: 'n1' })])
    expect(await render(report(flows, { nodes }), { columns: 300 })).toContain(
      'from 2 of 2 peers (n1, n4) by its own input policy in inet fw: policy drop',
    )
  })

  it('lists few of many names', async () => {
    const flows = Array.from({ length: 30 }, (_, index) => flow({ from: `s${index}`, to: 'b', ...down }))
    expect(await render(report(flows), { columns: 300 })).toContain(
      'from 30 of 30 peers (s0, s1, s2, s3, s4, s5, s6, s7 and 22 more)',
    )
  })
})

describe('what to paste', () => {
  const blocked = [flow({ from: 'a', to: 'b', ...down })]

  it('a pasted block opens and keeps: all that is not to be run is a comment', async () => {
    const given = fix({
      persist: ['netfilter-persistent save'],
      undo: ['iptables -D INPUT 2'],
      note: 'See x; y.',
    })
    expect(await render(report(blocked, { fixes: [given] }), { view: 'fix' })).toBe(`On b, as root, paste:
iptables -I INPUT 2 -j ACCEPT
# To keep it over a reboot:
netfilter-persistent save
# To undo:
# iptables -D INPUT 2
# Proven on the rules of b: this opens 1 flow and changes the fate of no other
#   packet.
# Note: See x; y.

CRITICAL: 1 of 1 flows DOWN between 2 nodes (1 required)
`)
  })

  it('says before the commands when they are not proven', async () => {
    const text = await render(report(blocked, { fixes: [fix({ proven: false })] }), { view: 'fix' })
    expect(text).toContain('On b, as root, paste (not proven, see below):\niptables')
    expect(text).toContain('# Not proven on the rules of b: this is meant to open 1 flow.')
  })

  it('cloud commands do not belong on the node', async () => {
    const text = await render(
      report(blocked, { fixes: [fix({ backend: 'cloud', commands: ['aws ec2 x'] })] }),
    )
    expect(text).toContain("For b, where the cloud's command line is set up, paste:\naws ec2 x\n")
  })

  it('a fix without commands says why', async () => {
    const none = fix({ backend: 'none', commands: [], note: 'The chain belongs to Docker.' })
    const text = await render(report(blocked, { fixes: [none] }))
    expect(text).toContain('For b there is nothing to paste: The chain belongs to Docker.')
    expect(text).not.toContain('Paste the commands')
  })

  it('for one node only', async () => {
    const flows = [...blocked, flow({ from: 'b', to: 'a', ...down })]
    const fixes = [fix(), fix({ node: 'a', opens: ['b->a/galera'], commands: ['nft x'], backend: 'nft' })]
    const text = await render(report(flows, { fixes }), { view: 'fix', node: 'a' })
    expect(text).toContain('On a, as root, paste:\nnft x\n')
    expect(text).not.toContain('On b')
    expect(await render(report(flows, { fixes: [] }), { view: 'fix', node: 'a' })).toContain(
      'Nothing to paste on a.\n',
    )
  })

  it('the fix view still tells what no command opens', async () => {
    const flows = [...blocked, flow({ from: 'b', to: 'a', ...down, blockedAt: 'network' })]
    const text = await render(report(flows, { fixes: [fix()] }), { view: 'fix' })
    expect(text).not.toContain('b is blocked')
    expect(text).toContain('Lost on the way from b')
    expect(text).toContain('For the network team')
  })
})

describe('a run that could not be made', () => {
  it('is its message', async () => {
    const error = { code: 'no-nodes', message: 'No nodes are given.' }
    expect(await render(report([], { status: 'UNKNOWN', error }))).toBe('UNKNOWN: No nodes are given.\n')
    expect(await render(report([], { status: 'UNKNOWN', error }), { view: 'fix' })).toBe(
      'UNKNOWN: No nodes are given.\n',
    )
  })
})
