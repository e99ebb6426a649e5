import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, runTool } from './run-tool.ts'

/**
 * What the libraries and Node do unasked, kept away from the user. The prefix `sh -c :` starts no agent, so each of
 * these runs ends at once with both nodes unreachable, and sends nothing.
 */
const RUN = ['--nodes', 'n1=192.0.2.1,n2=192.0.2.2', '--via', "sh -c ': {name}'"]
const BIG = ['--dry-run', '--nodes', Array.from({ length: 30 }, (_, i) => `n${i}=192.0.2.${i + 1}`).join(',')]
const ESC = String.fromCharCode(27)

/** Runs a command on a terminal of its own; everything it prints to it, on either stream. */
function onTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}, columns = 80) {
  const program = `import os,pty,sys
status = pty.spawn(['sh', '-c', 'stty cols ${columns} rows 24; exec "$@"', 'sh'] + sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(status))`
  return run(['/usr/bin/python3', '-c', program, process.execPath, 'dist/pxc-netcheck.cjs', ...args], {
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    // Else Python gives its children a UTF-8 locale where they should have none (PEP 538).
    PYTHONCOERCECLOCALE: '0',
    ...env,
  })
}

describe('colour', () => {
  it('none in a pipe, whatever TERM says', async () => {
    const { stdout, stderr } = await runTool(RUN, { TERM: 'xterm-256color' })
    expect(stdout).toContain('UNKNOWN')
    expect(stdout + stderr).not.toContain(ESC)
  })
  it('on a terminal, but not with NO_COLOR or TERM=dumb', async () => {
    const red = `${ESC}[35m`
    expect((await onTerminal(RUN)).stdout).toContain(red)
    expect((await onTerminal(RUN, { NO_COLOR: '1' })).stdout).not.toContain(red)
    expect((await onTerminal(RUN, { TERM: 'dumb' })).stdout).not.toContain(red)
  })
  it('on demand in a pipe', async () => {
    expect((await runTool([...RUN, '--color', 'always'])).stdout).toContain(ESC)
  })
})

describe('progress', () => {
  it('nothing on stderr when it is no terminal', async () => {
    expect((await runTool(RUN)).stderr).toBe('')
  })
  it('with counts on a terminal, and not with --quiet or --json', async () => {
    expect((await onTerminal(RUN)).stdout).toMatch(/connecting to the nodes: \d of 2/)
    expect((await onTerminal([...RUN, '--quiet'])).stdout).not.toMatch(/connecting/)
    expect((await onTerminal([...RUN, '--json'])).stdout).not.toMatch(/connecting/)
  })
})

describe('a terminal of width 0, as a pseudo-terminal has that nobody gave a size', () => {
  it('gets the report, and ora is kept from erasing lines for ever', async () => {
    const { code, stdout } = await onTerminal(RUN, {}, 0)
    expect(code).toBe(3)
    expect(stdout).toMatch(/not reached: n1, n2/)
    expect(stdout).not.toMatch(/connecting/)
  })
})

describe('box drawing', () => {
  it('on a UTF-8 terminal only', async () => {
    expect((await onTerminal(RUN)).stdout).toContain('┌')
    expect((await onTerminal(RUN, { LANG: 'C' })).stdout).not.toContain('┌')
    expect((await onTerminal([...RUN, '--ascii'])).stdout).not.toContain('┌')
    expect((await runTool(RUN, { LANG: 'C.UTF-8' })).stdout).not.toContain('┌')
  })
})

describe('exit codes', () => {
  it.each([
    ['help', ['--help'], 0],
    ['version', ['--version'], 0],
    ['an unknown option', ['--nodse', 'a,b'], 3],
    ['no nodes', [], 3],
    ['a word too many', ['a', 'b', 'c'], 3],
    ['nodes that cannot be reached', RUN, 3],
  ])('%s', async (_what, args, code) => {
    expect((await runTool(args)).code).toBe(code)
  })
})

describe('a crash', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
    writeFileSync(join(folder, 'throws.cjs'), "setImmediate(() => { throw new Error('planted') })")
    writeFileSync(join(folder, 'rejects.cjs'), "setImmediate(() => { Promise.reject(new Error('planted')) })")
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(['throws', 'rejects'])('is UNKNOWN, never WARNING: %s', async (name) => {
    const { code, stderr } = await runTool(RUN, { NODE_OPTIONS: `--require ${join(folder, name)}.cjs` })
    expect(code).toBe(3)
    expect(stderr).toMatch(/internal error, please report it: Error: planted/)
  })
})

describe('a long output', () => {
  it('arrives whole through a slow pipe', async () => {
    const whole = await runTool(BIG)
    expect(whole.stdout.length).toBeGreaterThan(200_000)
    const tool = `'${process.execPath}' dist/pxc-netcheck.cjs ${BIG.map((word) => `'${word}'`).join(' ')}`
    // Reads nothing until the tool has had every chance to exit: its own stderr closes first.
    const slow = await run(['sh', '-c', `${tool} | { head -c 1000; dd bs=64 2>/dev/null; } | wc -c`])
    expect(Number(slow.stdout)).toBe(Buffer.byteLength(whole.stdout))
  })
  it('cut off by its reader is no error and changes no exit code', async () => {
    const tool = `'${process.execPath}' dist/pxc-netcheck.cjs ${BIG.map((word) => `'${word}'`).join(' ')}`
    const { code, stdout, stderr } = await run(['bash', '-c', `${tool} | head -1; exit \${PIPESTATUS[0]}`])
    expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 2 })
  })
})
