import { describe, expect, it } from 'vitest'
import { blockOf } from '../../src/check/blocks.ts'
import type { Observation } from '../../src/probe/observation.ts'
import type { BlockedAt, Verdict } from '../../src/verdict.ts'
import { judgedFlow, OPEN } from './judged.ts'

const down = (blockedAt: BlockedAt | null, reason: Verdict['reason'] = 'dropped'): Verdict => ({
  status: 'DOWN',
  reason,
  blockedAt,
  proof: 'witness',
})
const witness = (answered: boolean): Observation => ({
  kind: 'witness',
  attempt: 1,
  reachedInterface: true,
  passedFirewall: true,
  answered,
  laterPacket: 'not-seen',
  seenFrom: null,
})
const cameBack = { kind: 'probe', outcome: 'syn-ack' } as Observation

describe('where a DOWN flow is blocked, as a place in a firewall', () => {
  it.each([
    ['target', down('target'), [], 'n2 in peer 10.99.0.11 local 10.99.0.12'],
    ['source', down('source'), [], 'n1 out peer 10.99.0.12 local 10.99.0.11'],
    ['reply, never sent', down('reply'), [witness(false)], 'n2 reply-out peer 10.99.0.11 local 10.99.0.12'],
    [
      'reply, stopped at home',
      down('reply'),
      [witness(true), cameBack],
      'n1 reply-in peer 10.99.0.12 local 10.99.0.11',
    ],
    ['reply, lost on the way', down('reply'), [witness(true)], null],
    ['reply, nobody looked', down('reply'), [], null],
    ['network', down('network'), [], null],
    ['not known', down(null), [], null],
    ['no route', down('source', 'no-route'), [], null],
    ['not blocked', OPEN, [], null],
  ] as const)('%s', (_what, verdict, observations, expected) => {
    const block = blockOf(judgedFlow(verdict, { observations }))
    const { direction, peer, local } = block?.flow ?? {}
    expect(block && `${block.node} ${direction} peer ${peer} local ${local}`).toBe(expected)
  })

  it('names the address that the target saw: under NAT a rule must name that', () => {
    expect(blockOf(judgedFlow(down('target'), { sourceAddress: '192.0.2.9' }))?.flow.peer).toBe('192.0.2.9')
  })

  it('names the own address in rules of the source itself, under NAT too', () => {
    const block = blockOf(judgedFlow(down('source'), { sourceAddress: '192.0.2.9' }))
    expect(block).toMatchObject({ node: 'n1', flow: { peer: '10.99.0.12', local: '10.99.0.11' } })
  })

  it.each([['fd00::1'], ['n1'], ['10.99.0.11; reboot'], [null]])(
    'makes no block of the address %j',
    (sourceAddress) => {
      expect(blockOf(judgedFlow(down('target'), { sourceAddress }))).toBeNull()
    },
  )
})
