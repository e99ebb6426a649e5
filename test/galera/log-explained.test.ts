import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainLog } from '../../src/galera/log-explained.ts'

const LOGS = new URL('../../fixtures/logs/', import.meta.url)
const recorded = (name: string) => explainLog(readFileSync(new URL(`${name}.log`, LOGS), 'utf8'))
const kindsOf = (log: ReturnType<typeof explainLog>) => log.explained.map(({ kind }) => kind)
const kinds = (...lines: string[]) => kindsOf(explainLog(lines.join('\n')))

const STARTED = 'x 0 [Note] Starting MariaDB 10.11.19-MariaDB source revision 5843d as process 9'
const NON_PRIM = 'x 0 [Note] WSREP: view(view_id(NON_PRIM,6f367ca1-bd58,7) memb {'
const PRIMARY = 'x 0 [Note] WSREP: New COMPONENT: primary = yes, bootstrap = no, my_idx = 2, memb_num = 3'
const REFUSED = 'x 0 [Note] WSREP: Failed to establish connection: Connection refused'
const ABORTED = 'x 0 [Note] WSREP: Failed to establish connection: Operation aborted.'
const STALL = 'x 0 [Warning] WSREP: last inactive check more than PT1.5S ago (PT1.5007S), skipping check'
const SHUTDOWN = 'x 0 [Note] /usr/sbin/mariadbd (initiated by: unknown): Normal shutdown'
const GAVE_UP =
  'x 0 [ERROR] WSREP: failed to open gcomm backend connection: 110: failed to reach primary view'
const NO_ANSWER = (address: string) =>
  `x 0 [Note] WSREP: (87f0cc43-964b, 'tcp://0.0.0.0:4567') connection to peer 00000000-0000 with addr tcp://${address}:4567 timed out, no messages seen in PT3S`
const CONNECT = 'x 0 [ERROR] WSREP: wsrep::connect(gcomm://10.99.0.11,10.99.0.12,10.99.0.13) failed: 7'

describe('an ordinary start or end', () => {
  it.each([
    ['a shutdown', SHUTDOWN, NON_PRIM],
    ['leaving without one', 'x 1 [Note] WSREP: gcomm: terminating thread', ABORTED, NON_PRIM],
    ['leaving the group', 'x 0 [Note] WSREP: Received SELF-LEAVE. Closing connection.', NON_PRIM],
    ['a start that ends in a Primary component', STARTED, NON_PRIM, REFUSED, ABORTED, STALL, PRIMARY],
  ])('is no trouble: %s', (_, ...lines) => {
    expect(kinds(...lines)).toEqual([])
  })

  it('leaves the line by which a joiner gave up, without the view that comes of it', () => {
    expect(kinds(STARTED, NON_PRIM, GAVE_UP)).toEqual(['never-primary'])
    expect(kinds('x WSREP: Will never receive state. Need to abort.', NON_PRIM)).toEqual(['never-received'])
  })

  it('hides no quorum that was lost, no member that refuses, and no second stall', () => {
    expect(kinds(NON_PRIM)).toEqual(['non-primary'])
    expect(kinds(STARTED, NON_PRIM)).toEqual(['non-primary'])
    expect(kinds(STARTED, PRIMARY, NON_PRIM, SHUTDOWN)).toEqual(['non-primary'])
    expect(kinds(SHUTDOWN, STARTED, PRIMARY, NON_PRIM)).toEqual(['non-primary'])
    expect(kinds(SHUTDOWN, STARTED, NON_PRIM)).toEqual(['non-primary'])
    expect(kinds(STARTED, PRIMARY, NON_PRIM, PRIMARY)).toEqual(['non-primary'])
    expect(kinds(STARTED, REFUSED, GAVE_UP)).toEqual(['connect-refused', 'never-primary'])
    expect(kinds(STARTED, PRIMARY, REFUSED)).toEqual(['connect-refused'])
    expect(kinds(STARTED, STALL, PRIMARY, STALL)).toEqual(['own-stall'])
    expect(kinds(STALL)).toEqual(['own-stall'])
  })
})

describe('the order', () => {
  it('is that of what the lines tell: causes, signs, outcomes; and those that say nothing are with another', () => {
    const all = Object.fromEntries(
      readdirSync(LOGS).map((file) => {
        const name = file.replace('.log', '')
        const said = recorded(name).explained.map(({ kind, companions }) =>
          [kind, ...companions.map((each) => each.kind)].join('+'),
        )
        return [name, said.join(' ')]
      }),
    )
    expect(all).toMatchInlineSnapshot(`
      {
        "4444-dropped-n1": "sst-timed-out peer-suspected sst-send-failed transfer-failed",
        "4444-dropped-n3": "transfer-failed+never-received",
        "4444-refused-n1": "sst-refused relay-on sst-send-failed transfer-failed",
        "4444-rejected-n1": "sst-no-route sst-send-failed transfer-failed",
        "4444-rsync-dropped-n1": "sst-timed-out sst-send-failed transfer-failed",
        "4444-rsync-refused-n1": "sst-refused sst-send-failed transfer-failed",
        "4567-dropped-n3": "peer-no-handshake+connect-aborted never-primary",
        "4567-one-way-n3": "peer-no-handshake",
        "4567-refused-n3": "connect-refused never-primary",
        "4567-rejected-n3": "connect-no-route never-primary",
        "4567-relayed-n2": "peer-no-handshake+connect-aborted relay-on non-primary",
        "4567-relayed-n3": "peer-no-handshake+connect-aborted relay-on never-primary",
        "4568-dropped-n1": "ist-timed-out transfer-failed",
        "4568-dropped-n3": "transfer-failed+never-received",
        "4568-refused-n1": "ist-refused transfer-failed",
        "4568-rejected-n1": "ist-no-route transfer-failed",
        "4568-taken-n3": "ist-listen-failed transfer-failed+never-received",
        "cut-n1": "peer-silent+connect-aborted relay-on reconnecting peer-suspected",
        "cut-n3": "peer-no-handshake+connect-aborted peer-silent relay-on reconnecting peer-suspected non-primary",
        "healthy-n1": "",
        "healthy-n2": "",
        "healthy-n3": "",
        "other-group-n1": "other-group",
        "other-group-n3": "never-primary",
        "stray-4444-n3": "sst-unrecoverable",
        "stray-4568-n3": "ist-receive-failed",
        "strays-n1": "stray-silent foreign-message",
        "tls-joiner-n3": "tls-plaintext never-primary",
        "tls-other-ca-n1": "tls-untrusted",
        "tls-other-ca-n3": "tls-untrusted connect-refused never-primary",
        "tls-plain-joiner-n1": "tls-broken-off",
        "tls-plain-joiner-n3": "peer-no-greeting connect-refused never-primary",
        "tls-stray-4568-n3": "ist-receiver-crashed tls-broken-off",
        "tls-strays-n1": "tls-plaintext tls-no-certificate tls-broken-off",
      }
    `)
  })

  it('puts a cause that names peer and port before one that does not', () => {
    const guess =
      'x 0 [Warning] WSREP: Failed to guess base node address. Set it explicitly via wsrep_node_address'
    const untrusted = 'x WSREP: Failed to establish connection: certificate verify failed'
    expect(kinds(guess, untrusted, REFUSED, NO_ANSWER('10.99.0.11'))).toEqual([
      'peer-no-handshake',
      'tls-untrusted',
      'address-not-guessed',
      'connect-refused',
    ])
    const socat = 'x socat[1128] E connect(6, AF=2 10.99.0.13:4444, 16): Connection timed out'
    expect(kinds(untrusted, socat)).toEqual(['sst-timed-out', 'tls-untrusted'])
  })

  it('explains a companion that stands alone', () => {
    expect(kinds(ABORTED)).toEqual(['connect-aborted'])
    expect(kinds('x WSREP: Will never receive state. Need to abort.')).toEqual(['never-received'])
  })
})

describe('the likeliest cause', () => {
  it.each([
    ['4444-dropped-n1', 'the SST port of the joiner does not answer (10.99.0.13:4444)'],
    ['4568-refused-n1', 'the IST port of the joiner refuses connections (10.99.0.13:4568)'],
    ['4567-rejected-n3', 'calls to a group port are rejected'],
    ['4444-dropped-n3', null],
    ['other-group-n3', null],
    ['healthy-n3', null],
  ])('of %s: %s', (name, likely) => {
    expect(recorded(name).likely).toBe(likely)
  })
})

describe('the nodes of a command', () => {
  const commandAfter = (...own: string[]) =>
    explainLog([...own, NO_ANSWER('10.99.0.11'), NO_ANSWER('10.99.0.13'), CONNECT].join('\n')).explained.map(
      ({ command }) => command,
    )

  it.each([
    `x WSREP: (7b, 'tcp://0.0.0.0:4567') Found matching local endpoint for a connection, blacklisting address tcp://10.99.0.13:4567`,
    `x WSREP: (7b, 'tcp://0.0.0.0:4567') address 'tcp://10.99.0.13:4567' points to own listening address, blacklisting`,
    'x WSREP: Prepared IST receiver for 0-29, listening at: tcp://10.99.0.13:4568',
    'x WSREP: IST receiver addr using ssl://10.99.0.13:4568',
    'x WSREP: Passing config to GCS: base_dir = /var/lib/mysql/; base_host = 10.99.0.13; base_port = 4567;',
    'wsrep_node_address = 10.99.0.13',
    'wsrep_node_address=10.99.0.13:4567',
    'wsrep_node_address=::ffff:10.99.0.13',
    "--wsrep-node-address='[::ffff:10.99.0.13]'",
    "wsrep-node-address='::ffff:10.99.0.13'",
  ])('leave out the node whose log it is, where that tells: %s', (own) => {
    expect(commandAfter(own)).toEqual([
      'pxc-netcheck --nodes THIS,10.99.0.11 --only galera --explain THIS,10.99.0.11,galera',
      'pxc-netcheck --nodes THIS,10.99.0.11,10.99.0.12 --only galera',
    ])
  })

  it('leave out its name, and keep both ends of a transfer', () => {
    const own = 'x 1 [Note] WSREP: Server n3 connected to cluster at position 6f36b3fd:29 with ID 7bd42c79'
    const [lost] = explainLog(`${own}\nx WSREP: wsrep::connect(gcomm://n1,n2,n3) failed: 7`).explained
    expect(lost?.command).toBe('pxc-netcheck --nodes THIS,n1,n2 --only galera')
    expect(recorded('4444-dropped-n3').explained[0]?.command).toMatch(/--nodes n1,n3 /)
  })

  it('are as they were where it is not known', () => {
    const all = [
      'pxc-netcheck --nodes THIS,10.99.0.11,10.99.0.13 --only galera',
      'pxc-netcheck --nodes 10.99.0.11,10.99.0.12,10.99.0.13 --only galera',
    ]
    expect(commandAfter()).toEqual(all)
    expect(commandAfter('x WSREP: Prepared IST receiver for 0-1, listening at: tcp://0.0.0.0:4568')).toEqual(
      all,
    )
    expect(commandAfter(`x WSREP: (7b, 'tcp://0.0.0.0:4567') listening at tcp://0.0.0.0:4567`)).toEqual(all)
  })
})
