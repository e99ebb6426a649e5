import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runTool } from './run-tool.ts'

const NODES = ['-n', 'n1=192.168.70.61,n2=192.168.70.62']
const LISTINGS = new URL('../../fixtures/listings/', import.meta.url).pathname
const RULESETS = new URL('../../fixtures/rulesets/', import.meta.url).pathname
const RHEL = join(LISTINGS, 'rhel-numbered.txt')

let folder: string
const path = (name: string) => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
  writeFileSync(path('empty'), '')
  writeFileSync(path('garbage'), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)))
  writeFileSync(path('huge'), '*filter\n')
  truncateSync(path('huge'), 100 * 1024 * 1024)
  writeFileSync(path('utf16'), Buffer.from(`\ufeff${readFileSync(RHEL, 'utf8')}`, 'utf16le'))
  writeFileSync(path('hostile'), '*filter\n:INPUT ACCEPT [0:0]\n\u001b]0;owned\u0007\nCOMMIT\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('analyze', () => {
  it('judges files, says that nothing was sent, and ends with the exit code of the report', async () => {
    const { code, stdout, stderr } = await runTool([
      'analyze',
      ...NODES,
      '--rules',
      `n1=${RHEL}`,
      '--rules',
      `n2=${RHEL}`,
    ])
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
    expect(stdout).toContain(
      'On n1, as root, paste:\niptables -I INPUT 6 --protocol tcp --match tcp --dport 4567 ',
    )
    expect(stdout).toMatch(/INFO: No packet was sent/)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^CRITICAL: .*; by the rules alone, no packet sent$/)
  })

  it('prints the same report as JSON, the commands or the script of one node, one flow, or nothing', async () => {
    const rules = ['--rules', `n1=${RHEL}`, '--rules', `n2=${join(RULESETS, 'article-before.rules')}`]
    const [json, commands, script, explain, quiet] = await Promise.all(
      [['--json'], ['--for', 'n2'], ['--for', 'n2', '--script'], ['--explain', 'n1,n2,sst'], ['-qq']].map(
        (more) => runTool(['analyze', ...NODES, ...rules, ...more]),
      ),
    )
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject({
      exitCode: 2,
      nodes: [{ name: 'n1', via: 'none', reachable: false }, { name: 'n2' }],
    })
    expect(commands?.stdout).toMatch(/^On n2, as root, paste:\niptables -I INPUT 6 /)
    expect(commands?.stdout).not.toContain('On n1, as root, paste')
    expect(script?.stdout).toMatch(/^#!\/bin\/sh\n/)
    execFileSync('sh', ['-n'], { input: script?.stdout })
    expect(explain?.stdout).toContain('rules of n2, INPUT: what n1 sends, the first packet, is rejected')
    expect(quiet).toEqual({ code: 2, stdout: '', stderr: '' })
  })

  it('reads stdin, UTF-16 and a pipe', async () => {
    const argv = (rules: string) => [
      'dist/pxc-netcheck.cjs',
      'analyze',
      ...NODES,
      '--only',
      'sst',
      '--rules',
      rules,
    ]
    const child = spawn(process.execPath, argv('n1=-'), { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(readFileSync(RHEL))
    let stdout = ''
    for await (const chunk of child.stdout) stdout += chunk
    expect(stdout).toContain('On n1, as root, paste:')
    const utf16 = await runTool(argv(`n1=${path('utf16')}`).slice(1))
    expect(utf16.stdout).toBe(stdout)
    const piped = execFileSync('bash', [
      '-c',
      `cat ${RHEL} | ${[process.execPath, ...argv('n1=/dev/stdin')].join(' ')} || true`,
    ])
    expect(piped.toString()).toBe(stdout)
  })

  it.each<[string, () => string[], RegExp]>([
    [
      'a file that is not there',
      () => ['--rules', `n1=${path('nope')}`],
      /nope cannot be read \(there is no such file\)/,
    ],
    ['a directory', () => ['--rules', `n1=${folder}`], /cannot be read \(it is a directory\)/],
    ['an empty file', () => ['--rules', `n1=${path('empty')}`], /empty is empty\./],
    ['garbage', () => ['--rules', `n1=${path('garbage')}`], /no rules in a form that is known/],
    ['100 MiB', () => ['--rules', `n1=${path('huge')}`], /larger than 32 MiB/],
    [
      'a plain listing',
      () => ['--rules', `n1=${join(LISTINGS, 'article-after.txt')}`],
      /hides the interfaces/,
    ],
    ['text of others', () => ['--rules', `n1=${path('hostile')}`], /cannot be read: line 3: expected a rule/],
    ['a name of others', () => ['--rules', 'n1=\u001b[2Jx'], /\\x1b|The file x cannot be read/],
    ['another node', () => ['--rules', `n9=${RHEL}`], /--rules names no node "n9"\. Known are: n1, n2\./],
    ['no file', () => ['--rules', 'n1='], /is not NODE=FILE/],
    ['no node', () => ['--rules', RHEL], /is not NODE=FILE/],
    ['no rules', () => [], /add --rules NODE=FILE/],
    ['a file twice', () => ['--rules', `n1=${RHEL}`, '--rules', `n1=${RHEL}`], /twice/],
    ['stdin twice', () => ['--rules', 'n1=-', '--rules', 'n2=-'], /stdin \(-\) twice/],
    [
      'a node by name',
      () => ['-n', 'n3', '--rules', `n1=${RHEL}`],
      /no DNS either: "n3" needs its IP address/,
    ],
    ['two families', () => ['-n', 'n3=fd00::3', '--rules', `n1=${RHEL}`], /no flow goes between them/],
    ['an option of check', () => ['--rules', `n1=${RHEL}`, '--become'], /--become has no use with it/],
  ])('refuses %s', async (_, more, message) => {
    const { code, stdout, stderr } = await runTool(['analyze', ...NODES, ...more()])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^pxc-netcheck: /)
    expect(stderr).toMatch(message)
    expect([...stderr].filter((c) => c < ' ' && c !== '\n')).toEqual([])
  })

  it('refuses --rules without analyze', async () => {
    const { code, stderr } = await runTool([...NODES, '--rules', `n1=${RHEL}`])
    expect(code).toBe(3)
    expect(stderr).toMatch(/--rules belongs to analyze/)
  })

  it('says the same as JSON to who asked for JSON', async () => {
    const { code, stdout } = await runTool(['analyze', ...NODES, '--json', '--rules', `n1=${path('empty')}`])
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 3, error: { code: 'rules-empty' } })
  })
})
