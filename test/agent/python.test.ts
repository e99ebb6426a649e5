import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { EXIT_OLD_PYTHON } from '../../src/agent/bootstrap.ts'
import { AGENT_PROGRAM, agentSource } from '../../src/agent/program.ts'
import { Session } from '../../src/session/session.ts'
import { CONFIG, failureOf, prefix } from '../session/fixtures.ts'
import { byPython, PYTHON_FLAGS, PYTHON_PROGRAM, pythons } from './agents.ts'

const FOLDER = fileURLToPath(new URL('../../src/agent/', import.meta.url))
const MODULES = readdirSync(FOLDER).filter((name) => name.endsWith('.py'))

const run = (python: string, args: readonly string[], input = '') =>
  spawnSync(python, args, { input, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })

const INSTALLED = pythons().map((path) => {
  const { stdout } = run(path, ['-E', '-S', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
  const version = stdout.trim()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return { path, version, enough: major === 3 && minor >= 6 }
})
const found = INSTALLED.map(({ version }) => version)
for (const version of ['2.7', '3.6']) {
  if (!found.includes(version))
    console.warn(`SKIPPED: the agent on Python ${version}, which is not installed`)
}

describe('the modules', () => {
  it('all travel, each after those it imports', () => {
    const travelling = (JSON.parse(AGENT_PROGRAM) as [string, string][]).map(([name]) => name)
    expect([...travelling].sort()).toEqual(MODULES.map((name) => name.slice(0, -3)).sort())
    for (const [index, name] of travelling.entries()) {
      const source = readFileSync(`${FOLDER}${name}.py`, 'utf8')
      const imports = [...source.matchAll(/^(?:import|from) (\w+)/gm)].map(([, module]) => module ?? '')
      const own = imports.filter((module) => travelling.includes(module))
      expect(travelling.slice(0, index)).toEqual(expect.arrayContaining(own))
    }
    expect(agentSource()).toContain('# ---- agent.py ----')
  })

  it('travel as ASCII, so that characters are bytes', () => {
    expect(Buffer.byteLength(AGENT_PROGRAM)).toBe(AGENT_PROGRAM.length)
    expect(AGENT_PROGRAM).not.toContain('\n')
  })

  it.each(MODULES)('%s has no syntax newer than Python 3.6', (name) => {
    const check = 'import ast,sys; ast.parse(sys.stdin.read(), feature_version=(3,6))'
    expect(run('/usr/bin/python3', ['-c', check], readFileSync(FOLDER + name, 'utf8'))).toMatchObject({
      status: 0,
      stderr: '',
    })
  })
})

describe.each(INSTALLED.filter(({ enough }) => enough))('on Python $version ($path)', ({ path, version }) => {
  it('it answers every command and ends with its stdin', async () => {
    const session = new Session(prefix(...byPython(path)), false, CONFIG)
    expect((await session.hello()).python).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`))
    expect(await session.listen([])).toEqual([])
    const [listener] = await session.listen([
      { protocol: 'tcp', address: '127.0.0.1', port: 0, guard: false },
    ])
    expect(listener?.opened).toBe(true)
    await session.probe([], 100, () => {})
    expect((await session.account()).released).toBe('finished')
    await session.close()
  })

  it('no warning of a deprecation', () => {
    const argv = ['-W', 'error', ...PYTHON_FLAGS, PYTHON_PROGRAM]
    const { stdout, stderr, status } = run(
      path,
      argv,
      `${AGENT_PROGRAM}${JSON.stringify(CONFIG)}\n{"do":"account"}\n`,
    )
    expect([stderr, status]).toEqual(['', 0])
    expect(
      stdout
        .split('\n')
        .slice(1, 3)
        .map((line) => JSON.parse(line).type),
    ).toEqual(['hello', 'account'])
  })
})

const OLD = INSTALLED.filter(({ enough }) => !enough)
describe.skipIf(OLD.length === 0).each(OLD)('on Python $version', ({ path }) => {
  it('it says that it is too old', async () => {
    const { stdout, stderr, status } = run(path, [...PYTHON_FLAGS, PYTHON_PROGRAM], AGENT_PROGRAM)
    expect([stdout, stderr, status]).toEqual(['', '', EXIT_OLD_PYTHON])
    const session = new Session(prefix(...byPython(path)), false, CONFIG)
    expect((await failureOf(session.hello())).code).toBe('python-too-old')
    await session.close()
  })
})
