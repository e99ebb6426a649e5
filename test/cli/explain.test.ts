import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainInput } from '../../src/commands/explain.ts'
import { isSafe } from '../../src/terminal/escape.ts'
import type { ToolResult } from './run-tool.ts'

const LOGS = new URL('../../fixtures/logs/', import.meta.url)
const recorded = (name: string) => readFileSync(new URL(`${name}.log`, LOGS))

/** The built tool with this on its stdin. */
async function explain(input: string | Buffer, ...args: string[]): Promise<ToolResult> {
  const argv = ['dist/pxc-netcheck.cjs', 'explain', ...args]
  const child = spawn(process.execPath, argv, { env: { PATH: process.env.PATH ?? '' } })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // It need not read all of what it refuses.
  child.stdin.on('error', () => {}).end(input)
  const [code] = await once(child, 'close')
  return { code: code as number | null, stdout, stderr }
}

describe('explain', () => {
  it('says of each known line what it means, first, what it proves, and the run to make next', async () => {
    const { code, stdout, stderr } = await explain(recorded('4444-dropped-n1'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await expect(stdout).toMatchFileSnapshot('rendered/explain-4444-dropped.txt')
    for (const line of stdout.split('\n')) {
      if (!/^ {3}Line:|^ {5}pxc-netcheck/.test(line)) expect(line.length).toBeLessThanOrEqual(78)
    }
  })

  it('never takes the lines with -110 for the proof of a firewall', async () => {
    const { stdout } = await explain(recorded('tls-plain-joiner-n3'))
    await expect(stdout).toMatchFileSnapshot('rendered/explain-tls-plain-joiner.txt')
    expect(stdout).toMatch(/Proves: nothing about a firewall: the lines with -110\s+are the same when/)
  })

  it.each(['healthy-n1', 'healthy-n2', 'healthy-n3'])(
    'finds no trouble in an ordinary life: %s',
    async (name) => {
      const { code, stdout } = await explain(recorded(name))
      expect(code).toBe(0)
      expect(stdout).toMatch(/^Nothing here tells of trouble: /)
    },
  )

  it('begins with the likeliest cause, and claims none where no line tells one', async () => {
    const donor = await explain(recorded('4568-dropped-n1'))
    expect(donor.stdout).toMatch(
      /^Most likely: the IST port of the joiner does not answer \(10\.99\.0\.13:4568\)\.\n\n1\. The donor called the IST/,
    )
    const joiner = await explain(recorded('4568-dropped-n3'))
    expect(joiner.stdout).toMatch(/^1\. The donor could not give its state/)
    expect(joiner.stdout).toMatch(
      /with it comes\s+"Will\s+never\s+receive\s+state"\s+\(1\),\s+which\s+says\s+no\s+more/,
    )
    expect(joiner.stdout).toMatch(/\n50 lines read: 2 told something; other lines: 48, ordinary or/)
  })

  it('gives the same as data', async () => {
    const { code, stdout } = await explain(recorded('4567-dropped-n3'), '--json')
    expect(code).toBe(0)
    const told = JSON.parse(stdout)
    expect(told).toMatchObject({ schemaVersion: 1, tool: { name: 'pxc-netcheck' }, exitCode: 0 })
    expect(told.likely).toBe('calls to a group port get no answer (10.99.0.11:4567 and 2 more)')
    expect(told.explained[0]).toMatchObject({
      kind: 'peer-no-handshake',
      companions: [{ kind: 'connect-aborted', count: 12 }],
      count: 12,
      saidBy: 'joiner',
      services: ['galera'],
      command: 'pxc-netcheck --nodes THIS,10.99.0.11,10.99.0.12,10.99.0.13 --only galera',
    })
  })

  it.each([
    ['nothing', '', 3, /^No lines were given/],
    ['blank lines', '\n \r\n\n', 3, /^No lines were given/],
    ['nothing known', 'hello\nworld\n', 3, /^None of the 2 lines is known/],
    [
      'an ordinary start',
      '2026-11-24 20:49:03 2 [Note] WSREP: Synchronized with group, ready for connections\n',
      0,
      /^Nothing here tells of trouble: 1 line of an ordinary start/,
    ],
  ])('says so when there is nothing to explain: %s', async (_, input, code, text) => {
    const said = await explain(input)
    expect(said).toMatchObject({ code, stderr: '' })
    expect(said.stdout).toMatch(text)
    const json = await explain(input, '--json')
    expect(json.code).toBe(code)
    expect(JSON.parse(json.stdout)).toMatchObject({ exitCode: code, explained: [] })
  })

  it('refuses more than 4 MiB, and says what to do', async () => {
    const { code, stdout, stderr } = await explain('x'.repeat(4 * 1024 * 1024 + 1))
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/larger than 4 MiB.*tail -c 4194304 FILE \| pxc-netcheck explain\n$/)
    const json = await explain('x'.repeat(4 * 1024 * 1024 + 1), '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ exitCode: 3, error: { code: 'input-size' } })
  })

  it('takes 4 MiB of lines, and lines of any bytes', async () => {
    const row = '2026-11-24 20:49:03 0 [Note] WSREP: Received NON-PRIMARY.\n'
    const many = await explain(row.repeat(Math.floor((4 * 1024 * 1024) / row.length)), '--json')
    expect(JSON.parse(many.stdout).explained[0].count).toBe(Math.floor((4 * 1024 * 1024) / row.length))
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256))
    expect((await explain(bytes)).code).toBe(3)
  })

  it('lets nothing of the text act on the terminal or become part of a command', async () => {
    const hostile = [
      'socat[1] E connect(6, AF=2 10.0.0.1:4444, 16): Connection timed out\x1b]0;owned\x07\u202e',
      "Host '$(id)' is blocked because of many connection errors",
      '0.0 (n1;id): State transfer to 1.0 (\x1b[31m`id`) failed: \x9b2J',
      "(a, 'tcp://b') connection to peer 00000000-0000 with addr tcp://..:4567 timed out, no messages seen in PT3S",
      "(a, 'tcp://b') connection to peer 00000000-0000 with addr tcp://-oProxyCommand:4567 timed out, no messages seen in PT3S",
    ].join('\n')
    const { stdout } = await explain(hostile)
    for (const line of stdout.split('\n')) expect(isSafe(line), line).toBe(true)
    const commands = stdout.split('\n').filter((line) => /^ {5}pxc-netcheck/.test(line))
    expect(commands).toEqual([
      '     pxc-netcheck --nodes THIS,OTHER --only galera --explain THIS,OTHER,galera',
      '     pxc-netcheck --nodes THIS,10.0.0.1 --only sst --explain THIS,10.0.0.1,sst',
      '     pxc-netcheck --nodes DONOR,JOINER --only sst,ist --explain DONOR,JOINER,sst',
    ])
    const json = (await explain(hostile, '--json')).stdout
    for (const line of json.split('\n')) expect(isSafe(line), line).toBe(true)
  })

  it('tells who sits at a terminal that it waits, and how to end', async () => {
    const prompts: string[] = []
    const input = (attended: boolean) => ({
      attended,
      prompt: (text: string) => void prompts.push(text),
      read: () => Promise.resolve('Received NON-PRIMARY.'),
    })
    const style = { columns: 78, color: false }
    const tool = { name: 'pxc-netcheck', version: '1.2.3' }
    const signal = new AbortController().signal
    await explainInput(input(false), false, style, tool, signal)
    expect(prompts).toEqual([])
    await explainInput(input(true), false, style, tool, signal)
    expect(prompts.join('')).toMatch(/Paste .* Ctrl-D:\n$/)
  })

  it('ends with 130 on Ctrl-C while it waits', async () => {
    const child = spawn(process.execPath, ['dist/pxc-netcheck.cjs', 'explain'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    // It reads, so the signal handlers are there: a pipe that is full is being emptied.
    await new Promise<void>((resolve) => child.stdin.write('x'.repeat(1024 * 1024), () => resolve()))
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect({ code, output }).toEqual({ code: 130, output: '' })
  })
})
