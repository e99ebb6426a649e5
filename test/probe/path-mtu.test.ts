import { describe, expect, it } from 'vitest'
import { isClamped, judgePath } from '../../src/probe/path-mtu.ts'
import type { Account, PathMtu } from '../../src/session/messages.ts'

/** A path on which these sizes were sent, the nth with the number n, and those that arrived. */
function path(sizes: readonly number[], arrived: readonly number[], more: Partial<PathMtu> = {}) {
  const sent = sizes.map((size, isn) => ({ size, isn, length: size - 40 }))
  const packets = arrived.map((size) => ({
    kind: 'rst',
    where: 'in',
    isn: sizes.indexOf(size),
    mss: 0,
    length: size - 40,
  }))
  const result: PathMtu = { id: 'n1>n2', mtu: 1500, tooBig: false, sent, ...more }
  return judgePath(result, { packets } as unknown as Account)
}

describe('the largest packet of a path', () => {
  it('arrives: fine', () => {
    expect(path([60, 1500], [60, 1500])).toEqual({ kind: 'fine' })
  })
  it('does not arrive, a small one does: suspect, and the sizes around the limit are named', () => {
    expect(path([60, 1400, 1420, 1500], [60, 1400])).toEqual({ kind: 'suspect', passes: 1400, dies: 1420 })
  })
  it('does not arrive, but the path says so by ICMP: fine', () => {
    expect(path([60, 1500], [60], { tooBig: true })).toEqual({ kind: 'fine' })
  })
  it('does not arrive, nor does a small one: unknown', () => {
    expect(path([60, 1500], [])).toEqual({ kind: 'unknown' })
  })
  it('was not sent: its size tells nothing', () => {
    const sent = [
      { size: 60, isn: 0, length: 20 },
      { size: 1500, isn: 1, length: 1460, errno: 'EMSGSIZE' },
    ]
    expect(path([60, 1500], [60], { sent })).toEqual({ kind: 'fine' })
  })
  it('counts at the interface only, and only as what it is', () => {
    const result: PathMtu = {
      id: 'n1>n2',
      mtu: 1500,
      tooBig: false,
      sent: [{ size: 60, isn: 7, length: 20 }],
    }
    const packets = [
      { kind: 'rst', where: 'up', isn: 7, length: 20 },
      { kind: 'syn', where: 'in', isn: 7, length: 20 },
      { kind: 'rst', where: 'in', isn: 7, length: 1460 },
    ]
    expect(judgePath(result, { packets } as unknown as Account)).toEqual({ kind: 'unknown' })
  })
})

describe('a clamped MSS', () => {
  const account = (...mss: number[]) =>
    ({
      packets: mss.map((value) => ({ kind: 'syn', where: 'in', isn: 7, mss: value })),
    }) as unknown as Account
  it.each([
    ['fits', [1360], true],
    ['does not fit', [1460], false],
    ['fits in one SYN only', [1360, 1460], false],
    ['is not there', [0], false],
  ])('%s', (_what, mss, expected) => {
    expect(isClamped(account(...mss), { family: 4, answers: [], isns: new Set([7]) }, 1400)).toBe(expected)
  })
  it('is read from the SYNs of the run only', () => {
    expect(isClamped(account(1360), { family: 4, answers: [], isns: new Set([8]) }, 1400)).toBe(false)
  })
  it('is that of the SYN/ACKs where there are any: they say what the source may send', () => {
    const isns = new Set([7])
    expect(isClamped(account(1460), { family: 4, answers: [1360], isns }, 1400)).toBe(true)
    expect(isClamped(account(1360), { family: 4, answers: [1460], isns }, 1400)).toBe(false)
  })
  it('leaves room for the larger headers of IPv6', () => {
    expect(isClamped(account(), { family: 6, answers: [1360], isns: new Set() }, 1400)).toBe(false)
  })
})
