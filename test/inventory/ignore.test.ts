import { describe, expect, it } from 'vitest'
import { parseRepeat } from '../../src/inventory/duration.ts'
import { type Ignore, parseIgnore } from '../../src/inventory/ignore.ts'
import { parseUntil } from '../../src/inventory/until.ts'
import { GALERA_SERVICES } from '../../src/services.ts'

const hosts = ['n1', 'n2', 'db.example.org'].map((name) => ({ name, address: name, role: 'member' as const }))
const parse = (text: string, open = false) =>
  parseIgnore(text, { hosts: hosts as never, services: GALERA_SERVICES, open })
const flow = (from: string, to: string, service: string): Ignore['what'] => ({
  kind: 'flow',
  from,
  to,
  service,
})

describe('--ignore', () => {
  it.each<[string, Ignore['what']]>([
    ['n1,n2,galera', flow('n1', 'n2', 'galera')],
    ['*,n2,4567', flow('*', 'n2', '4567')],
    ['db*,n2,4567/udp', flow('db*', 'n2', '4567/udp')],
    ['node:n2', { kind: 'node', node: 'n2' }],
    ['finding:clock-drift', { kind: 'finding', code: 'clock-drift' }],
    ['finding:log-*', { kind: 'finding', code: 'log-*' }],
  ])('%s', (text, what) => {
    expect(parse(text)).toEqual({ text, what, untilMs: null })
    const until = `${text}@2026-12-31T08:00Z`
    expect(parse(until)).toEqual({ text: until, what, untilMs: Date.UTC(2026, 11, 31, 8) })
  })

  it.each([
    [
      'n1,n2',
      'is not FROM,TO,SERVICE[@UNTIL], node:NAME[@UNTIL] or finding:CODE[@UNTIL]. Example: --ignore n1,n2,galera@2026-12-31',
    ],
    ['', 'is not FROM'],
    ['n1,n2,galera,x', 'is not FROM'],
    ['n1,n9,galera', 'names no node "n9". Known are: n1, n2, db.example.org.'],
    ['x*,n1,galera', 'names no node "x*"'],
    ['dbXexample.org,n1,galera', 'names no node'],
    ['n1,n2,http', 'names no service "http" of this run. Known are: mysql'],
    ['node:n9', 'names no node "n9"'],
    ['finding:clock-drfit', 'there is no such finding'],
    ['n1,n2,galera@', 'is no date'],
    ['n1,n2,galera@tomorrow', 'is no date'],
    ['n1,n2,galera@2026-02-30', 'is no date'],
    ['n1,n2,galera@2026-12-31T25:00', 'is no date'],
    ['\u001b[2J,n2,galera', 'names no node'],
  ])('refuses %s', (text, message) => {
    expect(() => parse(text)).toThrow(message)
    expect(() => parse(text)).not.toThrow('\u001b')
  })

  it('takes any node where the run may find others', () => {
    expect(parse('n9,n8,galera', true).what).toEqual(flow('n9', 'n8', 'galera'))
  })
})

describe('dates and times', () => {
  it('a date lasts to its end, here', () => {
    expect(parseUntil('2026-12-31')).toBe(new Date(2027, 0, 1).getTime())
  })

  it.each([
    ['2026-12-31T08:00', new Date(2026, 11, 31, 8).getTime()],
    ['2026-12-31 08:00:30', new Date(2026, 11, 31, 8, 0, 30).getTime()],
    ['2026-12-31T08:00+02:00', Date.UTC(2026, 11, 31, 6)],
  ])('%s', (text, ms) => {
    expect(parseUntil(text)).toBe(ms)
  })

  it.each([
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['90s', 90_000],
    ['never', null],
  ])('--repeat %s', (text, ms) => {
    expect(parseRepeat(text)).toBe(ms)
  })

  it.each(['', '30', '1.5h', '0m', '59s', '367d', '-1h', '1w'])('--repeat refuses "%s"', (text) => {
    expect(() => parseRepeat(text)).toThrow('Examples: 30m, 24h, 7d, never.')
  })
})
