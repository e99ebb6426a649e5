import { describe, expect, it } from 'vitest'
import { judgeLaterPackets } from '../../src/check/later-packets.ts'
import { loadDumps } from '../../src/firewall/host.ts'
import type { Observation } from '../../src/probe/observation.ts'
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
  it('are judged with the port that the client had: rules for other ports do not let them pass', () => {
    const answersOnly = rules(
      '-A INPUT -p tcp -m tcp --dport 4567 -m conntrack --ctstate NEW -j ACCEPT',
      '-A INPUT -p tcp -m tcp --sport 4567 -j ACCEPT',
      '-A INPUT -j DROP',
    )
    const probed = judgedFlow(OPEN, { observations: [{ kind: 'probe', sourcePort: 40001 } as Observation] })
    expect(judge(ACCEPT_ALL, answersOnly, probed)).toMatchObject({ ...DOWN, node: 'n2', direction: 'in' })
  })
  it('let a standing connection be, and a new one not: DOWN at the next restart', () => {
    const standing = judgedFlow({ status: 'OK', reason: 'established', blockedAt: null, proof: 'handshake' })
    const shut = rules(
      '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 4567 -j DROP',
    )
    expect(judge(ACCEPT_ALL, shut, standing)).toMatchObject({
      status: 'DOWN',
      reason: 'new-connections-blocked',
      node: 'n2',
    })
    expect(judge(ACCEPT_ALL, ACCEPT_ALL, standing)).toMatchObject({ status: 'OK' })
  })
  it('decide where the RST of an answered SYN was stopped', () => {
    const doubtful = judgedFlow(
      { status: 'UNKNOWN', reason: 'payload-lost', blockedAt: null, proof: 'none' },
      { signs: { later: 'no' } },
    )
    expect(judge(ACCEPT_ALL, rules(...NEW_ONLY), doubtful)).toMatchObject({
      status: 'DOWN',
      blockedAt: 'target',
    })
    const noResets = rules('-A INPUT -p tcp --tcp-flags RST RST -j DROP')
    expect(judge(ACCEPT_ALL, noResets, doubtful)).toMatchObject({ status: 'OK', proof: 'rules' })
    expect(judge(null, null, doubtful)).toMatchObject({ status: 'UNKNOWN' })
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
