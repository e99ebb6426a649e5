import { describe, expect, it } from 'vitest'
import {
  classifyEnding,
  describeFailure,
  type Ending,
  type SessionFailureCode,
  startFailure,
} from '../../src/session/failure.ts'

const ending = (change: Partial<Ending>): Ending => ({
  transport: 'prefix',
  exitCode: 1,
  stderr: '',
  shellStarted: false,
  agentStarted: false,
  stdout: '',
  become: false,
  ...change,
})
const shell = (change: Partial<Ending>): Ending => ending({ shellStarted: true, ...change })

describe('the stage at which a session ended', () => {
  it.each([
    ['nothing was heard', ending({}), 'prefix-failed'],
    ['nothing was heard, exit 0', ending({ exitCode: 0 }), 'prefix-failed'],
    ['nothing was heard of ssh', ending({ transport: 'ssh' }), 'ssh-failed'],
    ['nothing was heard, ssh was killed', ending({ transport: 'ssh', exitCode: null }), 'ssh-failed'],
    ['255 is ssh alone', ending({ exitCode: 255, stderr: 'Connection refused' }), 'prefix-failed'],
    ['ssh, 255, words unknown', ending({ transport: 'ssh', exitCode: 255, stderr: 'x' }), 'ssh-failed'],
    [
      "a remote command's words",
      ending({ transport: 'ssh', exitCode: 1, stderr: 'Connection refused' }),
      'ssh-failed',
    ],
    ['something else spoke', ending({ stdout: 'hello\n' }), 'agent-garbage'],
    ['97 before the shell is nothing of ours', ending({ exitCode: 97 }), 'prefix-failed'],
    ['no Python', shell({ exitCode: 97 }), 'python-missing'],
    [
      'a Python that may not be run',
      shell({ exitCode: 126, stderr: 'sh: 1: exec: python3: Permission denied' }),
      'python-missing',
    ],
    ['a Python that is gone', shell({ exitCode: 127 }), 'python-missing'],
    ['old Python', shell({ exitCode: 98 }), 'python-too-old'],
    [
      'old Python behind sudo that warns',
      shell({ exitCode: 98, become: true, stderr: 'sudo: unable to resolve host' }),
      'python-too-old',
    ],
    ['sudo', shell({ become: true, stderr: 'sudo: a password is required' }), 'sudo-refused'],
    [
      'no sudo there',
      shell({ exitCode: 127, become: true, stderr: 'sh: 1: exec: sudo: not found' }),
      'sudo-refused',
    ],
    ['sudo was not asked', shell({ stderr: 'sudo: a password is required' }), 'agent-crashed'],
    ['Python cannot start', shell({ become: true, stderr: 'ImportError' }), 'agent-crashed'],
    ['Python ends before it begins', shell({ exitCode: 0 }), 'agent-garbage'],
    [
      'ssh breaks after the shell',
      shell({ transport: 'ssh', exitCode: 255, stderr: 'Broken pipe' }),
      'session-lost',
    ],
    ['the client is killed after the shell', shell({ exitCode: null }), 'session-lost'],
    ['any end of an agent', shell({ agentStarted: true, exitCode: 0 }), 'session-lost'],
    ['97 of an agent', shell({ agentStarted: true, exitCode: 97 }), 'session-lost'],
  ] as const)('%s: %#', (_name, given, code) => {
    expect(classifyEnding(given).code).toBe(code)
  })

  it.each([
    ['ENOENT', 'command-not-found'],
    ['EACCES', 'command-not-found'],
    ['EMFILE', 'no-resources'],
    ['EAGAIN', 'no-resources'],
  ])('the command was not started: %s', (errno, code) => {
    expect(startFailure('ssh', errno)).toEqual({ code, detail: `ssh: ${errno}` })
  })
})

const CODES: Readonly<Record<SessionFailureCode, true>> = {
  'command-not-found': true,
  'no-resources': true,
  'ssh-name-not-resolved': true,
  'ssh-refused': true,
  'ssh-timeout': true,
  'ssh-no-route': true,
  'ssh-host-key': true,
  'ssh-permission-denied': true,
  'ssh-failed': true,
  'prefix-failed': true,
  'sudo-refused': true,
  'python-missing': true,
  'python-too-old': true,
  'agent-garbage': true,
  'agent-version': true,
  'agent-crashed': true,
  'agent-silent': true,
  'session-lost': true,
  cancelled: true,
}

describe('the sentence', () => {
  const failure = (detail: string) => ({ code: 'ssh-failed', detail }) as const

  it('names the node as the user named it', () => {
    expect(describeFailure('db1', failure(''))).toBe('ssh to db1 failed; try "ssh db1 true" by hand.')
  })

  it.each(Object.keys(CODES) as SessionFailureCode[])('has a subject and an end: %s', (code) => {
    const sentence = describeFailure('db1', { code, detail: '' })
    // The node stands before the advice, where the reader looks for it.
    expect(sentence.split(';')[0]).toContain('db1')
    expect(sentence).toMatch(/[^.]\.$/)
  })

  it('quotes the last line of what was said', () => {
    expect(describeFailure('db1', failure('first\r\n  last  \r\n\n'))).toMatch(
      / by hand \(it said: last\)\.$/,
    )
  })

  it('quotes no more than a line of a terminal or three', () => {
    expect(describeFailure('db1', failure('x'.repeat(5000))).length).toBeLessThan(400)
  })
})
