import { describe, expect, it } from 'vitest'
import { stateDirectory, stateFileName } from '../../src/alert/state-path.ts'
import { type Options, parseOptions } from '../../src/options.ts'

function run(line: string): Options {
  const parsed = parseOptions(line.split(' '), '1.2.3')
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
  return parsed.options
}

describe('the options of alerts', () => {
  const change = { file: null, mode: 'change', repeatMs: 86_400_000, confirm: 1 }

  it.each<[string, object | null]>([
    ['-n a,b', null],
    ['-n a,b --state', change],
    ['-n a,b --state -q', change],
    ['-n a,b --state s.json', { ...change, file: 's.json' }],
    ['-n a,b --state=/x/s.json --alert always', { ...change, file: '/x/s.json', mode: 'always' }],
    ['-n a,b --state --repeat 30m --confirm 3', { ...change, repeatMs: 1_800_000, confirm: 3 }],
    ['-n a,b --state --repeat never', { ...change, repeatMs: null }],
  ])('%s', (line, alert) => {
    expect(run(line).alert).toEqual(alert)
  })

  it('--ignore as often as wanted, and without --state', () => {
    const { ignore } = run('-n a,b --ignore a,b,sst --ignore finding:clock-drift@2026-12-31')
    expect(ignore.map(({ text }) => text)).toEqual(['a,b,sst', 'finding:clock-drift@2026-12-31'])
    expect(run('-n a --ignore x,a,sst').ignore).toHaveLength(1)
    expect(run('-n a,b --via none --ignore here,a,sst').ignore).toHaveLength(1)
  })

  it.each([
    ['-n a,b --alert change', /--alert .* add --state/],
    ['-n a,b --repeat 24h', /--repeat .* add --state/],
    ['-n a,b --confirm 2', /--confirm .* add --state/],
    ['-n a,b --state --confirm 0', /whole number from 1 to 100/],
    ['-n a,b --state --repeat 5', /Examples: 30m/],
    ['-n a,b --state --alert never', /change, always/],
    ['-n a,b --state fix', /--state=FILE/],
    ['fix -n a,b --state', /Drop fix/],
    ['pmm -n a,b --pmm-server p --state', /Drop pmm/],
    ['-n a,b --state --json', /--json is for every run/],
    ['-n a,b --state --format nagios', /--format nagios is for every run/],
    ['-n a,b --state --output x', /--output is for every run/],
    ['-n a,b --state -qq', /-qq is for every run/],
    ['-n a,b --state --explain a,b,sst', /with --explain/],
    ['-n a,b --state --dry-run', /with --dry-run/],
    ['-n a,b --state --print-config', /with --print-config/],
    ['fix -n a,b --ignore a,b,sst', /fix prints commands/],
    ['-n a,b --ignore a,b,sst --dry-run', /no use with --dry-run/],
    ['-n a,b --ignore a,c,sst', /names no node "c"/],
  ])('refuses %s', (line, message) => {
    const parsed = parseOptions(line.split(' '), '1.2.3')
    expect(parsed).toMatchObject({ kind: 'error', exitCode: 3, message: expect.stringMatching(message) })
  })
})

describe('where state is kept', () => {
  const self = { pid: 1, interactive: false }

  it.each<[number | null, Record<string, string>, string | null]>([
    [0, { HOME: '/root' }, '/var/lib/pxc-netcheck'],
    [0, { XDG_STATE_HOME: '/x' }, '/x/pxc-netcheck'],
    [1000, { HOME: '/home/u' }, '/home/u/.local/state/pxc-netcheck'],
    [1000, { HOME: '/home/u', XDG_STATE_HOME: '/x' }, '/x/pxc-netcheck'],
    [1000, { HOME: '/home/u', XDG_STATE_HOME: 'x' }, '/home/u/.local/state/pxc-netcheck'],
    [null, {}, null],
  ])('uid %s, %j', (uid, env, directory) => {
    expect(stateDirectory({ ...self, uid, env })).toBe(directory)
  })

  it('is one file for each set of nodes and services, in whatever order they are given', () => {
    const name = (line: string) => stateFileName(run(line))
    expect(name('-n b,a')).toMatch(/^a_b-[0-9a-f]{12}\.json$/)
    expect(name('-n b,a --state --become --confirm 2')).toBe(name('-n a,b'))
    const others = ['-n a,c', '-n a,b --only sst', '-n a,b --pmm-server p', '-n a,b --via none', '-n a=x,b']
    expect(new Set([name('-n a,b'), ...others.map(name)]).size).toBe(6)
    const hostile = stateFileName({ ...run('-n a,b'), nodes: [{ name: '../x/\n', address: 'a' }] as never })
    expect(hostile).toMatch(/^[\w.-]+$/)
    expect(name(`-n ${Array.from({ length: 60 }, (_, index) => `node${index}`).join()}`).length).toBeLessThan(
      90,
    )
  })
})
