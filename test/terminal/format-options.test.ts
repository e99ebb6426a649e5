import { describe, expect, it } from 'vitest'
import { type Options, parseOptions } from '../../src/options.ts'

function run(line: string): Options {
  const parsed = parseOptions(line.split(' '), '1.2.3')
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
  return parsed.options
}

function refused(line: string) {
  const parsed = parseOptions(line.split(' '), '1.2.3')
  if (parsed.kind !== 'error') throw new Error(`not an error: ${line}`)
  return parsed
}

describe('the deadline of a plugin', () => {
  it.each([
    ['-n a,b', 60_000],
    ['-n a,b --format prometheus', 60_000],
    ['-n a,b --format nagios', 9000],
    ['-n a,b --format nagios --deadline 30', 30_000],
    ['-n a,b --format nagios --deadline 30 -T 12', 30_000],
  ])('%s', (line, deadlineMs) => {
    expect(run(line).deadlineMs).toBe(deadlineMs)
  })

  it('has room for a probe', () => {
    expect(refused('-n a,b --format nagios -T 10').message).toMatch(
      /^--timeout has no room in the 9 s of --format nagios/,
    )
    expect(refused('-n a,b --format nagios --deadline 5 -T 5').message).toMatch(/^--deadline ends the run/)
  })
})

describe('what would do nothing is refused', () => {
  it.each([
    ['-n a,b --format nagios -q', /--quiet has no use/],
    ['-n a,b --format prometheus -qq', /--quiet has no use/],
    ['-n a,b --format tsv --json', /--json has no use/],
    ['-n a,b --format tsv --explain a,b,sst', /--explain has no use/],
    ['-n a,b --format markdown --dry-run', /--dry-run has no use/],
    ['-n a,b --format junit --print-config', /--print-config has no use/],
    ['-n a,b --format markdown --ascii', /--ascii has no use/],
    ['-n a,b --format markdown --color always', /--color always has no use/],
    ['fix -n a,b --format markdown --for a', /--for has no use/],
    ['fix -n a,b --format markdown --for a --script', /--script has no use/],
    ['fix -n a,b --format markdown --apply', /--apply has no use/],
    ['fix -n a,b --format nagios', /fix shows commands/],
    ['fix -n a,b --format tsv', /fix shows commands/],
    ['pmm -n a --pmm-server p --format markdown', /pmm shows tables/],
    ['analyze -n a=10.0.0.1,b=10.0.0.2 --rules a=x --format nagios', /analyze sends no packet/],
    ['analyze -n a=10.0.0.1,b=10.0.0.2 --rules a=x --format prometheus', /analyze sends no packet/],
    ['explain --format tsv', /explain has no --format tsv/],
    ['explain --output f', /--output has no use/],
    ['-n a,b --output f -q', /nothing on stdout for --quiet/],
    ['-n a,b --output f --dry-run', /no report that --output/],
    ['fix -n a,b --output f --apply', /--apply tells people/],
    ['-n a,b --output=', /wants the name of a file/],
    ['-n a,b --output -', /wants the name of a file/],
  ])('%s', (line, message) => {
    expect(refused(line)).toMatchObject({
      code: 'option-conflict',
      exitCode: 3,
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['fix -n a,b --format markdown'],
    ['analyze -n a=10.0.0.1,b=10.0.0.2 --rules a=x --format junit'],
    ['-n a,b --format tsv --no-color'],
    ['-n a,b --output f --format prometheus'],
    ['-n a,b --output f --explain a,b,sst'],
    ['-n a,b --output f --print-config --json'],
    ['fix -n a,b --output f --for a --script'],
    ['pmm -n a --pmm-server p --output f'],
  ])('%s is taken', (line) => {
    expect(run(line).command).toBe(/^(fix|analyze|pmm)/.exec(line)?.[0] ?? 'check')
  })
})

describe('an error has the form that was asked for', () => {
  it.each([
    ['--nope', 'table'],
    ['--nope --format json', 'json'],
    ['--format=nagios --nope', 'nagios'],
    ['--format nagios --format table --nope', 'table'],
    ['--nope --format xml', 'table'],
    ['--nope --format', 'table'],
    // The file keeps the last report; a plugin has its line all the same.
    ['--nope --format json --output f', 'table'],
    ['--nope --json --output=f', 'table'],
    ['--nope --format nagios --output f', 'nagios'],
  ])('%s', (line, format) => {
    expect(refused(line).format).toBe(format)
  })
})
