import { describe, expect, it } from 'vitest'
import type { Environment } from '../../src/check/environment.ts'
import type { Member } from '../../src/check/members.ts'
import { readClocks } from '../../src/check/read-clocks.ts'
import { SessionError } from '../../src/session/session.ts'

interface Reading {
  readonly trip: number
  readonly receivedUs: number
  readonly answeredUs: number
}

/** A node whose clock is read with these round trips, in milliseconds; then its session breaks off. */
function setUp(readings: readonly Reading[], change: Partial<Member> = {}) {
  let [now, asked] = [0, 0]
  const clock = async () => {
    const reading = readings[asked++]
    if (reading === undefined) throw new SessionError({ code: 'session-lost', detail: '' })
    now += reading.trip
    return { type: 'clock', ...reading }
  }
  const member = {
    name: 'n1',
    isTarget: true,
    role: 'member',
    session: { clock },
    ...change,
  } as unknown as Member
  const environment = { monotonic: () => now } as Environment
  return { end: readClocks([member], environment), asked: () => asked }
}
const reading = (trip: number, receivedUs = 1_000_000, answeredUs = receivedUs): Reading => ({
  trip,
  receivedUs,
  answeredUs,
})
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the clock of a node', () => {
  it('is read a few times, and the shortest round trip counts', async () => {
    const { end, asked } = setUp([reading(50), reading(4), reading(8), reading(30), reading(1)])
    await settled()
    expect(asked()).toBe(4)
    expect(end()).toMatchObject([{ node: 'n1', errorMs: 2.002, fromMs: 50, toMs: 54 }])
  })
  it('is what was read before its session broke off', async () => {
    const { end } = setUp([reading(50)])
    await settled()
    expect(end()).toMatchObject([{ errorMs: 25.002 }])
  })
  it('is not waited for, and not asked for once it is too late', async () => {
    const { end, asked } = setUp([reading(50), reading(4)])
    expect(end()).toEqual([])
    await settled()
    expect(asked()).toBe(1)
  })
  it('is unknown where no answer can be believed', async () => {
    const { end } = setUp([reading(5, 9_000_000, 1), reading(5, 0, Number.MAX_SAFE_INTEGER)])
    await settled()
    expect(end()).toEqual([])
  })
  it.each([
    ['without a session', { session: null }],
    ['of the host that only probes', { isTarget: false }],
    ['of a server that is no node', { role: 'pmm' as const }],
  ])('is not told %s', async (_who, change) => {
    const { end } = setUp([reading(5)], change)
    await settled()
    expect(end()).toEqual([])
  })
})
