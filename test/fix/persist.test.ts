import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dump } from '../../src/firewall/host.ts'
import type { OsHints } from '../../src/fix/input.ts'
import { planFixes } from '../../src/fix/plan-fixes.ts'
import { flow, node, read } from './support.ts'

const CONF = '/etc/nftables.conf'
const DUMPS: Dump[] = [
  { tool: 'nft', text: read('nft/workstation.json') },
  { tool: 'nft-text', text: read('nft/workstation.nft') },
]
const fixWith = (hints: Partial<OsHints>) => {
  const flows = [flow({ peer: '10.99.0.12', local: '10.99.0.11' })]
  const [fix, ...more] = planFixes(node(DUMPS, flows, hints))
  if (fix === undefined || more.length > 0) throw new Error('not one fix')
  return fix
}
const held = fixWith({ nftConf: CONF, nftTables: ['inet filter'] })
const isLive = (line: string) => !line.startsWith('#')

describe('the file that nft loads at boot', () => {
  it.each([[['ip filter', 'inet fw']], [[]], [undefined]])(
    'is left alone where it has none of the tables: %j',
    (nftTables) => {
      const { persist, undo } = fixWith({ nftConf: CONF, ...(nftTables && { nftTables }) })
      expect(persist).toEqual([
        '# /etc/nftables.conf has no table inet filter: add the rules to what loads it at boot',
      ])
      expect(undo.filter((line) => !isLive(line))).toEqual([])
    },
  )

  it('is said to be loaded only by a service that is enabled', () => {
    expect(held.persist[0]).toMatch(
      /^# where the nftables service is enabled .* holds the rules that run now:$/,
    )
    expect(held.persist.slice(1).every(isLive)).toBe(true)
  })

  describe('in a shell', () => {
    let folder: string
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    /** Runs the lines on a file of their own, with a program for nft that ends so and keeps what it was given. */
    function run(lines: readonly string[], text: string, code: number) {
      const file = join(folder, 'nftables.conf')
      rmSync(`${file}.new`, { force: true })
      writeFileSync(file, text)
      chmodSync(file, 0o640)
      writeFileSync(
        join(folder, 'nft'),
        `#!/bin/sh\necho "$@" >${folder}/args\ncat >${folder}/tried\nexit ${code}\n`,
      )
      chmodSync(join(folder, 'nft'), 0o755)
      const { status, stderr } = spawnSync('sh', ['-e'], {
        input: lines.join('\n').replaceAll(CONF, file),
        encoding: 'utf8',
        env: { PATH: `${folder}:${process.env.PATH}` },
      })
      const tried = () => readFileSync(join(folder, 'tried'), 'utf8')
      const args = () => readFileSync(join(folder, 'args'), 'utf8')
      return { status, stderr, file, text: readFileSync(file, 'utf8'), tried, args }
    }
    const RULE =
      'insert rule inet filter input index 5 ip saddr 10.99.0.12 tcp dport 4567 counter accept comment "pxc-netcheck tcp 4567 from 10.99.0.12"\n'

    it.each(['table inet filter {\n}', 'table inet filter {\n}\n'])(
      'gets the rules when they load: %j',
      (before) => {
        const { status, stderr, text, file, tried, args } = run(held.persist, before, 0)
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        expect(text).toBe(`table inet filter {\n}\n${RULE}`)
        // As at boot: the running rules must not lend the file what it lacks.
        expect(tried()).toBe(`flush ruleset\n${text}`)
        expect(args()).toBe('-c -f -\n')
        expect(statSync(file).mode & 0o777).toBe(0o640)
        expect(existsSync(`${file}.new`)).toBe(false)
      },
    )

    it('stays as it was when they do not', () => {
      const { text, stderr } = run(held.persist, 'table inet filter { }', 1)
      expect(text).toBe('table inet filter { }')
      expect(stderr).toMatch(
        /nftables\.conf\.new does not load on its own, so .*nftables\.conf was not changed\n$/,
      )
    })

    it('loses them again by the line of the undo, which the undo itself does not run', () => {
      const forget = held.undo.filter((line) => !isLive(line))
      expect(forget).toHaveLength(1)
      const [line = ''] = forget
      const others = `x\n${RULE.replaceAll('10.99.0.12', '10.99.0.120')}${RULE.replaceAll('10.99.0.12', '10.99.0412')}`
      expect(run([line], others + RULE, 0).text).toBe(others + RULE)
      const command = line.replace(/^# if it was made to last: /, '')
      expect(run([command], others + RULE, 0).text).toBe(others)
      expect(run([command], others, 0)).toMatchObject({ text: others, status: 0, stderr: '' })
    })
  })
})
