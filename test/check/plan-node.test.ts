import { describe, expect, it } from 'vitest'
import type { NodeEvidence } from '../../src/check/evidence.ts'
import { blockedFlows, judgingRules, loadOrNull, planFor, usableDumps } from '../../src/check/plan-node.ts'
import { evaluateHost } from '../../src/firewall/host.ts'
import type { Packet } from '../../src/firewall/model.ts'
import type { Hello, RulesetDump } from '../../src/session/messages.ts'
import { judgedFlow } from './judged.ts'

const filter = (...rules: string[]) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`
const dump = (tool: string, text: string, code = 0): RulesetDump => ({ tool, code, text, stderr: '' })
const OPEN = dump('iptables', filter('-A INPUT -p tcp -j ACCEPT'))
const SYN: Packet = {
  family: 4,
  protocol: 'tcp',
  source: '10.99.0.11',
  destination: '10.99.0.12',
  sourcePort: null,
  destinationPort: 4567,
  ctState: 'NEW',
  inInterface: null,
  outInterface: null,
  tcpFlags: ['SYN'],
}
const load = (...dumps: RulesetDump[]) => loadOrNull(usableDumps(dumps))

describe('what a node says of its rules', () => {
  it('accepts nothing for certain where tables of the other back end could not be read', () => {
    const loaded = load(OPEN, dump('iptables-legacy', '', 127)) ?? []
    expect(evaluateHost(loaded, 'INPUT', SYN)).toMatchObject({ fate: 'unknown' })
    const blocked = load(dump('iptables', filter('-A INPUT -j DROP')), dump('iptables-legacy', '', 127)) ?? []
    expect(evaluateHost(blocked, 'INPUT', SYN).fate).toBe('drop')
  })

  it('is nothing where nothing could be read', () => {
    expect(usableDumps([dump('iptables', '', 4), dump('nft-tables', 'table inet f')])).toBeNull()
    expect(usableDumps(null)).toBeNull()
  })

  it('judges no flow where native tables are there that could not be read', () => {
    const hidden = [OPEN, dump('nft-tables', 'table inet mine\n'), dump('nft', '', -1)]
    expect(judgingRules(hidden, load(...hidden))).toBeNull()
    const own = [OPEN, dump('nft-tables', 'table ip filter\n'), dump('nft', '', -1)]
    expect(judgingRules(own, load(...own))).not.toBeNull()
    const read = [OPEN, dump('nft-tables', 'table inet mine\n'), dump('nft', '{"nftables":[]}')]
    expect(judgingRules(read, load(...read))).not.toBeNull()
  })
})

const DOWN = { status: 'DOWN', reason: 'dropped', blockedAt: 'target', proof: 'witness' } as const

describe('the blocks of a node', () => {
  it('are told at both ends, for the request has not come to the other', () => {
    const shut = load(dump('iptables', filter('-A OUTPUT -p tcp -j DROP', '-A INPUT -p tcp -j DROP')))
    const rulesets = new Map([
      ['n1', shut],
      ['n2', shut],
    ])
    const flow = judgedFlow(DOWN, { sourceAddress: '10.99.0.11' })
    expect(blockedFlows('n2', [flow], rulesets)).toMatchObject([{ direction: 'in', measured: true }])
    expect(blockedFlows('n1', [flow], rulesets)).toMatchObject([{ direction: 'out', measured: false }])
    expect(blockedFlows('n1', [flow], new Map([['n1', load(OPEN)]]))).toEqual([])
    expect(blockedFlows('n1', [flow], new Map())).toEqual([])
  })

  const evidence = (addresses: { address: string; interface: string }[], rules: string): NodeEvidence => ({
    name: 'n2',
    address: '10.99.0.12',
    hello: { addresses, uid: 0 } as unknown as Hello,
    account: null,
    dumps: [dump('iptables', rules)],
    dumpsAfter: null,
  })
  const commandsOf = (node: NodeEvidence) => {
    const flows = blockedFlows('n2', [judgedFlow(DOWN, { sourceAddress: '10.99.0.11' })], new Map())
    return planFor(node, usableDumps(node.dumps), flows, []).fixes.flatMap(({ commands }) => commands)
  }
  const ON_BRIDGE = filter('-A INPUT -i docker0 -p tcp -j DROP', '-A INPUT -j DROP')

  it('are those of the interface by which the packets come', () => {
    const behind = evidence([{ address: '10.99.0.12', interface: 'docker0' }], ON_BRIDGE)
    expect(commandsOf(behind)).toEqual([expect.stringContaining('-I INPUT 1 ')])
    const outside = evidence(
      [
        { address: '10.99.0.12', interface: 'eth0' },
        { address: '172.17.0.1', interface: 'docker0' },
      ],
      ON_BRIDGE,
    )
    expect(commandsOf(outside)).toEqual([expect.stringContaining('-I INPUT 2 ')])
  })
})
