import { describe, expect, it } from 'vitest'
import { judgeLaterPackets } from '../../src/check/later-packets.ts'
import { loadDumps } from '../../src/firewall/host.ts'
import { judgedFlow, OPEN } from './judged.ts'

const rules = (...lines: string[]) =>
  loadDumps([
    {
      tool: 'iptables',
      text: `*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${lines.join('\n')}\nCOMMIT\n`,
    },
  ])
const ACCEPT_ALL = rules()
const judge = (
  n1: ReturnType<typeof rules> | null,
  n2: ReturnType<typeof rules> | null,
  flow = judgedFlow(OPEN),
) => {
  const { verdict, block } = judgeLaterPackets(
    flow,
    new Map([
      ['n1', n1],
      ['n2', n2],
    ]),
  )
  return { ...verdict, node: block?.node, direction: block?.flow.direction }
}

const NEW_ONLY = [
  '-A INPUT -p tcp -m tcp --dport 4567 -m conntrack --ctstate NEW -j ACCEPT',
  '-A INPUT -p tcp -j DROP',
]
const DOWN = { status: 'DOWN', reason: 'payload-lost', proof: 'rules' }

describe('the packets after the handshake, by the rules', () => {
  it('pass where the rules let them', () => {
    expect(judge(ACCEPT_ALL, ACCEPT_ALL)).toMatchObject(OPEN)
  })
  it.each([
    ['INPUT of the target', ACCEPT_ALL, rules(...NEW_ONLY), 'target', 'n2', 'in'],
    [
      'OUTPUT of the source',
      rules('-A OUTPUT -p tcp --dport 4567 ! --syn -j DROP'),
      ACCEPT_ALL,
      'source',
      'n1',
      'out',
    ],
    [
      'OUTPUT of the target',
      ACCEPT_ALL,
      rules('-A OUTPUT -p tcp --sport 4567 --tcp-flags SYN,ACK ACK -j DROP'),
      'reply',
      'n2',
      'reply-out',
    ],
    [
      'INPUT of the source',
      rules('-A INPUT -p tcp --sport 4567 --tcp-flags SYN,ACK ACK -j REJECT'),
      ACCEPT_ALL,
      'reply',
      'n1',
      'reply-in',
    ],
  ])('stop in %s', (_where, n1, n2, blockedAt, node, direction) => {
    expect(judge(n1, n2)).toMatchObject({ ...DOWN, blockedAt, node, direction })
  })
  it('are not judged by rules that could not be read, or that tell nothing', () => {
    expect(judge(null, null)).toMatchObject(OPEN)
    expect(judge(ACCEPT_ALL, rules('-A INPUT -p tcp -m limit --limit 1/sec -j DROP'))).toMatchObject(OPEN)
  })
  it('are not judged again where packets have told, nor for a flow that is DOWN already', () => {
    const echoed = judgedFlow({ status: 'CLOSED', reason: 'echoed', blockedAt: null, proof: 'echo' })
    expect(judge(ACCEPT_ALL, rules(...NEW_ONLY), echoed)).toMatchObject({ proof: 'echo' })
    const seen = judgedFlow(OPEN, { signs: { later: 'yes' } })
    expect(judge(ACCEPT_ALL, rules(...NEW_ONLY), seen)).toMatchObject(OPEN)
    const down = judgedFlow({ status: 'DOWN', reason: 'dropped', blockedAt: 'network', proof: 'witness' })
    expect(judge(ACCEPT_ALL, rules(...NEW_ONLY), down)).toMatchObject({ reason: 'dropped' })
  })
})
