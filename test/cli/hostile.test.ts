import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runTool } from './run-tool.ts'

let folder: string
let planted: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
  planted = join(folder, 'planted')
})
afterAll(() => rmSync(folder, { recursive: true }))

const many = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`).join(',')

describe('hostile input: a clear sentence, exit 3, nothing executed', () => {
  it.each([
    ['a command', () => `a;touch ${planted},b`, /is neither a host name nor an IP address/],
    ['a substitution', () => `$(touch ${planted}),b`, /is neither a host name nor an IP address/],
    ['an ssh option', () => `-oProxyCommand=touch ${planted},b`, /no usable name before "="/],
    ['an ssh option without a value', () => '-oProxyCommand,b', /do not start with "-"/],
    ['an empty list', () => '', /No nodes are given|is empty/],
    ['an empty item', () => 'a,,b', /Node 2 of --nodes is empty/],
    ['the same name twice', () => 'a,b,A', /listed twice/],
    ['the same address twice', () => 'a=10.0.0.1,b=10.0.0.1', /have the same address/],
    ['the same IPv6 address twice', () => 'a=fd00::1,b=[fd00:0:0::1]', /have the same address/],
    ['a port', () => 'a:3306,b', /--service/],
    ['5,000 nodes', () => many(5000), /5000 nodes would make 124975000 flows; the limit is 200 nodes/],
    ['a file', () => '/etc/my.cnf,b', /is neither a host name nor an IP address/],
    ['control characters', () => 'a\u001b]52;c;x\u0007,b', /"a" is neither a host name nor an IP address/],
  ])('%s', async (_what, nodes, message) => {
    const { code, stdout, stderr } = await runTool(['--nodes', nodes()])
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^pxc-netcheck: /)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect([...stderr].filter((c) => c < ' ' && c !== '\n')).toEqual([])
    expect(existsSync(planted)).toBe(false)
  })

  it('says the same as JSON to who asked for JSON', async () => {
    const { code, stdout, stderr } = await runTool(['--nodes', `a;touch ${planted},b`, '--json'])
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      status: 'UNKNOWN',
      exitCode: 3,
      error: { code: 'bad-host' },
    })
  })

  it('passes a name with shell characters in --via on as one argument, or not at all', async () => {
    const { code } = await runTool(['--nodes', 'n1,n2', '--via', `touch ${planted}; echo {name}`])
    expect(code).toBe(3)
    expect(existsSync(planted)).toBe(false)
  })

  it.each([
    ['StrictHostKeyChecking=no'],
    ['UserKnownHostsFile=/dev/null'],
    ['-oProxyCommand=x'],
    ['Port=22\nProxyCommand=x'],
  ])('refuses --ssh-option %j', async (option) => {
    const { code, stderr } = await runTool(['--nodes', 'a,b', '--ssh-option', option])
    expect(code).toBe(3)
    expect(stderr).toMatch(/ssh-option/)
  })

  it('takes IPv6 literals, bare and in brackets', async () => {
    const { code, stdout } = await runTool(['--nodes', 'fd00::1,b=[fd00::2]', '--dry-run'])
    expect(code).toBe(0)
    expect(stdout).toContain('fd00::1 -> b (fd00::2) 4567/tcp galera')
  })
})
