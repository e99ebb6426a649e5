import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeFailure, type SessionFailureCode } from '../../src/session/failure.ts'
import type { FlowResult } from '../../src/session/messages.ts'
import type { Session } from '../../src/session/session.ts'
import type { Transport } from '../../src/session/transport.ts'
import { BIN, bin, failureOf, open, play, prefix, ssh, until } from './fixtures.ts'
import { leftover, markChildren } from './marked.ts'

let marked: () => number[]
const path = process.env.PATH
beforeEach(() => {
  marked = markChildren()
  process.env.PATH = `${BIN}:${path}`
})
afterEach(async () => {
  process.env.PATH = path
  expect(await leftover(marked), 'processes left behind').toEqual([])
})

const commandLine = (pid: number) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ')
const REQUEST = { id: 'a', method: 'half-open', address: '10.99.0.12', port: 4567, echo: false } as const

/** How a session is used: as far as the far end lets it. */
async function use(session: Session): Promise<FlowResult[]> {
  const flows: FlowResult[] = []
  await session.hello()
  await session.probe([REQUEST], 1000, (flow) => flows.push(flow))
  await session.account()
  return flows
}

type Case = readonly [name: string, transport: Transport, code: SessionFailureCode, sentence: RegExp]

const fixture = (name: string, code: SessionFailureCode, sentence: RegExp): Case => [
  name,
  prefix(bin(name)),
  code,
  sentence,
]
const agent = (name: string, code: SessionFailureCode, sentence: RegExp): Case => [
  name,
  prefix(...play(name)),
  code,
  sentence,
]
const host = (name: string, code: SessionFailureCode, sentence: RegExp): Case => [
  `ssh ${name}`,
  ssh(name),
  code,
  sentence,
]

const CASES: readonly Case[] = [
  [
    'a command that does not exist',
    prefix('/nonexistent/docker'),
    'command-not-found',
    /check --via and PATH/,
  ],
  ['a file that is no program', prefix('/etc/passwd'), 'command-not-found', /check --via and PATH .*EACCES/],
  fixture('garbage', 'agent-garbage', /check that --via runs its command.*it said: <html>no<\/html>/),
  fixture(
    'garbage-exit-1',
    'agent-garbage',
    /what the login shell prints.*account is currently not available/,
  ),
  fixture('garbage-unterminated', 'agent-garbage', /it said: no newline, ever/),
  fixture('flood-line', 'agent-garbage', /without end/),
  fixture('flood-lines', 'agent-garbage', /without end/),
  fixture('flood-stderr', 'prefix-failed', /run it by hand.*it said: and then it failed/),
  fixture('escapes', 'agent-garbage', /check that --via/),
  fixture('no-python', 'python-missing', /install python3 \(3\.6 or newer\)/),
  [
    'no Python behind a banner without a newline',
    prefix(bin('banner-unterminated'), bin('no-python')),
    'python-missing',
    /install python3/,
  ],
  fixture('old-python', 'python-too-old', /install python3 3\.6 or newer/),
  fixture('python-breaks', 'agent-crashed', /report it.*No module named 'encodings'/),
  agent('version-2', 'agent-version', /another protocol version.*report.*version 2/),
  agent('version-huge', 'agent-version', /another protocol version/),
  agent('crash', 'agent-crashed', /report it.*ZeroDivisionError: division by zero/),
  agent('crash-later', 'agent-crashed', /report it.*KeyError: 7/),
  agent('hello-twice', 'agent-garbage', /it said: hello unasked/),
  agent('unasked', 'agent-garbage', /it said: account unasked/),
  agent('wrong-types', 'agent-garbage', /it said: \{"type":"hello"/),
  agent('huge-numbers', 'agent-garbage', /it said: \{"type":"flow"/),
  agent('not-json', 'agent-garbage', /it said: Segmentation fault/),
  agent('deep', 'agent-garbage', /it said: \[\[\[/),
  agent('dies', 'session-lost', /broke off.*try again/),
  agent('dies-before-hello', 'session-lost', /broke off.*try again/),
  agent('closes-stdout', 'session-lost', /broke off.*try again/),
  agent('escapes', 'agent-crashed', /report it/),
  host('unresolved', 'ssh-name-not-resolved', /--nodes n1=ADDRESS.*Name or service not known/),
  host('unresolved-now', 'ssh-name-not-resolved', /--nodes n1=ADDRESS/),
  host('refused', 'ssh-refused', /start sshd/),
  host('timeout', 'ssh-timeout', /--connect-timeout/),
  host('banner-timeout', 'ssh-timeout', /--connect-timeout/),
  host('no-route', 'ssh-no-route', /check the address, the route and the firewall/),
  host('unreachable', 'ssh-no-route', /check the address/),
  host('unknown-key', 'ssh-host-key', /run "ssh n1" once by hand and verify the key/),
  host('changed-key', 'ssh-host-key', /verify the key.*Host key verification failed/),
  host('denied', 'ssh-permission-denied', /"ssh n1 true" must work without a password/),
  host('too-many', 'ssh-permission-denied', /must work without a password/),
  host('bannered', 'ssh-permission-denied', /it said: dba@bannered: Permission denied/),
  host('jump', 'ssh-timeout', /it said: ssh: connect to host bastion port 22: Connection timed out/),
  host('closed', 'ssh-failed', /try "ssh n1 true" by hand.*Connection closed/),
  host('bad-config', 'ssh-failed', /try "ssh n1 true" by hand/),
  host('nologin', 'agent-garbage', /account is currently not available/),
  host('breaks', 'session-lost', /broke off.*Broken pipe/),
  host('killed', 'session-lost', /broke off/),
]

describe('each way to fail has a code, a sentence, and leaves no process', () => {
  it.each(CASES)('%s', async (_name, transport, code, sentence) => {
    const session = open(transport)
    const failure = await failureOf(use(session))
    expect(failure.code).toBe(code)
    expect(describeFailure('n1', failure)).toMatch(sentence)
    // Later requests fail alike, at once.
    expect(await failureOf(session.account())).toEqual(failure)
    await session.close()
    expect(await failureOf(session.rulesets())).toEqual(failure)
  })

  it('sudo refused, which only --become asks', async () => {
    const session = open(prefix(bin('sudo-refuses')), true)
    const failure = await failureOf(session.hello())
    expect(failure.code).toBe('sudo-refused')
    expect(describeFailure('n1', failure)).toMatch(/leave --become out.*sudo: a password is required/)
    await session.close()
  })
})

describe('what never ends by itself is abandoned', () => {
  it.each([
    ['mute', prefix(bin('mute')), ''],
    ['stubborn', prefix(bin('stubborn')), ''],
    ['shell-around', prefix(bin('shell-around'), bin('mute')), ''],
    ['garbage-hang', prefix(bin('garbage-hang')), 'Choose: (1) menu (2) shell'],
  ] as const)('%s', async (_name, transport, said) => {
    const session = open(transport)
    const hello = failureOf(session.hello())
    // It sleeps: what it says has been written by then, and the next turns of the event loop read it.
    await until(() => expect(marked().map(commandLine)).toContain('sleep 600'))
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    session.abandon({ code: 'agent-silent', detail: '' })
    const failure = await hello
    expect(failure.code).toBe('agent-silent')
    expect(failure.detail.trim()).toBe(said)
    expect(describeFailure('n1', failure)).toContain('raise --deadline')
    await session.close()
    expect(marked()).toEqual([])
  })

  it('an agent that ignores SIGTERM and its stdin is killed by close', async () => {
    const session = open(prefix(...play('ignores-term')))
    await session.hello()
    const account = failureOf(session.account())
    await session.close()
    expect(marked()).toEqual([])
    expect((await account).code).toBe('cancelled')
  })
})

it('whoever left its process group with its pipes is neither waited for nor ended', async () => {
  const session = open(prefix(bin('leaves-a-child')))
  expect((await failureOf(session.hello())).code).toBe('prefix-failed')
  await session.close()
  expect(marked().map(commandLine)).toEqual(['sleep 600'])
  for (const pid of marked()) process.kill(pid, 'SIGKILL')
})

describe('what is not the agent is passed over', () => {
  it.each([
    ['a banner', prefix(bin('banner'), ...play('healthy'))],
    ['a banner without a newline', prefix(bin('banner-unterminated'), ...play('healthy'))],
    ['a shell around it', prefix(bin('shell-around'), ...play('healthy'))],
    ['flows that were not asked for', prefix(...play('unknown-flows'))],
  ])('%s', async (name, transport) => {
    const session = open(transport)
    expect((await session.hello()).hostname).toBe('n1')
    const flows: FlowResult[] = []
    await session.probe([REQUEST], 1000, (flow) => flows.push(flow))
    expect(flows.map(({ id }) => id)).toContain('a')
    if (name.startsWith('flows')) expect(flows.map(({ id }) => id)).toEqual(['unknown', '__proto__', 'a'])
    await session.close()
  })

  it.each([
    ['this host', { kind: 'local' } as const],
    ['a banner before it', prefix(bin('banner'))],
    ['a banner without a newline before it', prefix(bin('banner-unterminated'))],
    ['a shell around it', prefix(bin('shell-around'))],
    ['a fake ssh, through sh', ssh('any')],
  ])('the real agent: %s', async (_name, transport) => {
    const session = open(transport)
    expect(await session.hello()).toMatchObject({ type: 'hello', protocol: 1, raw: false })
    expect((await session.account()).packets).toBeNull()
    await session.close()
    expect(marked()).toEqual([])
  })

  it('text with escapes is kept as it was said, for the renderer to show', async () => {
    const session = open(prefix(...play('escapes')))
    expect((await session.hello()).hostname).toBe('\u001b]0;owned\u0007\u001b[2J')
    await session.close()
  })
})
