import { describe, expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import { decide } from '../../src/alert/decide.ts'
import { alertMessage } from '../../src/alert/message.ts'
import { readProblems } from '../../src/alert/read-problems.ts'
import { subjectLine } from '../../src/alert/subject.ts'
import { acknowledge } from '../../src/report/acknowledge.ts'
import type { Report, ReportFlow } from '../../src/report/report.ts'
import { FIXTURES, flow, readReport, report } from '../report/reports.ts'
import { CHANGE, down } from './runs.ts'

const T0 = Date.UTC(2026, 10, 24, 2, 10)
const HOUR = 3_600_000
const empty: Alert = { kind: 'new', fresh: [], lasting: [], over: [], unconfirmed: [], expired: [] }

async function message(given: Report, before: Report | null = null, hours = 2): Promise<string | null> {
  const current = (each: Report) => ({
    ...readProblems(each, false),
    exitCode: each.exitCode,
    expired: [],
  })
  const first = before && decide(null, current(before), CHANGE, T0 - hours * HOUR)
  const { alert } = decide(first?.state ?? null, current(given), CHANGE, T0)
  return alert && (await alertMessage(alert, given, T0))
}

const blocked: Partial<ReportFlow> = { status: 'DOWN', reason: 'dropped', blockedAt: 'target' }

describe('whole mails', () => {
  it.each(FIXTURES)('%s', async (name) => {
    const text = await message(readReport(name))
    await expect(text ?? '').toMatchFileSnapshot(`rendered/${name}.txt`)
    if (name === 'healthy') expect(text).toBeNull()
  })

  it('all over, and some of it', async () => {
    const [healthy, article, one] = (['healthy', 'article-blocked', 'network-block'] as const).map(readReport)
    if (!healthy || !article || !one) throw new Error('no fixtures')
    await expect(await message(healthy, article)).toMatchFileSnapshot('rendered/over.txt')
    await expect(await message(one, article)).toMatchFileSnapshot('rendered/changed.txt')
  })
})

describe('the text', () => {
  it.each(FIXTURES)('is ASCII, and its prose 78 columns wide: %s', async (name) => {
    const lines = ((await message(readReport(name))) ?? '').split('\n')
    for (const line of lines) {
      expect(line).toMatch(/^[ -~]*$/)
      // What is pasted or quoted is never broken.
      if (!/^(# )?(ip6?tables|nft|-A) |^ {4}-A |^For the network team|^10\./.test(line))
        expect(line.length).toBeLessThanOrEqual(78)
    }
  })

  it('names a flow, its service and its place', async () => {
    const flows = [flow({ from: 'n1', to: 'n2', ...blocked }), flow({ from: 'n2', to: 'n1' })]
    const [subject, , ...body] = ((await message(report(flows))) ?? '').split('\n')
    expect(subject).toBe('CRITICAL: n1->n2 galera 4567/tcp blocked at n2')
    expect(body.slice(0, 2)).toEqual([
      'New, since 2026-11-24 02:10 UTC:',
      '  CRITICAL n1->n2 galera 4567/tcp blocked at n2',
    ])
  })

  it('puts what is worst first, whatever its place in the report', () => {
    const finding = { kind: 'finding', level: 'WARNING', code: 'clock-drift', node: 'n1', args: [] } as const
    const alert = { ...empty, fresh: [finding, down('a', 'b')].map(fresh) }
    expect(subjectLine(alert, T0)).toBe('CRITICAL: a->b galera 4567/tcp blocked at b, +1 more')
  })

  it.each<[string, Alert, string]>([
    ['source', one(down('a', 'b', { place: 'source' })), 'CRITICAL: a->b galera 4567/tcp blocked at a'],
    [
      'network',
      one(down('a', 'b', { place: 'network' })),
      'CRITICAL: a->b galera 4567/tcp blocked on the way',
    ],
    ['reply', one(down('a', 'b', { place: 'reply' })), 'CRITICAL: a->b galera 4567/tcp gets no answer back'],
    [
      'absent',
      one(down('a', 'b', { place: 'absent' })),
      'CRITICAL: a->b galera 4567/tcp blocked, b is absent',
    ],
    ['nowhere', one(down('a', 'b', { place: null })), 'CRITICAL: a->b galera 4567/tcp blocked'],
    ['closed', one(down('a', 'b', { status: 'CLOSED' })), 'CRITICAL: a->b galera 4567/tcp has no listener'],
    [
      'node',
      one({ kind: 'node', level: 'UNKNOWN', node: 'n3', code: 'ssh-timeout' }),
      'UNKNOWN: n3 not reached (ssh-timeout)',
    ],
    ['no run', one({ kind: 'run', level: 'UNKNOWN', code: 'x' }), 'UNKNOWN: no check was possible (x)'],
    [
      'less',
      { ...empty, kind: 'less', lasting: [lasting(down('a', 'b'))], over: [over(down('b', 'a'))] },
      'CRITICAL: 1 of 2 over, still a->b galera 4567/tcp blocked at b',
    ],
    [
      'still',
      { ...empty, kind: 'still', lasting: [lasting(down('a', 'b')), lasting(down('b', 'a'))] },
      'CRITICAL: still after 26 h: a->b galera 4567/tcp blocked at b, +1 more',
    ],
    [
      'over',
      { ...empty, kind: 'over', over: [over(down('b', 'a'))] },
      'OK: over after 26 h: b->a galera 4567/tcp blocked at a',
    ],
    [
      'over, but something else is seen',
      { ...empty, kind: 'over', over: [over(down('b', 'a'))], unconfirmed: [down('a', 'b')] },
      'OVER: over after 26 h: b->a galera 4567/tcp blocked at a',
    ],
    [
      'no longer checked is not OK',
      { ...empty, kind: 'over', over: [{ ...over(down('b', 'a')), how: 'unchecked' }] },
      'OVER: over after 26 h: b->a galera 4567/tcp blocked at a',
    ],
    [
      'note',
      { ...empty, kind: 'note', expired: ['a,b,sst@2026-11-23'] },
      'NOTE: --ignore a,b,sst@2026-11-23 has expired',
    ],
  ])('its first line: %s', (_, alert, line) => {
    expect(subjectLine(alert, T0)).toBe(line)
  })

  it('whose first line is never longer than 78, and keeps its count', () => {
    const long = down('database-1.eu-central-1.example.org', 'database-2.eu-central-1.example.org')
    const line = subjectLine({ ...empty, fresh: [long, down('a', 'b')].map(fresh) }, T0)
    expect(line).toHaveLength(78)
    expect(line).toMatch(/^CRITICAL: database-1.eu.*\.\.\., \+1 more$/)
  })

  it('of a hostile host is one line each, without a control character', async () => {
    const evil = 'x\r\nSubject: all is well\u001b[2J\u202e\n.\nн'
    const rule = { node: 'n2', rule: evil, table: 'filter', chain: 'INPUT', position: 1 }
    const nodes = [
      {
        name: evil,
        address: evil,
        via: 'ssh',
        reachable: false,
        privileged: false,
        error: { code: evil, message: evil },
      },
    ]
    const fix = {
      node: 'n2',
      backend: 'nft',
      commands: [`nft ${evil}`, 'nft н'],
      persist: [],
      undo: [],
      opens: ['n1->n2/galera'],
      proven: true,
    } as const
    const text = await message(
      report([flow({ from: 'n1', to: 'n2', ...blocked, blockedBy: rule })], { nodes, fixes: [fix] }),
    )
    expect(text).toMatch(/^[ -~\n]*$/)
    expect(text).not.toMatch(/^(Subject|\.$)/m)
    expect(text).toContain('# not for pasting')
    expect(text).not.toMatch(/^nft /m)
  })

  it('has no line that a mail server refuses, and no more lines than a mailbox takes', async () => {
    const fix = {
      node: 'n2',
      backend: 'nft',
      commands: [`nft ${'x'.repeat(1500)}`, ...Array(3000).fill('nft y')],
      persist: [],
      undo: [],
      opens: ['n1->n2/galera'],
      proven: true,
    } as const
    const lines = (
      (await message(report([flow({ from: 'n1', to: 'n2', ...blocked })], { fixes: [fix] }))) ?? ''
    ).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(998)
    expect(lines.length).toBeLessThanOrEqual(1501)
    expect(lines.at(-2)).toMatch(/^CRITICAL: 1 of 1 flows DOWN/)
  })

  it('tells nothing of what is ignored', async () => {
    const flows = [flow({ from: 'n1', to: 'n2', ...blocked }), flow({ from: 'n2', to: 'n1', ...blocked })]
    const ignore = {
      text: 'n1,n2,*',
      what: { kind: 'flow', from: 'n1', to: 'n2', service: '*' },
      untilMs: null,
    } as const
    const text = await message(acknowledge(report(flows), [ignore], { nowMs: T0, requireListening: false }))
    expect(text).toContain('n2->n1')
    expect(text).not.toMatch(/n1->n2|n2 is blocked/)
  })
})

function fresh(problem: Parameters<typeof lasting>[0]) {
  return { problem, sinceMs: T0, was: null }
}

function lasting(problem: Alert['unconfirmed'][number]) {
  return { problem, sinceMs: T0 - 26 * HOUR, seen: true }
}

function over(problem: Alert['unconfirmed'][number]) {
  return { problem, sinceMs: T0 - 26 * HOUR, untilMs: T0, how: 'well' as const }
}

function one(problem: Alert['unconfirmed'][number]): Alert {
  return { ...empty, fresh: [fresh(problem)] }
}
