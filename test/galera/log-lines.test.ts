import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEvent, LOG_KINDS } from '../../src/galera/log-event.ts'
import { explainLog } from '../../src/galera/log-explained.ts'
import { parseLogLine, readLog } from '../../src/galera/log-lines.ts'
import { LOG_MEANINGS } from '../../src/galera/log-meanings.ts'
import { LOG_PATTERNS } from '../../src/galera/log-patterns.ts'
import { timeOf } from '../../src/galera/log-time.ts'
import { LOG_ROWS } from './log-rows.ts'

/** What stands before the text, and the time that is read of it. */
const BEFORE: readonly (readonly [form: string, prefix: string, at: string | null])[] = [
  ['MariaDB', '2026-11-24 10:02:03 0 [Note] WSREP: ', '2026-11-24 10:02:03'],
  ['MariaDB, one digit of an hour', '2026-11-24  9:02:03 0 [Warning] WSREP: ', '2026-11-24  9:02:03'],
  ['MySQL 8', '2026-11-24T10:02:03.123456Z 0 [Note] [MY-000000] [Galera] ', '2026-11-24T10:02:03.123456Z'],
  ['MySQL 5.7', '2026-11-24T10:02:03.123456+09:00 0 [Warning] WSREP: ', '2026-11-24T10:02:03.123456+09:00'],
  ['MySQL 5.6', '261124  9:02:03 [Note] WSREP: ', '261124  9:02:03'],
  ['MariaDB 10.2', '2026-11-24 10:02:03 140666176771840 [ERROR] WSREP: ', '2026-11-24 10:02:03'],
  ['garbd', '2026-11-24 10:02:03.164  WARN: ', '2026-11-24 10:02:03.164'],
  ['a script of PXC', '2026-11-24T10:02:03.000000Z WSREP_SST: [ERROR] ', '2026-11-24T10:02:03.000000Z'],
  ['socat', '2026/11/24 10:02:03 ', '2026/11/24 10:02:03'],
  ['journald, short-iso', '2026-11-24T10:02:03+0000 n1 mariadbd[123]: ', '2026-11-24T10:02:03+0000'],
  ['journald', 'Nov 24 10:02:03 n1 mysqld[123]: ', 'Nov 24 10:02:03'],
  [
    'syslog around MariaDB',
    'Nov  4 10:02:03 n1 mariadbd[123]: 2026-11-04 10:02:03 0 [Note] WSREP: ',
    '2026-11-04 10:02:03',
  ],
  [
    'a container',
    'pxc-1  | 2026-11-24T10:02:03.123456Z 0 [Note] [MY-000000] [Galera] ',
    '2026-11-24T10:02:03.123456Z',
  ],
  [
    'an operator',
    '{"log":"2026-11-24T10:02:03.123456Z 0 [Note] [MY-000000] [WSREP-SST] ',
    '2026-11-24T10:02:03.123456Z',
  ],
  ['nothing', '', null],
]

describe('a line of a log', () => {
  describe.each(BEFORE)('%s', (_, prefix, at) => {
    it.each(LOG_ROWS)('%s: %s', (kind, text, fields = {}) => {
      const entry = parseLogLine(prefix + text)
      expect(entry).toMatchObject({ kind, at: at ?? null, fields, line: prefix + text })
    })
  })

  it('has a row for every kind but the one that takes several lines, and a pattern', () => {
    const kinds = LOG_KINDS.filter((kind) => kind !== 'ist-receiver-crashed')
    expect(new Set(LOG_ROWS.map(([kind]) => kind))).toEqual(new Set(kinds))
    expect(new Set(LOG_PATTERNS.map(({ is }) => is))).toEqual(new Set(kinds))
  })

  it.each([
    'WSREP_SST: [ERROR] Error while sending data to joiner node: exit codes: 0 1 (20261124 20:49:16.376)',
  ])('reads the time at the end of what a script says', (line) => {
    expect(timeOf(line)).toBe('20261124 20:49:16.376')
  })

  it.each([
    '2026-11-24 20:48:51 2 [Note] WSREP: Service thread queue flushed.',
    "2026-11-24 20:48:51 0 [Note] WSREP: gcomm: connecting to group 'lab', peer '10.99.0.11:,10.99.0.12:'",
    '2026-11-24 20:48:51 0 [Note] WSREP: view(view_id(PRIM,6f367ca1-bd58,6) memb {',
    "Failed to open channel 'x' at 'gcomm://a': -131 (State not recoverable)",
    "'Connection refused' by nobody",
    '',
  ])('does not know: %s', (line) => {
    expect(parseLogLine(line)).toBeNull()
  })

  it.each([
    [
      'started',
      '2026-11-24 20:48:47 0 [Note] Starting MariaDB 10.11.19-MariaDB source revision 5843d as process 9',
    ],
    [
      'started',
      '2001-01-01T01:01:01.000000Z 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 8.0.30-22) starting as process 1',
    ],
    [
      'started',
      '2001-01-01  1:01:01 0 [Note] /usr/sbin/mysqld (mysqld 10.4.25-MariaDB-log) starting as process 2 ...',
    ],
    ['synced', '2026-11-24 20:49:03 2 [Note] WSREP: Synchronized with group, ready for connections'],
    ['synced', '2026-11-24 20:49:03 0 [Note] WSREP: Shifting JOINED -> SYNCED (TO: 28)'],
    ['stopped', '2001-01-01  1:01:01 0 [Note] /usr/sbin/mariadbd (initiated by: unknown): Normal shutdown'],
    [
      'stopped',
      '2001-01-01T01:01:01.0Z 0 [Note] [MY-000000] [WSREP] Received shutdown signal. Will sleep for 10 secs',
    ],
    ['primary', 'x 0 [Note] WSREP: New COMPONENT: primary = yes, bootstrap = no, my_idx = 2, memb_num = 3'],
    ['leaving', 'x 0 [Note] WSREP: gcomm: terminating thread'],
    ['leaving', 'x 0 [Note] WSREP: Received SELF-LEAVE. Closing connection.'],
  ])('knows a milestone, %s: %s', (milestone, line) => {
    expect(parseLogLine(line)).toMatchObject({ milestone })
  })

  it('tells a death that ends an IST from any other by the lines before', () => {
    const died = "terminate called after throwing an instance of 'gu::Exception'"
    const waits = 'x 1 [Note] WSREP: Prepared IST receiver for 0-28, listening at: ssl://10.99.0.13:4568'
    const relay = 'x 0 [Note] WSREP: turning message relay requesting off'
    const kinds = (...lines: string[]) =>
      readLog(lines).flatMap((entry) => ('kind' in entry ? entry.kind : []))
    expect(kinds(died)).toEqual(['crashed'])
    expect(kinds(waits, relay, died)).toEqual(['ist-receiver-crashed'])
    expect(kinds(waits, 'x WSREP: IST received: 6f36b3fd:28', died)).toEqual(['crashed'])
  })

  it('gives a line without a time that of the line before', () => {
    const [, second] = readLog([
      '2026-11-24 20:55:47 0 [Note] WSREP: something else',
      '2026-11-24 20:55:48 0 [Note] WSREP: Received NON-PRIMARY.',
      "terminate called after throwing an instance of 'gu::Exception'",
    ])
    expect(second).toMatchObject({ kind: 'crashed', at: '2026-11-24 20:55:48' })
  })
})

describe('meanings', () => {
  it('never read as the proof of what they do not prove', () => {
    // Behind "Proves: " a bare "no firewall" would be proven.
    for (const kind of LOG_KINDS) expect(LOG_MEANINGS[kind].proves, kind).not.toMatch(/^(no|not|none)\b/)
  })

  it('never take the lines with -110 for the proof of a firewall', () => {
    const { proves } = LOG_MEANINGS['never-primary']
    expect(proves).toMatch(/^nothing about a firewall:/)
    for (const cause of ['dropped', 'rejected', 'refused', 'TLS does not match', 'no cluster'])
      expect(proves).toContain(cause)
  })

  it('are whole sentences', () => {
    for (const kind of LOG_KINDS) {
      const { means, proves, next } = LOG_MEANINGS[kind]
      for (const text of [means, proves, next]) expect(text, kind).toMatch(/[.)]$/)
      expect(means, kind).toMatch(/^[A-Z]/)
    }
  })
})

describe('hostile text', () => {
  const pieces = LOG_PATTERNS.map(({ has }) => has)
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom(...pieces, ...LOG_ROWS.map(([, row]) => row), ...BEFORE.map(([, prefix]) => prefix)),
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          'tcp://',
          '[',
          ':',
          '00000000',
          '(',
          "'",
          ',',
          ' ',
          '1'.repeat(300),
          'a'.repeat(5000),
          '\n',
          '\x1b[2J',
        ),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''))

  it('never throws, and no more comes out than the lines that went in', () => {
    fc.assert(
      fc.property(text, (given) => {
        const { lines, ordinary, unknown, explained } = explainLog(given)
        const known = explained
          .flatMap((line) => [line, ...line.companions])
          .reduce((sum, { count }) => sum + count, 0)
        expect(ordinary + unknown + known).toBe(lines)
        for (const { example, peers } of explained) {
          expect(example.length).toBeLessThanOrEqual(4096)
          for (const { address } of peers) expect(address).toMatch(/^[\w.:%-]{1,253}$/)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('looks at a bounded part of a line, however long it is', () => {
    const row = LOG_ROWS[0]?.[1] ?? ''
    expect(parseLogLine(`${'x'.repeat(4096)}${row}`)).toBeNull()
    expect(parseLogLine(`${row}${'x'.repeat(1e6)}`)?.line).toHaveLength(4096)
  })

  // A pattern that backtracks would take the square, or worse, of this: the test would not end.
  it.each(LOG_PATTERNS.map(({ is, has }) => [is, has]))('no pattern backtracks: %s, %s', (_, has) => {
    for (const filler of [
      'tcp://a',
      '(',
      ' ',
      '0',
      'E connect(',
      "'",
      'State transfer to ',
      '1 (a)',
      '[',
      ', ',
    ]) {
      const line = `${filler.repeat(4096 / filler.length)}`.slice(0, 4000) + has
      for (let i = 0; i < 20; i++) parseLogLine(`${line}${filler.repeat(10)}`)
    }
  })
})

describe('recorded logs', () => {
  const folder = new URL('../../fixtures/logs/', import.meta.url)
  const kindsOf = (name: string) =>
    [
      ...new Set(
        readLog(readFileSync(new URL(name, folder), 'utf8').split('\n'))
          .filter(isEvent)
          .map(({ kind }) => kind),
      ),
    ].sort()

  it('tell what they were made of', () => {
    const all = Object.fromEntries(
      readdirSync(folder).map((name) => [name.replace('.log', ''), kindsOf(name).join(' ')]),
    )
    expect(all).toMatchInlineSnapshot(`
      {
        "4444-dropped-n1": "peer-suspected sst-send-failed sst-timed-out transfer-failed",
        "4444-dropped-n3": "never-received non-primary transfer-failed",
        "4444-refused-n1": "relay-on sst-refused sst-send-failed transfer-failed",
        "4444-rejected-n1": "sst-no-route sst-send-failed transfer-failed",
        "4444-rsync-dropped-n1": "sst-send-failed sst-timed-out transfer-failed",
        "4444-rsync-refused-n1": "sst-refused sst-send-failed transfer-failed",
        "4567-dropped-n3": "connect-aborted never-primary non-primary own-stall peer-no-handshake",
        "4567-one-way-n3": "connect-aborted non-primary own-stall peer-no-handshake",
        "4567-refused-n3": "connect-refused never-primary non-primary own-stall",
        "4567-rejected-n3": "connect-no-route never-primary non-primary own-stall",
        "4567-relayed-n2": "connect-aborted non-primary peer-no-handshake relay-on",
        "4567-relayed-n3": "connect-aborted never-primary non-primary peer-no-handshake relay-on",
        "4568-dropped-n1": "ist-timed-out transfer-failed",
        "4568-dropped-n3": "never-received non-primary transfer-failed",
        "4568-refused-n1": "ist-refused transfer-failed",
        "4568-rejected-n1": "ist-no-route transfer-failed",
        "4568-taken-n3": "connect-aborted ist-listen-failed never-received non-primary transfer-failed",
        "cut-n1": "connect-aborted peer-silent peer-suspected reconnecting relay-on",
        "cut-n3": "connect-aborted non-primary peer-no-handshake peer-silent peer-suspected reconnecting relay-on",
        "healthy-n1": "connect-aborted",
        "healthy-n2": "connect-refused",
        "healthy-n3": "non-primary",
        "other-group-n1": "other-group",
        "other-group-n3": "never-primary non-primary own-stall",
        "stray-4444-n3": "non-primary sst-unrecoverable",
        "stray-4568-n3": "ist-receive-failed non-primary",
        "strays-n1": "foreign-message stray-silent",
        "tls-joiner-n3": "never-primary non-primary own-stall tls-plaintext",
        "tls-other-ca-n1": "tls-untrusted",
        "tls-other-ca-n3": "connect-refused never-primary non-primary own-stall tls-untrusted",
        "tls-plain-joiner-n1": "tls-broken-off",
        "tls-plain-joiner-n3": "connect-refused never-primary non-primary own-stall peer-no-greeting",
        "tls-stray-4568-n3": "connect-refused ist-receiver-crashed tls-broken-off",
        "tls-strays-n1": "tls-broken-off tls-no-certificate tls-plaintext",
      }
    `)
  })
})
