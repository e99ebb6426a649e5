import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseMessage } from '../../src/session/messages.ts'
import { agentFile } from './fixtures.ts'

/** What the fixture agents say, each as it stands there. */
const HELLO = JSON.parse(readFileSync(agentFile('hello.json'), 'utf8'))
const SAID = readFileSync(agentFile('healthy.txt'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('> {'))
  .map((line) => JSON.parse(line.slice(2)))
const of = (type: string) => structuredClone([HELLO, ...SAID].find((message) => message.type === type))

const LISTENING = {
  type: 'listening',
  listeners: [
    { protocol: 'tcp', address: '10.99.0.11', port: 4567, guard: true, opened: false, errno: 'MYSQLD' },
  ],
}
const RULESETS = {
  type: 'rulesets',
  dumps: [{ tool: 'iptables', code: 0, text: '*filter\nCOMMIT\n', stderr: '' }],
}
const ACCOUNT = {
  type: 'account',
  released: 'finished',
  received: [{ protocol: 'tcp', port: 4567, source: 'fe80::1', sourcePort: 40000, isn: 0, count: 1 }],
  synReceived: [{ port: 4567, source: '10.99.0.12', sourcePort: 40000 }],
  packets: [
    {
      where: 'up',
      protocol: 'udp',
      kind: 'datagram',
      source: '10.99.0.12',
      sourcePort: 40000,
      destination: '10.99.0.11',
      destinationPort: 4567,
      isn: 0,
      mss: 1460,
      length: 0,
      count: 2,
    },
  ],
}
const MTU = {
  type: 'mtu',
  paths: [
    {
      id: 'n1 n2',
      mtu: 1500,
      tooBig: false,
      errno: 'ENETUNREACH',
      sent: [{ size: 1500, isn: 7, length: 1460, errno: 'EMSGSIZE' }],
    },
  ],
}
const RTT = {
  type: 'rtt',
  paths: [{ id: 'n1>n2', sent: 20, rttsMs: [0.213, 0], errno: 'EPERM' }],
}
const CLOCK = { type: 'clock', receivedUs: 1_780_000_000_123_456, answeredUs: 1_780_000_000_123_460 }
const HTTP = {
  type: 'http',
  zone: '-0400 EDT',
  results: [
    {
      id: 'a',
      connectMs: 0.4,
      tlsMs: 2.5,
      requestMs: 1.5,
      certificate: { verification: 'expired', notBefore: 1_500_000_000, notAfter: 1_600_000_000 },
      status: 401,
      headers: {
        date: 'Thu, 24 May 2018 12:05:34 GMT',
        serverTime: 'x',
        qanVersion: '1.9.0',
        contentType: 'text/html',
        authenticate: 'Basic realm="x"',
      },
      text: 'no',
      authorization: 'withheld',
      error: 'cut-off',
      detail: 'ECONNRESET',
      askedUs: 1_780_000_000_123_456,
      answeredUs: 1_780_000_000_123_460,
    },
  ],
}
const NTP = { type: 'ntp', offsetMs: 7_200_000.5, errorMs: 0.4, errno: 'ETIMEDOUT' }
const APPLIED = { type: 'applied', code: 3, stdout: '', stderr: 'changed' }
const SETTLED = { type: 'settled', outcome: 'restored', detail: 'x' }
const MESSAGES = [
  of('hello'),
  of('flow'),
  of('probed'),
  LISTENING,
  RULESETS,
  ACCOUNT,
  MTU,
  RTT,
  CLOCK,
  HTTP,
  NTP,
  APPLIED,
  SETTLED,
]

it.each(MESSAGES)('$type is taken', (message) => {
  expect(parseMessage(JSON.stringify(message))).toEqual(message)
})

it('keys that are not known are ignored, so that an agent may say more', () => {
  const message = { ...of('probed'), more: 1 }
  expect(parseMessage(JSON.stringify(message))).toEqual({ type: 'probed' })
})

it.each([
  '',
  'null',
  '[]',
  '{}',
  '7',
  '"hello"',
  '{"type":"hello"}',
  '{"type":"nothing"}',
  '{"type":["hello"]}',
  '{',
  '[{]',
])('no message: %s', (line) => {
  expect(parseMessage(line)).toBeNull()
})

/** Every place in a message that holds a single value, as a path. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, inner]) =>
    places(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

function withValue(message: object, path: (string | number)[], value: unknown): object {
  const copy = structuredClone(message)
  const last = path.at(-1) as string
  const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], copy as unknown)
  ;(parent as Record<string, unknown>)[last] = value
  return copy
}

describe('a value of another type is refused wherever it stands', () => {
  const cases = MESSAGES.flatMap((message) =>
    places(message).map((path) => [`${message.type} ${path.join('.')}`, message, path] as const),
  )
  it.each(cases)('%s', (_name, message, path) => {
    for (const value of [{}, [], [1], { toString: 'x' }]) {
      expect(parseMessage(JSON.stringify(withValue(message, path, value)))).toBeNull()
    }
    const now = path.reduce((at: unknown, key) => (at as Record<string, unknown>)[key], message)
    for (const value of ['x'.repeat(20_000), 7.5, -1, 1e300, true]) {
      // A text of any length is fine for a ruleset alone, any number for an exit code; times are looked at below.
      const same = typeof value === typeof now
      const free = /text$|code$|protocol$|Ms(\.\d+)?$/.test(path.join('.'))
      if (same && (free || typeof now === 'boolean')) continue
      expect(
        parseMessage(JSON.stringify(withValue(message, path, value))),
        String(value).slice(0, 20),
      ).toBeNull()
    }
  })
})

describe('values that would mislead or overflow', () => {
  const attempt = (change: object) => {
    const flow = of('flow')
    Object.assign(flow.attempts[0], change)
    return JSON.stringify(flow)
  }
  const trips = (change: object) => JSON.stringify({ type: 'rtt', paths: [{ ...RTT.paths[0], ...change }] })
  const clock = (receivedUs: string) => `{"type":"clock","receivedUs":${receivedUs},"answeredUs":1}`
  it.each([
    ['a time that is infinite', attempt({}).replace('0.4', '1e999')],
    ['a time before it began', attempt({ rttMs: -1 })],
    ['a time longer than any run', attempt({ rttMs: 1e12 })],
    ['a port beyond the last', attempt({ sourcePort: 65_536 })],
    ['an address with an escape', attempt({ sourceAddress: '10.0.0.1\u001b[2J' })],
    ['an address with a newline', attempt({ sourceAddress: '10.0.0.1\n' })],
    ['an errno with a blank', attempt({ errno: 'EPERM x' })],
    ['an outcome that does not exist', attempt({ outcome: 'open' })],
    ['an ICMP type beyond a byte', attempt({ icmp: { family: 4, type: 256, code: 0, from: '10.0.0.1' } })],
    [
      'an IP version that does not exist',
      attempt({ icmp: { family: 5, type: 3, code: 0, from: '10.0.0.1' } }),
    ],
    ['a sequence number that is no integer', attempt({ isn: 2 ** 60 })],
    [
      'more attempts than are ever made',
      JSON.stringify({ ...of('flow'), attempts: Array(65).fill(of('flow').attempts[0]) }),
    ],
    ['a round trip before it began', trips({ rttsMs: [-1] })],
    ['a round trip longer than any run', trips({ rttsMs: [1e12] })],
    ['more round trips than are ever made', trips({ rttsMs: Array(1001).fill(1) })],
    ['more packets than are ever sent', trips({ sent: 1001 })],
    ['a clock that is no number', clock('NaN')],
    ['a clock at no time', clock('1e999')],
    ['a clock beyond what is exact', clock('9007199254740992')],
    ['a clock before all clocks', clock('-1')],
    ['a clock between two microseconds', clock('0.5')],
    ['an id without end', JSON.stringify({ ...of('flow'), id: 'x'.repeat(2000) })],
  ])('%s', (_name, line) => {
    expect(parseMessage(attempt({}))).not.toBeNull()
    expect(parseMessage(trips({}))).not.toBeNull()
    expect(parseMessage(clock('0'))).not.toBeNull()
    expect(parseMessage(line)).toBeNull()
  })

  it('a prototype is not touched', () => {
    const line =
      '{"type":"probed","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
    expect(parseMessage(line)).toEqual({ type: 'probed' })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
