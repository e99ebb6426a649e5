import { describe, expect, it } from 'vitest'
import type { Dump } from '../../src/firewall/host.ts'
import type { BlockedFlow } from '../../src/fix/input.ts'
import { planNode } from '../../src/fix/plan-fixes.ts'
import { type KernelProof, proveWithKernel } from '../../src/prove/kernel-proof.ts'
import { whyNoLab } from '../firewall/lab/lab.ts'
import { filter, fixture, flow, galeraFlows, node, read } from '../fix/support.ts'

const ADDRESSES = [
  { address: '127.0.0.1', interface: 'lo' },
  { address: '10.99.0.1', interface: 'eth0' },
  { address: 'fd99::1', interface: 'eth0' },
  { address: 'fe80::1', interface: 'eth0' },
  { address: '172.17.0.1', interface: 'docker0' },
]
const FLOWS = galeraFlows(['10.99.0.11', '10.99.0.12'])
const outwards = (each: BlockedFlow): BlockedFlow => ({ ...each, id: `out ${each.id}`, direction: 'out' })

/** The proof of what the planner emits, or of other commands in its place. */
function proofOf(dumps: readonly Dump[], flows: readonly BlockedFlow[], commands?: readonly string[]) {
  const plan = planNode(node(dumps, flows))
  const opens = new Set(plan.fixes.flatMap((fix) => fix.opens))
  return proveWithKernel({
    dumps,
    addresses: ADDRESSES,
    commands: commands ?? plan.fixes.flatMap((fix) => fix.commands),
    openings: plan.edits.map(({ hook, opening }) => ({ hook, ...opening })),
    flows: flows.filter(({ id }) => opens.has(id)),
  })
}

const native = (name: string): Dump[] => [
  { tool: 'nft', text: read(`nft/${name}.json`) },
  { tool: 'nft-text', text: read(`nft/${name}.nft`) },
]
const iptables = (text: string): Dump[] => [{ tool: 'iptables-nft', text }]
const failuresOf = (proof: KernelProof) => (proof.kind === 'refuted' ? proof.failures : [proof.kind])

const why = whyNoLab()

describe.skipIf(why !== null)('the kernel as the proof of a fix', () => {
  const CASES: readonly [name: string, dumps: readonly Dump[], flows: readonly BlockedFlow[]][] = [
    ['the article', iptables(fixture('article-before')), FLOWS],
    ['a shadowed copy', iptables(fixture('rhel-shadowed')), FLOWS],
    ['Docker', iptables(fixture('docker')), FLOWS],
    ['legacy', [{ tool: 'iptables-legacy', text: fixture('article-before') }], FLOWS],
    ['native nft', native('rhel9'), FLOWS],
    ['native nft with maps', native('workstation'), FLOWS],
    ['iptables and native nft', [...native('rhel9'), ...iptables(fixture('article-before'))], FLOWS],
    [
      'an interface of the node',
      iptables(filter(['-A INPUT -i docker0 -j ACCEPT', '-A INPUT -i eth+ -p tcp -j DROP'])),
      FLOWS.filter(({ protocol }) => protocol === 'tcp'),
    ],
    ['OUTPUT', iptables(filter(['-A OUTPUT -o lo -j ACCEPT', '-A OUTPUT -j REJECT'])), FLOWS.map(outwards)],
    [
      'later packets',
      iptables(filter(['-A INPUT -m conntrack --ctstate NEW -j ACCEPT', '-A INPUT -j DROP'])),
      [flow()],
    ],
    [
      'answers',
      iptables(filter(['-A INPUT -p tcp -m tcp --syn -j ACCEPT', '-A INPUT -j DROP'])),
      [flow({ direction: 'reply-in' })],
    ],
    [
      'IPv6',
      [{ tool: 'ip6tables-nft', text: filter(['-A INPUT -p ipv6-icmp -j ACCEPT', '-A INPUT -j REJECT']) }],
      [flow({ family: 6, peer: 'fd99::11', local: 'fd99::1' })],
    ],
    [
      'a limit beside it',
      iptables(
        filter(['-A INPUT -p icmp -m limit --limit 1/min --limit-burst 1 -j ACCEPT'], { INPUT: 'DROP' }),
      ),
      [flow()],
    ],
  ]

  it.each(CASES)('bears out what is emitted: %s', async (_, dumps, flows) => {
    const proof = await proofOf(dumps, flows)
    expect(proof).toMatchObject({ kind: 'proven' })
    expect(proof.kind === 'proven' && proof.packets).toBeGreaterThan(20)
  })

  const REJECTS = iptables(filter(['-A INPUT -p icmp -j ACCEPT', '-A INPUT -j REJECT']))

  it('refutes a rule behind the one that blocks', async () => {
    const behind = ['iptables-nft -A INPUT -s 10.99.0.11 -p tcp --dport 4567 -j ACCEPT']
    expect(failuresOf(await proofOf(REJECTS, [flow()], behind))).toEqual([
      'still blocked: the first tcp packet from 10.99.0.11, its own port 4567',
      'still blocked: a later tcp packet from 10.99.0.11, its own port 4567',
    ])
  })

  it('refutes a rule that lets later packets wait', async () => {
    const first = ['iptables-nft -I INPUT 1 -s 10.99.0.11 -p tcp --dport 4567 --syn -j ACCEPT']
    expect(failuresOf(await proofOf(REJECTS, [flow()], first))).toEqual([
      'still blocked: a later tcp packet from 10.99.0.11, its own port 4567',
    ])
  })

  it('refutes what opens more than it should', async () => {
    const wide = ['iptables-nft -I INPUT 1 -p tcp -j ACCEPT']
    expect(failuresOf(await proofOf(REJECTS, [flow()], wide)).join('\n')).toContain(
      'changed for a packet that the fix is not about: tcp',
    )
  })

  it('refutes commands that fail, and those for what was open', async () => {
    const failing = ['iptables-nft -I INPUT 99 -s 10.99.0.11 -j ACCEPT']
    expect(failuresOf(await proofOf(REJECTS, [flow()], failing))[0]).toContain('the commands fail: ')
    const open = { dumps: iptables(filter([])), addresses: ADDRESSES, commands: ['true'], openings: [] }
    expect(failuresOf(await proveWithKernel({ ...open, flows: [flow()] }))).toEqual([
      'nothing was blocked before the commands',
    ])
  })

  it('says why there is no proof', async () => {
    const whyOf = async (dumps: readonly Dump[], flows = [flow()]) => {
      const proof = await proveWithKernel({ dumps, addresses: ADDRESSES, commands: [], openings: [], flows })
      return proof.kind === 'unavailable' ? proof.why : proof.kind
    }
    expect(await whyOf(iptables(filter(['-A INPUT -m nosuch -j DROP'])))).toContain('do not load here')
    expect(await whyOf(iptables('*filter\n'))).not.toBe('proven')
    const both = [...native('docker-and-native'), ...iptables(read('nft/docker-and-native.rules'))]
    expect(await whyOf(both)).toContain('table ip filter holds')
    expect(await whyOf(REJECTS, [flow({ local: '10.77.0.1' })])).toContain('10.77.0.1')
  })
})
