import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReportFlow } from '../../src/report/report.ts'
import { articleRuleset } from '../lab/article.ts'
import { connect } from '../lab/connect.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { check as run } from './report.ts'

const NODES = ['n1', 'n2', 'n3'] as const
const BY_SSH = ['--nodes', 'n1,n2,n3']
const BY_PREFIX = ['--nodes', 'n1=10.99.0.11,n2=10.99.0.12,n3=10.99.0.13', '--via', 'ip netns exec {name}']
const SHUT = ['galera', 'ist', 'sst', 'galera-udp']

interface Variant {
  readonly name: string
  readonly rules: string
  /** What the blocking rule must look like. */
  readonly rule: RegExp
  readonly position: number | null
  readonly reasonTcp: string
  readonly reasonUdp?: string
  readonly blockedAt?: 'target' | 'source'
  /** Services whose flows are blocked. */
  readonly shut?: readonly string[]
}

const HEAD = `:INPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 3306 -j ACCEPT
`
const ruleset = (...lines: string[]) => `*filter\n${lines.join('\n')}\nCOMMIT\n`

const VARIANTS: readonly Variant[] = [
  {
    name: "the article's first listing, icmp-host-prohibited",
    rules: articleRuleset({ rejectWith: 'icmp-host-prohibited' }),
    rule: /^-A INPUT -j REJECT --reject-with icmp-host-prohibited$/,
    position: 6,
    reasonTcp: 'icmp-host-prohibited',
  },
  {
    name: "the article's second listing, icmp-port-unreachable",
    rules: articleRuleset({ rejectWith: 'icmp-port-unreachable' }),
    rule: /^-A INPUT -j REJECT --reject-with icmp-port-unreachable$/,
    position: 6,
    reasonTcp: 'icmp-port-unreachable',
  },
  {
    name: 'DROP',
    rules: ruleset(`${HEAD}-A INPUT -j DROP`),
    rule: /^-A INPUT -j DROP$/,
    position: 6,
    reasonTcp: 'dropped',
  },
  {
    name: 'policy DROP',
    rules: ruleset(HEAD.replace(':INPUT ACCEPT', ':INPUT DROP').trimEnd()),
    rule: /^:INPUT DROP$/,
    position: null,
    reasonTcp: 'dropped',
  },
  {
    name: 'tcp-reset',
    rules: ruleset(`${HEAD}-A INPUT -p tcp -j REJECT --reject-with tcp-reset`, '-A INPUT -p udp -j DROP'),
    rule: /^-A INPUT -p (tcp -j REJECT --reject-with tcp-reset|udp -j DROP)$/,
    position: 6,
    reasonTcp: 'tcp-reset-by-firewall',
    reasonUdp: 'dropped',
  },
  {
    name: 'a user chain',
    rules: ruleset(
      ':CLUSTER - [0:0]',
      `${HEAD}-A INPUT -j CLUSTER`,
      '-A CLUSTER -s 192.0.2.0/24 -j RETURN',
      '-A CLUSTER -j REJECT',
    ),
    rule: /^-A CLUSTER -j REJECT --reject-with icmp-port-unreachable$/,
    position: 2,
    reasonTcp: 'icmp-port-unreachable',
  },
  {
    name: 'a LOG rule before the REJECT',
    rules: ruleset(
      `${HEAD}-A INPUT -m limit --limit 5/min -j LOG --log-prefix "in: "`,
      '-A INPUT -j REJECT --reject-with icmp-host-prohibited',
    ),
    rule: /^-A INPUT -j REJECT --reject-with icmp-host-prohibited$/,
    position: 7,
    reasonTcp: 'icmp-host-prohibited',
  },
  {
    name: 'an OUTPUT chain on the source',
    rules: ruleset(
      '-A OUTPUT -m state --state RELATED,ESTABLISHED -j ACCEPT',
      '-A OUTPUT -o lo -j ACCEPT',
      '-A OUTPUT -p tcp -m tcp --dport 3306 -j ACCEPT',
      '-A OUTPUT -p tcp -m multiport --dports 4444,4567,4568 -j DROP',
      '-A OUTPUT -p udp -m udp --dport 4567 -j DROP',
    ),
    rule: /^-A OUTPUT .* -j DROP$/,
    position: 4,
    reasonTcp: 'send-not-permitted',
    blockedAt: 'source',
  },
]

/** Shorter than the default: what is dropped here is dropped for ever. */
const check = (lab: Lab, args: readonly string[]) => run(lab, [...args, '--timeout', '1.5'])

const ofService = (flows: readonly ReportFlow[], services: readonly string[]) =>
  flows.filter(({ service }) => services.includes(service))

describeLab('the article', ['ssh', 'iptables'], () => {
  let lab: Lab
  // A lab each: a node remembers how many ICMP errors it has sent to a peer, and has 6 and then one a second.
  beforeEach(async () => {
    lab = await createLab({ ssh: true, stranger: true })
  })
  afterEach(async () => {
    await lab?.close()
  })

  describe.each([
    ['over ssh', BY_SSH],
    ['through an exec prefix', BY_PREFIX],
  ] as const)('%s', (_how, args) => {
    it.each(VARIANTS)('$name: blocked, pasted, open, undone', async (variant) => {
      const { rules, rule, position, reasonTcp, blockedAt = 'target' } = variant
      await Promise.all(NODES.map((node) => lab.iptables(node, rules)))
      const before = await Promise.all(NODES.map((node) => lab.iptablesSave(node)))

      // Blocked: all six directions, at the right place, by the right rule.
      const blocked = await check(lab, args)
      expect(blocked.code).toBe(2)
      expect(blocked.report.status).toBe('CRITICAL')
      const shut = ofService(blocked.report.flows, SHUT)
      expect(shut).toHaveLength(6 * SHUT.length)
      for (const flow of shut) {
        const reason = flow.protocol === 'udp' ? (variant.reasonUdp ?? reasonTcp) : reasonTcp
        expect(flow).toMatchObject({ status: 'DOWN', blockedAt, reason })
        expect(flow.blockedBy?.rule).toMatch(rule)
        expect(flow.blockedBy?.node).toBe(blockedAt === 'target' ? flow.to : flow.from)
        if (flow.protocol === 'tcp') expect(flow.blockedBy?.position).toBe(position)
      }
      for (const flow of ofService(blocked.report.flows, ['mysql'])) expect(flow.status).toBe('CLOSED')

      // Pasted, verbatim and in order.
      const { fixes } = blocked.report
      expect(fixes.map(({ node, backend, proven }) => [node, backend, proven])).toEqual(
        NODES.map((node) => [node, 'iptables', true]),
      )
      expect(fixes.flatMap(({ opens }) => opens).toSorted()).toEqual(shut.map(({ id }) => id).toSorted())
      for (const { node, commands } of fixes) {
        const { code, stderr } = await lab.exec(node, ['sh', '-e', '-c', commands.join('\n')])
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      }

      // Open, and for the members only.
      const open = await check(lab, args)
      expect(open.code).toBe(0)
      expect(open.report.flows.filter(({ status }) => status === 'DOWN' || status === 'UNKNOWN')).toEqual([])
      if (blockedAt === 'target') {
        for (const port of [4567, 4568, 4444]) {
          // Refused by the REJECT (113, 111) or dropped (110, given up by the client): never connected, never a RST of
          // the port itself, which tells nothing here, so the rules are asked too.
          expect(await firstRuleFor(lab, 'n2', port)).not.toMatch(/10\.99\.0\.200/)
        }
        if (reasonTcp.startsWith('icmp')) {
          const errno = reasonTcp === 'icmp-host-prohibited' ? '113' : '111'
          expect(await connect(lab, 'stranger', '10.99.0.12', 4567)).toBe(errno)
        }
      }

      // The fix again changes nothing: there is none.
      expect(open.report.fixes).toEqual([])

      // Undone, to the byte.
      for (const { node, undo } of fixes) {
        const { code } = await lab.exec(node, ['sh', '-e', '-c', undo.join('\n')])
        expect(code).toBe(0)
      }
      expect(await Promise.all(NODES.map((node) => lab.iptablesSave(node)))).toEqual(before)
    })
  })

  it('a stranger is dropped as before, measured by packets that reach the interface and get no answer', async () => {
    const variant = VARIANTS.find(({ name }) => name === 'DROP') as Variant
    await lab.iptables('n2', variant.rules)
    const { report } = await check(lab, BY_PREFIX)
    for (const { node, commands } of report.fixes) await lab.exec(node, commands.join('\n'))
    const withStranger = [...BY_PREFIX.slice(2), '--nodes', 'n2=10.99.0.12,stranger=10.99.0.200']
    const seen = await check(lab, withStranger)
    const intoN2 = ofService(seen.report.flows, SHUT).filter(({ to }) => to === 'n2')
    expect(intoN2.map(({ status, reason, blockedAt }) => [status, reason, blockedAt])).toEqual(
      SHUT.map(() => ['DOWN', 'dropped', 'target']),
    )
  })

  it('the guarded script does the same, changes nothing the second time, and refuses a changed ruleset', async () => {
    await lab.iptables('n2', articleRuleset({ rejectWith: 'icmp-host-prohibited' }))
    const asked = await lab.execTool(['fix', ...BY_SSH, '--for', 'n2', '--script'])
    expect(asked.code).toBe(2)
    const first = await lab.exec('n2', ['sh', '-s'], { input: asked.stdout })
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const once = await lab.iptablesSave('n2')
    expect(once.match(/--dport 4567/g)).toHaveLength(4)
    expect((await check(lab, BY_SSH)).code).toBe(0)
    const second = await lab.exec('n2', ['sh', '-s'], { input: asked.stdout })
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(await lab.iptablesSave('n2')).toBe(once)

    await lab.flush('n2')
    await lab.iptables('n2', articleRuleset({ rejectWith: 'icmp-host-prohibited' }))
    await lab.exec('n2', 'iptables -I INPUT 1 -p tcp --dport 9200 -j ACCEPT')
    const changed = await lab.iptablesSave('n2')
    const refused = await lab.exec('n2', ['sh', '-s'], { input: asked.stdout })
    expect(refused.code).toBe(3)
    expect(refused.stderr).toMatch(/changed since the analysis/)
    expect(await lab.iptablesSave('n2')).toBe(changed)
  })
})

/** The rules of a node that name the port, as text. */
async function firstRuleFor(lab: Lab, node: string, port: number): Promise<string> {
  const rules = await lab.iptablesSave(node)
  return rules
    .split('\n')
    .filter((line) => line.includes(`--dport ${port} `))
    .join('\n')
}
