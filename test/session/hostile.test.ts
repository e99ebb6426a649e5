import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { toolBundle } from '../lab/bundle.ts'
import { bin, play } from './fixtures.ts'
import { leftover, markChildren } from './marked.ts'

let marked: () => number[]
beforeEach(() => {
  marked = markChildren()
})
afterEach(async () => {
  expect(await leftover(marked), 'processes left behind').toEqual([])
})

/** The built tool with both nodes behind this prefix. The addresses are for documentation: nothing is sent to them. */
function run(via: string, options: readonly string[] = [], before: readonly string[] = []) {
  const nodes = 'a=192.0.2.1,b=192.0.2.2'
  const argv = [...before, process.execPath, toolBundle(), '--nodes', nodes, '--via', via, '--only', 'galera']
  const [file = '', ...args] = [...argv, ...options]
  const child = spawn(file, args, { env: { ...process.env, TERM: 'xterm-256color' } })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  return new Promise<{ code: number | null; stdout: Buffer; stderr: Buffer }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) })
    })
  })
}
/** `{name}` must stand in every prefix. */
const behind = (argv: string) => `env NODE={name} ${argv}`
const reportOf = (stdout: Buffer) => JSON.parse(stdout.toString('utf8')) as Report
const fixture = (name: string) => behind(bin(name))
const agent = (name: string) => behind(play(name).join(' '))

/** What acts on a terminal: C0 but the newline, DEL, and C1, as a character or as a byte alone. */
function acts(output: Buffer): boolean {
  const text = output.toString('utf8')
  return /\ufffd/.test(text) || /\p{Cc}/u.test(text.replaceAll('\n', ''))
}

const HURRY = ['--format', 'json', '--timeout', '0.5', '--deadline', '2']

describe('the tool, asked to work with what is no agent', () => {
  it.each(
    [
      ['garbage', fixture('garbage'), 'agent-garbage'],
      ['a flood without a newline', fixture('flood-line'), 'agent-garbage'],
      ['a flood of lines', fixture('flood-lines'), 'agent-garbage'],
      ['a flood of complaints', fixture('flood-stderr'), 'prefix-failed'],
      ['escapes', fixture('escapes'), 'agent-garbage'],
      ['no command', '/nonexistent/docker {name}', 'command-not-found'],
      ['no Python', fixture('no-python'), 'python-missing'],
      ['an old Python', fixture('old-python'), 'python-too-old'],
      ['another version', agent('version-2'), 'agent-version'],
      ['a crash', agent('crash'), 'agent-crashed'],
      ['wrong types', agent('wrong-types'), 'agent-garbage'],
      ['an agent that answers with escapes', agent('escapes'), 'agent-crashed'],
      ['an agent that dies', agent('dies'), 'session-lost'],
      ['an agent that closes its stdout', agent('closes-stdout'), 'session-lost'],
      ['an agent that introduces itself twice', agent('hello-twice'), 'agent-garbage'],
    ].filter(([name]) => name !== 'no Python'),
  )('%s', async (_name, via, expected) => {
    const json = await run(via, ['--format', 'json'])
    const report = reportOf(json.stdout)
    expect(report.nodes.map(({ error }) => error?.code)).toEqual([expected, expected])
    expect([json.code, report.exitCode]).toEqual([3, 3])
    const table = await run(via)
    expect(table.code).toBe(3)
    for (const { error } of report.nodes) {
      // The advice stands in the table, whole, if in lines of its own.
      const advice = (error?.message ?? '').split(/[;(]/)[0] ?? ''
      expect(table.stdout.toString('utf8').replace(/\s+/g, ' ')).toContain(advice.trim().slice(0, 40))
    }
    for (const output of [json.stdout, json.stderr, table.stdout, table.stderr])
      expect(acts(output)).toBe(false)
    expect(existsSync('/tmp/executed')).toBe(false)
  })

  it.each([
    ['never answers', fixture('mute')],
    ['ignores SIGTERM', fixture('stubborn')],
    ['waits for an answer', fixture('garbage-hang')],
    ['starts, and never answers', agent('silent-after-sync')],
    ['answers, ignores SIGTERM, and never probes', agent('ignores-term')],
  ])(
    'does not hang past its deadline: what %s',
    async (_name, via) => {
      const { stdout, code } = await run(via, HURRY)
      const report = reportOf(stdout)
      expect(report.nodes.map(({ error }) => error?.code)).toEqual(['agent-silent', 'agent-silent'])
      expect(report.nodes[0]?.error?.message).toContain('raise --deadline')
      expect(code).toBe(3)
      // Without the deadline it would be given up only after 20 seconds.
    },
    15_000,
  )

  it('more nodes than this host has descriptors for', async () => {
    // How many Node.js itself needs differs by version: the first limit that it can start with is too low for clients.
    for (let limit = 16; limit < 64; limit++) {
      const limited = ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh']
      const { stdout, code } = await run(fixture('garbage'), HURRY, limited)
      if (stdout.length === 0) continue
      expect(reportOf(stdout).nodes.map(({ error }) => error?.code)).toContain('no-resources')
      expect(code).toBe(3)
      return
    }
    throw new Error('the tool never started')
  })
})
