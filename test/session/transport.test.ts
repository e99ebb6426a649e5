import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bootstrapArgv, SHELL_STAGE } from '../../src/agent/bootstrap.ts'
import { AGENT_PROGRAM } from '../../src/agent/program.ts'
import { agentCommand, type Transport } from '../../src/session/transport.ts'
import { shellQuote } from '../../src/terminal/shell-quote.ts'
import { CONFIG } from './fixtures.ts'

const ssh = (change: object = {}, options: string[] = []): Transport => ({
  kind: 'ssh',
  host: 'n1',
  user: null,
  settings: { options, connectTimeoutSeconds: 7.2 },
  ...change,
})
/** What sshd gives to the login shell. */
const remoteCommand = (become: boolean): string => agentCommand(ssh(), become).at(-1) as string

describe('the command line', () => {
  it('of this host is the bootstrap alone', () => {
    expect(agentCommand({ kind: 'local' }, false)).toEqual(bootstrapArgv(false))
    expect(bootstrapArgv(false).slice(0, 2)).toEqual(['sh', '-c'])
  })

  it('of a prefix is the prefix, then the bootstrap', () => {
    const argv = ['docker', 'exec', '-i', 'n 1']
    expect(agentCommand({ kind: 'prefix', argv }, true)).toEqual([...argv, ...bootstrapArgv(true)])
  })

  it("of ssh is the user's ssh that never prompts", () => {
    expect(agentCommand(ssh(), false).slice(0, -1)).toEqual([
      ...[
        'ssh',
        '-T',
        '-o',
        'BatchMode=yes',
        '-o',
        'ClearAllForwardings=yes',
        '-o',
        'ConnectTimeout=8',
        '--',
        'n1',
      ],
    ])
  })

  it("of ssh has the user's options first, for ssh takes the first, and the login", () => {
    expect(agentCommand(ssh({ user: 'dba' }, ['Port=2222', 'ProxyJump=a,b']), false).slice(0, -1)).toEqual([
      ...['ssh', '-T', '-o', 'Port=2222', '-o', 'ProxyJump=a,b', '-o', 'BatchMode=yes'],
      ...['-o', 'ClearAllForwardings=yes', '-o', 'ConnectTimeout=8', '-l', 'dba', '--', 'n1'],
    ])
  })

  it('never lets a host name be an option', () => {
    const argv = agentCommand(ssh({ host: '-oProxyCommand=id' }), false)
    expect(argv.indexOf('--')).toBe(argv.indexOf('-oProxyCommand=id') - 1)
  })

  it('never weakens the check of host keys', () => {
    for (const become of [false, true]) {
      const line = agentCommand(ssh({ user: 'dba' }), become)
        .slice(0, -1)
        .join(' ')
      expect(line).not.toMatch(/HostKey|KnownHosts|StrictHost|CheckHostIP|\s-[a-zA-Z]*[qFn]/i)
    }
  })

  it('is one printable line without what any login shell would touch in single quotes', () => {
    for (const become of [false, true]) {
      for (const word of bootstrapArgv(become)) expect(word).toMatch(/^[ -~]+$/)
      // History of csh, and the two escapes of fish.
      expect(bootstrapArgv(become).join(' ')).not.toMatch(/['!]|\\\\/)
    }
  })
})

const SHELLS = ['sh', 'dash', 'bash', 'mksh', 'zsh', 'tcsh', 'fish', 'busybox sh']
const run = (shell: string, command: string, input = '') => {
  const [file = '', ...args] = shell.split(' ')
  return spawnSync(file, [...args, '-c', command], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/' },
  })
}
const works = (shell: string) => run(shell, 'echo yes').stdout === 'yes\n'
const missing = SHELLS.filter((shell) => !works(shell))
it.runIf(process.env.CI === 'true')('every login shell is there to be tried', () => {
  expect(missing).toEqual([])
})
if (missing.length > 0) console.warn(`SKIPPED: login shells that are not installed: ${missing.join(', ')}`)

describe.each(SHELLS)('as a login shell: %s', (shell) => {
  it.skipIf(missing.includes(shell)).each([false, true])('the agent starts, with --become %s', (become) => {
    const { stdout, stderr, status } = run(
      shell,
      remoteCommand(become),
      `${AGENT_PROGRAM}${JSON.stringify(CONFIG)}\n`,
    )
    const lines = stdout.split('\n')
    expect(lines.slice(0, 2)).toEqual([SHELL_STAGE, '\0\0pxc-netcheck-agent 1'])
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ type: 'hello', raw: false })
    // Its stdin ended: so did it.
    expect([lines.slice(3), stderr, status]).toEqual([[''], '', 0])
  })
})

describe.each(['sh', 'dash', 'bash'])('quoting survives %s', (shell) => {
  it.skipIf(missing.includes(shell))('any words', () => {
    const word = fc.string({ unit: fc.constantFrom(...' \t\n\'"\\$`!*?[]{}()<>|&;#~=-%^abc1é😀') })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        const { stdout } = run(shell, `printf '%s\\0' ${words.map(shellQuote).join(' ')}`)
        expect(stdout.split('\0').slice(0, -1)).toEqual(words)
      }),
      { numRuns: 60 },
    )
  })
})
