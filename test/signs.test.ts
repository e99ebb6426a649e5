import { describe, expect, it } from 'vitest'
import type { Observation, ProbeObservation } from '../src/probe/observation.ts'
import { readSigns } from '../src/signs.ts'

const context = {
  protocol: 'tcp',
  expects: 'always',
  sourceAddresses: ['10.99.0.11'],
  targetAddresses: ['10.99.0.12'],
} as const

function probe(outcome: ProbeObservation['outcome'], more: Partial<ProbeObservation> = {}): ProbeObservation {
  return {
    kind: 'probe',
    method: 'half-open',
    outcome,
    attempt: 1,
    atMs: 0,
    sourceAddress: '10.99.0.11',
    sourcePort: 40001,
    ...more,
  }
}

const witness = (reachedInterface: boolean, passedFirewall: boolean): Observation => ({
  kind: 'witness',
  attempt: 1,
  reachedInterface,
  passedFirewall,
  answered: false,
  laterPacket: 'not-seen',
  seenFrom: null,
})

const icmp = (from: string) => probe('icmp', { icmp: { family: 4, type: 3, code: 10, from } })
const read = (...observations: Observation[]) => readSigns(observations, context)

describe('signs of a flow', () => {
  it('knows nothing of what nobody saw', () => {
    expect(read(probe('silence'))).toMatchObject({
      arrived: 'unknown',
      admitted: 'unknown',
      returned: 'unknown',
      listening: 'unknown',
      ours: false,
      skipped: null,
    })
  })
  it('lets one good sighting win over losses', () => {
    const signs = read(
      probe('silence'),
      witness(false, false),
      probe('syn-ack', { attempt: 2 }),
      witness(true, true),
    )
    expect(signs).toMatchObject({ answer: 'syn-ack', arrived: 'yes', admitted: 'yes' })
  })
  it('says no only when every witness says no', () => {
    expect(read(probe('silence'), witness(true, false), witness(false, false))).toMatchObject({
      arrived: 'yes',
      admitted: 'no',
    })
  })
  it.each([
    ['10.99.0.11', 'self'],
    ['127.0.0.1', 'self'],
    ['10.99.0.12', 'target'],
    ['10.99.0.1', 'other'],
  ])('names the sender of an ICMP error: %s is %s', (from, sender) => {
    expect(read(icmp(from))).toMatchObject({ answer: 'icmp', sender, icmp: 'icmp-host-prohibited' })
  })
  it('takes EPERM for the own firewall, any other refusal for a missing route', () => {
    expect(read(probe('not-sent', { errno: 'EPERM' })).sent).toBe('own-firewall')
    expect(read(probe('not-sent', { errno: 'ENETUNREACH' })).sent).toBe('no-route')
  })
  it('takes a send that failed for want of resources for neither', () => {
    expect(read(probe('not-sent', { errno: 'ENOBUFS' }))).toMatchObject({ sent: 'yes', answer: 'errno' })
  })
  it('takes a refused send for loss when another attempt left', () => {
    expect(read(probe('not-sent', { errno: 'ENOBUFS' }), probe('silence', { attempt: 2 })).sent).toBe('yes')
  })
  it("reads the own firewall's answer beside EPERM", () => {
    expect(read(probe('not-sent', { errno: 'EPERM', answer: 'rst' }))).toMatchObject({ answer: 'rst' })
  })
  it('takes an answer for a failed address resolution only when it could have failed first', () => {
    expect(read(probe('errno', { method: 'connect', errno: 'EHOSTUNREACH', rttMs: 3060 }))).toMatchObject({
      unresolved: true,
      answer: 'unreachable',
    })
    expect(read(probe('errno', { method: 'connect', errno: 'EHOSTUNREACH', rttMs: 2 }))).toMatchObject({
      unresolved: false,
    })
  })
  it('keeps an errno that names no packet apart', () => {
    expect(read(probe('errno', { errno: 'EMFILE' }))).toMatchObject({ answer: 'errno', icmp: null })
    expect(read(probe('errno', { errno: 'ECONNREFUSED' }))).toMatchObject({ answer: 'refused' })
  })
  it('counts what reached the own listener, or waits in SYN_RECV, as admitted', () => {
    const listener = {
      kind: 'listener',
      listening: false,
      opened: true,
      received: 0,
      synReceived: false,
    } as const
    expect(read(listener)).toMatchObject({ ours: true, admitted: 'no' })
    expect(read({ ...listener, received: 1 })).toMatchObject({ admitted: 'yes' })
    expect(read({ ...listener, synReceived: true })).toMatchObject({ admitted: 'yes' })
    expect(read({ ...listener, opened: false })).toMatchObject({ ours: false, admitted: 'unknown' })
  })
})
