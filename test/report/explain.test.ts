import { describe, expect, it } from 'vitest'
import type { Observation, ProbeObservation } from '../../src/probe/observation.ts'
import type { Reason } from '../../src/reasons.ts'
import { renderExplain } from '../../src/report/render/explain.ts'
import { observationText } from '../../src/report/render/observation-text.ts'
import { REASON_TEXTS } from '../../src/report/render/text.ts'
import type { FlowStatus } from '../../src/verdict.ts'
import { FIXTURES, flow, readReport, report } from './reports.ts'

const REASONS = Object.keys(REASON_TEXTS) as Reason[]
const FLOW_STATUSES = Object.keys({
  OK: true,
  CLOSED: true,
  DOWN: true,
  UNKNOWN: true,
} satisfies Record<FlowStatus, true>) as FlowStatus[]

const style = { columns: 80, color: false }

describe('renderExplain', () => {
  it.each(
    FIXTURES.flatMap((name) => [
      [name, 'n1', 'n3', 'galera'] as const,
      [name, 'n1', 'n2', 'galera-udp'] as const,
    ]),
  )('%s %s,%s,%s', async (name, from, to, service) => {
    const text = await renderExplain(readReport(name), { from, to, service }, style)
    await expect(text).toMatchFileSnapshot(`rendered/${name}.explain.${from}.${to}.${service}.txt`)
  })

  it('says which flows there are when there is none', async () => {
    const text = await renderExplain(readReport('healthy'), { from: 'n1', to: 'n9', service: 'sst' }, style)
    expect(text).toBe(
      'There is no such flow in this run; there are n1,n2,mysql and n1,n2,galera and\n  n1,n2,ist and n1,n2,sst and n1,n2,galera-udp ...\n',
    )
    expect(await renderExplain(report([]), { from: 'a', to: 'b', service: 'c' }, style)).toBe(
      'There is no such flow in this run; none was made\n',
    )
  })

  it('paints only the verdict and the headings', async () => {
    const text = await renderExplain(
      readReport('article-blocked'),
      { from: 'n1', to: 'n2', service: 'sst' },
      { ...style, color: true },
    )
    expect(text.split('\n')[0]).toBe(
      'n1 -> n2 4444/tcp sst: \x1b[31m\x1b[1mDOWN\x1b[22m\x1b[39m (ICMP host-prohibited)',
    )
  })
})

describe('what was observed of many attempts', () => {
  const probe = (attempt: number, outcome: ProbeObservation['outcome'] = 'silence'): Observation => ({
    kind: 'probe',
    method: 'half-open',
    outcome,
    attempt,
    atMs: attempt * 100,
    sourceAddress: '10.0.0.1',
    sourcePort: 40000 + attempt,
  })
  const witness = (attempt: number, seenFrom: string | null = null): Observation => ({
    kind: 'witness',
    attempt,
    reachedInterface: seenFrom !== null,
    passedFirewall: false,
    answered: false,
    laterPacket: 'not-seen',
    seenFrom,
  })
  const attemptsOf = async (observations: readonly Observation[]) => {
    const one = flow({ from: 'a', to: 'b', status: 'DOWN', reason: 'dropped', observations })
    const text = await renderExplain(report([one]), { from: 'a', to: 'b', service: 'galera' }, style)
    return text.match(/(from [\d.]+ to [\d.]+ ms, )?attempts? \d+( to \d+)?/g)
  }

  it('is told once where all brought the same', async () => {
    const twelve = Array.from({ length: 12 }, (_, i) => [probe(i + 1), witness(i + 1)]).flat()
    expect(await attemptsOf(twelve)).toEqual(['from 100 to 1200 ms, attempts 1 to 12', 'attempts 1 to 12'])
  })

  it('and apart where one brought something else', async () => {
    const all = [
      probe(1),
      witness(1),
      probe(2),
      witness(2),
      probe(3),
      witness(3, '10.0.0.1'),
      probe(4),
      probe(5, 'rst'),
    ]
    expect(await attemptsOf(all)).toEqual([
      'from 100 to 200 ms, attempts 1 to 2',
      'attempts 1 to 2',
      ...['attempt 3', 'attempt 3', 'attempt 4', 'attempt 5'],
    ])
  })
})

describe('observations as sentences', () => {
  const one = flow({ from: 'a', to: 'b', address: 'fd00::2' })
  const probe: ProbeObservation = {
    kind: 'probe',
    method: 'half-open',
    outcome: 'silence',
    attempt: 2,
    atMs: 3.14,
    sourceAddress: 'fd00::1',
    sourcePort: 40001,
  }

  it.each([
    [
      probe,
      'at 3.1 ms, attempt 2: a sent a hand-made SYN from [fd00::1]:40001 to [fd00::2]:4567/tcp; nothing came back',
    ],
    [
      {
        ...probe,
        method: 'connect',
        outcome: 'echoed',
        rttMs: 1,
        sourceAddress: null,
        sourcePort: null,
      } as const,
      'at 3.1 ms, attempt 2: a sent a connect to [fd00::2]:4567/tcp; the token came back after 1 ms',
    ],
    [
      { ...probe, outcome: 'rst', leftSource: false, passedInput: false } as const,
      'at 3.1 ms, attempt 2: a sent a hand-made SYN from [fd00::1]:40001 to [fd00::2]:4567/tcp, which never left it; a RST came back but did not pass its INPUT',
    ],
    [
      { ...probe, method: 'datagram', outcome: 'not-sent', errno: 'EPERM', answer: 'rst' } as const,
      'at 3.1 ms, attempt 2: a sent a UDP datagram from [fd00::1]:40001 to [fd00::2]:4567/tcp; the kernel refused to send it (EPERM), with a RST',
    ],
    [
      { ...probe, outcome: 'icmp', icmp: { family: 6, type: 1, code: 1, from: 'fd00::fe' } } as const,
      'at 3.1 ms, attempt 2: a sent a hand-made SYN from [fd00::1]:40001 to [fd00::2]:4567/tcp; ICMPv6 type 1 code 1 from fd00::fe came back',
    ],
    [
      { kind: 'listener', listening: false, opened: true, received: 2, synReceived: true } as const,
      'on b: nothing listened on 4567/tcp, a temporary listener got 2 of this flow, a SYN of this flow waited in SYN_RECV, so it passed the firewall',
    ],
    [
      {
        kind: 'listener',
        listening: false,
        opened: false,
        errno: 'EADDRINUSE',
        received: 0,
        synReceived: false,
      } as const,
      'on b: nothing listened on 4567/tcp, a temporary listener failed with EADDRINUSE',
    ],
    [
      { kind: 'skipped', why: 'transfer-in-progress' } as const,
      'not probed: a state transfer may be waiting on b, and a connect would end it',
    ],
  ])('%#', (observation, sentence) => {
    expect(observationText(observation, one)).toBe(sentence)
  })
})

describe('the text of every reason', () => {
  it.each(REASONS.flatMap((reason) => FLOW_STATUSES.map((status) => [reason, status] as const)))(
    '%s, %s: names both nodes and the port, and ends in a next step',
    (reason, status) => {
      const where = { status, from: 'SOURCE', to: 'TARGET', ports: '4567/tcp' }
      const { short, sentence, next } = REASON_TEXTS[reason]
      for (const word of Object.values({ ...where, status: '' })) expect(sentence(where)).toContain(word)
      expect(sentence(where)).not.toMatch(/\.$/)
      expect(next(where)).toMatch(/^[A-Z]/)
      expect(short.length).toBeLessThan(32)
    },
  )

  it('claims an open path only for a refusal that is proven', () => {
    const where = { from: 'a', to: 'b', ports: '1/tcp' }
    const open = FLOW_STATUSES.filter((status) =>
      /path is open/.test(REASON_TEXTS.refused.sentence({ ...where, status })),
    )
    expect(open).toEqual(['OK', 'CLOSED'])
  })
})
