import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tool } from '../../src/firewall/host.ts'
import { iptablesCanonical, iptablesSpec } from '../../src/fix/idioms/iptables.ts'
import type { BlockedFlow } from '../../src/fix/input.ts'
import { planNode } from '../../src/fix/plan-fixes.ts'
import { fixScript } from '../../src/fix/script.ts'
import { Lab, whyNoLab } from '../firewall/lab/lab.ts'
import { filter, fixture, flow, galeraFlows, node } from './support.ts'

const why = whyNoLab()
const HOSTILE =
  '-A INPUT -m comment --comment "x\' -j DROP $(touch /tmp/never) `id` \\"! \\\\ \u001b[31m \u00e9" -j REJECT'

interface Case {
  readonly name: string
  readonly rules: string
  readonly flows: readonly BlockedFlow[]
}

const RAW =
  '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -s 10.99.0.0/24 -p tcp -j DROP\nCOMMIT\n'
const FLOWS = galeraFlows(['10.99.0.11', '10.99.0.12'])
const OUT = FLOWS.map((each) => ({ ...each, id: `out ${each.id}`, direction: 'out' as const }))

const CASES: readonly Case[] = [
  { name: 'the article', rules: fixture('article-before'), flows: FLOWS },
  { name: 'a shadowed copy', rules: fixture('rhel-shadowed'), flows: FLOWS },
  { name: 'Docker', rules: fixture('docker'), flows: FLOWS },
  { name: 'a policy', rules: filter(['-A INPUT -p icmp -j ACCEPT'], { INPUT: 'DROP' }), flows: FLOWS },
  {
    name: 'a user chain',
    rules: filter(['-A INPUT -p udp -g S', '-A INPUT -j S', '-A S -j DROP']),
    flows: FLOWS,
  },
  { name: 'raw', rules: RAW + filter(['-A INPUT -p tcp -j REJECT --reject-with tcp-reset']), flows: FLOWS },
  { name: 'OUTPUT', rules: filter(['-A OUTPUT -o lo -j ACCEPT', '-A OUTPUT -j DROP']), flows: OUT },
  { name: 'a hostile comment', rules: filter(['-A INPUT -p icmp -j ACCEPT', HOSTILE]), flows: FLOWS },
]

/** The ruleset without the parts that change by themselves: counters, and the date in the comments. */
function plain(saved: string): string {
  return saved.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[0:0]')
}

/** Said by iptables-nft wherever legacy tables exist, which the tests of the other back end leave behind. */
const WARNING = /^# Warning: iptables-legacy tables present.*\n/gm

describe.skipIf(why !== null)('the commands in a real host', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start()
  })
  afterAll(async () => lab?.stop())

  async function expectQuiet(script: string): Promise<void> {
    const { code, stdout, stderr } = await lab.sh(script)
    expect({ code, stdout, stderr: stderr.replace(WARNING, '') }).toEqual({ code: 0, stdout: '', stderr: '' })
  }

  let port = 31_000
  /** Whether the first packet of the flow gets through. */
  async function passes(each: BlockedFlow): Promise<boolean> {
    const inwards = each.direction === 'in'
    const ends = { source: inwards ? each.peer : each.local, destination: inwards ? each.local : each.peer }
    const ports = { sourcePort: port++, destinationPort: each.port }
    const tcpFlags = each.protocol === 'tcp' ? ['SYN'] : []
    const packet = { family: each.family, protocol: each.protocol, ...ends, ...ports, tcpFlags }
    return (await lab.shoot(inwards ? 'INPUT' : 'OUTPUT', packet)).passed
  }

  async function loaded(tool: Tool, { rules, flows }: Case) {
    const { ok, output } = await lab.load(tool, rules)
    expect(ok, output).toBe(true)
    const saved = await lab.save(tool)
    const open = await Promise.all(flows.map(async (each) => passes(each)))
    const blocked = flows.filter((_, i) => !open[i])
    return { saved, blocked, plan: planNode(node(saved, blocked, {}, tool)) }
  }

  const tools: readonly Tool[] = ['iptables-nft', 'iptables-legacy']
  const runs = tools.flatMap((tool) => CASES.map((each) => ({ tool, ...each })))

  it.each(runs)(
    'open the flows when pasted, and undo leaves no trace: $name, $tool',
    async ({ tool, ...each }) => {
      const { saved, blocked, plan } = await loaded(tool, each)
      const [fix, ...others] = plan.fixes
      expect(others).toEqual([])
      expect(fix?.proven).toBe(true)
      expect(fix?.opens).toEqual(expect.arrayContaining(blocked.map(({ id }) => id)))
      const stranger = {
        ...flow({ peer: '10.99.0.14' }),
        ...(blocked[0]?.direction === 'out' ? { direction: 'out' as const } : {}),
      }
      const neighbour = { ...stranger, peer: '10.99.0.11', port: 4569 }
      expect(await passes(stranger)).toBe(false)
      await expectQuiet(`set -e\n${fix?.commands.join('\n')}`)
      for (const opened of blocked) expect(await passes(opened), opened.id).toBe(true)
      expect(await passes(stranger)).toBe(false)
      expect(await passes(neighbour)).toBe(false)
      const fixed = await lab.save(tool)
      const quiet = each.flows.map((again) => ({ ...again, measured: false }))
      expect(planNode(node(fixed, quiet, {}, tool)).fixes).toEqual([])
      await expectQuiet(`set -e\n${fix?.undo.join('\n')}`)
      expect(plain(await lab.save(tool))).toBe(plain(saved))
    },
  )

  it.each(runs)('do the same as a script, once: $name, $tool', async ({ tool, ...each }) => {
    const { saved, blocked, plan } = await loaded(tool, each)
    const script = fixScript(plan) ?? ''
    await expectQuiet(script)
    const once = plain(await lab.save(tool))
    expect(once).not.toBe(plain(saved))
    for (const opened of blocked) expect(await passes(opened), opened.id).toBe(true)
    await expectQuiet(script)
    expect(plain(await lab.save(tool))).toBe(once)
    // The pasted lines come to the same ruleset.
    await lab.load(tool, each.rules)
    await lab.sh(plan.fixes.flatMap((fix) => fix.commands).join('\n'))
    expect(plain(await lab.save(tool))).toBe(once)
    expect((await lab.sh('ls /tmp/never')).code).not.toBe(0)
  })

  it.each(runs)(
    'change nothing by script when the ruleset has changed meanwhile: $name, $tool',
    async ({ tool, ...each }) => {
      const { plan } = await loaded(tool, each)
      const { table = '', chain = '' } = plan.edits[0] ?? {}
      await lab.sh(`${tool} -t ${table} -I ${chain} 1 -s 192.0.2.1 -j ACCEPT`)
      const before = plain(await lab.save(tool))
      const { code, stderr } = await lab.sh(fixScript(plan) ?? '')
      expect(code).toBe(3)
      expect(stderr).toContain('the ruleset has changed since the analysis')
      expect(plain(await lab.save(tool))).toBe(before)
    },
  )

  it.each(tools)('by script get past a copy that was appended after the analysis (%s)', async (tool) => {
    const [article] = CASES
    if (!article) throw new Error('no case')
    const { blocked, plan } = await loaded(tool, article)
    const [first] = plan.edits
    await lab.sh(`${tool} -A INPUT ${first ? iptablesSpec(first.opening) : ''}`)
    await expectQuiet(fixScript(plan) ?? '')
    for (const opened of blocked) expect(await passes(opened), opened.id).toBe(true)
    const once = await lab.save(tool)
    expect(once.split(`-A INPUT ${first ? iptablesCanonical(first.opening) : ''}`)).toHaveLength(2)
  })

  it('go into both back ends where both block', async () => {
    const each = { name: '', rules: filter(['-A INPUT -p tcp -j DROP']), flows: [flow()] }
    await lab.load('iptables-legacy', each.rules)
    await lab.load('iptables-nft', each.rules)
    await lab.sh('iptables-legacy -A INPUT -p tcp -j REJECT')
    const dumps = await Promise.all(tools.map(async (tool) => ({ tool, text: await lab.save(tool) })))
    const plan = planNode(node(dumps, each.flows))
    expect(plan.fixes[0]?.commands).toHaveLength(2)
    const [one = '', two = ''] = plan.fixes[0]?.commands ?? []
    await lab.sh(one)
    expect(await passes(flow())).toBe(false)
    await lab.sh(two)
    expect(await passes(flow())).toBe(true)
    await lab.sh('iptables-legacy -F INPUT')
  })

  it('work over IPv6', async () => {
    const tool = 'ip6tables-nft'
    const rules = filter([
      '-A INPUT -p ipv6-icmp -j ACCEPT',
      '-A INPUT -j REJECT --reject-with icmp6-adm-prohibited',
    ])
    const six = flow({ family: 6, peer: 'fd99::11', local: 'fd99::1' })
    const { saved, plan } = await loaded(tool, { name: '', rules, flows: [six] })
    await expectQuiet(fixScript(plan) ?? '')
    expect(await passes(six)).toBe(true)
    expect(await passes({ ...six, peer: 'fd99::12' })).toBe(false)
    await lab.sh(plan.fixes.flatMap((fix) => fix.undo).join('\n'))
    expect(plain(await lab.save(tool))).toBe(plain(saved))
  })
})
