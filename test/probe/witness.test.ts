import { describe, expect, it } from 'vitest'
import { planFlows } from '../../src/plan.ts'
import { listenerObservation, WitnessIndex, witnessAttempt } from '../../src/probe/witness.ts'
import { GALERA_SERVICES } from '../../src/services.ts'
import type { Account, AttemptResult, WitnessedPacket } from '../../src/session/messages.ts'

const [flow] = planFlows(
  [{ name: 'n1', address: '10.99.0.11', role: 'member' }],
  [{ name: 'n2', address: '10.99.0.12', role: 'member' }],
  GALERA_SERVICES.filter(({ name }) => name === 'galera'),
)
if (flow === undefined) throw new Error('no flow')

const attempt: AttemptResult = {
  attempt: 1,
  outcome: 'silence',
  atMs: 0,
  sourceAddress: '10.99.0.11',
  sourcePort: 40001,
  isn: 7,
}
const syn: WitnessedPacket = {
  where: 'in',
  protocol: 'tcp',
  kind: 'syn',
  source: '10.99.0.11',
  sourcePort: 40001,
  destination: '10.99.0.12',
  destinationPort: 4567,
  isn: 7,
  mss: 1460,
  length: 0,
  count: 1,
}
const answer: WitnessedPacket = {
  ...syn,
  where: 'out',
  kind: 'rst',
  source: syn.destination,
  sourcePort: syn.destinationPort,
  destination: syn.source,
  destinationPort: syn.sourcePort,
}
const see = (...packets: WitnessedPacket[]) => witnessAttempt(flow, attempt, new WitnessIndex(packets))

describe('what the target saw of an attempt', () => {
  it('saw nothing', () => {
    expect(see()).toMatchObject({
      reachedInterface: false,
      passedFirewall: false,
      answered: false,
      seenFrom: null,
    })
  })
  it('saw it at the interface only', () => {
    expect(see(syn)).toMatchObject({ reachedInterface: true, passedFirewall: false, seenFrom: '10.99.0.11' })
  })
  it('saw it behind INPUT, and its own answer leave', () => {
    expect(see(syn, { ...syn, where: 'up' }, answer)).toMatchObject({ passedFirewall: true, answered: true })
  })
  it('takes the reset of the probe itself for no answer', () => {
    expect(see(syn, { ...syn, kind: 'rst' })).toMatchObject({ answered: false })
  })
  it('tells whether the next packet of an answered connection got in too', () => {
    const reset: WitnessedPacket = { ...syn, kind: 'rst' }
    const synAck: WitnessedPacket = { ...answer, kind: 'syn-ack' }
    expect(see(syn, { ...syn, where: 'up' }, synAck)).toMatchObject({ laterPacket: 'not-seen' })
    expect(see(syn, { ...syn, where: 'up' }, synAck, reset)).toMatchObject({ laterPacket: 'stopped' })
    expect(see(syn, synAck, reset, { ...reset, where: 'up' })).toMatchObject({ laterPacket: 'passed' })
  })
  it('blames no firewall for stopping the reset of an unanswered SYN', () => {
    expect(see(syn, { ...syn, kind: 'rst' })).toMatchObject({ laterPacket: 'not-seen' })
  })
  it('does not take packets of another port, host or attempt for it', () => {
    const others = [
      { ...syn, destinationPort: 4568, isn: 8 },
      { ...syn, source: '10.99.0.13', isn: 8 },
      { ...syn, sourcePort: 40002, isn: 8 },
    ]
    expect(see(...others)).toMatchObject({ reachedInterface: false })
  })
  it('finds it behind NAT by its sequence number, and says whom the target saw', () => {
    expect(see({ ...syn, source: '192.0.2.9', sourcePort: 1025 })).toMatchObject({
      reachedInterface: true,
      seenFrom: '192.0.2.9',
    })
  })
  it('finds it by its port where a middlebox rewrote the sequence number', () => {
    expect(see({ ...syn, isn: 99 })).toMatchObject({ reachedInterface: true })
  })
})

describe("what the target's temporary listener knows", () => {
  const account: Account = {
    type: 'account',
    released: 'finished',
    received: [{ protocol: 'tcp', port: 4567, source: '10.99.0.11', sourcePort: 40001, isn: 0, count: 1 }],
    synReceived: [{ port: 4567, source: '10.99.0.11', sourcePort: 40001 }],
    packets: null,
  }
  const open = { listening: false, opened: true }

  it('counts only what came from this flow', () => {
    expect(listenerObservation(flow, [attempt], open, account)).toMatchObject({
      received: 1,
      synReceived: true,
    })
    const other = { ...attempt, sourcePort: 40002, isn: 8 }
    expect(listenerObservation(flow, [other], open, account)).toMatchObject({
      received: 0,
      synReceived: false,
    })
  })
  it('claims no silence when it gave its port up to mysqld, or its account is missing', () => {
    const released = { ...account, released: 'mysqld-started' }
    expect(listenerObservation(flow, [attempt], open, released).opened).toBe(false)
    expect(listenerObservation(flow, [attempt], open, null).opened).toBe(false)
  })
})
