import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseMessage } from '../../src/session/messages.ts'
import { agentFile } from '../session/fixtures.ts'

const AGENT = fileURLToPath(new URL('../../src/agent', import.meta.url))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The tables that the agent finds in a boot file of this text. */
function tablesIn(text: string): string[] {
  const file = join(folder, 'nftables.conf')
  writeFileSync(file, text)
  const program = `import json, sys; sys.path.insert(0, sys.argv[1])
from host_facts import nft_file_tables
print(json.dumps(nft_file_tables(sys.argv[2])))`
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', program, AGENT, file], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

it('the agent names the tables of the boot file, with their family', () => {
  const lines = [
    'table fw {',
    '  add table ip6 six;',
    'create table netdev dev-0 # x',
    'table inet next',
    '{',
    'table inet filter{',
  ]
  expect(tablesIn(lines.join('\n'))).toEqual(['inet filter', 'inet next', 'ip fw', 'ip6 six', 'netdev dev-0'])
})

it('and none that are only spoken of', () => {
  const lines = [
    '# table inet fw {',
    'delete table inet fw',
    'flush table inet fw',
    'log prefix "table inet fw {"',
  ]
  expect(tablesIn([...lines, 'table inet "x y" {', 'table inet é {', 'table bridge b {'].join('\n'))).toEqual(
    [],
  )
})

it('also those of the files that it includes', () => {
  mkdirSync(join(folder, 'more'))
  for (const name of ['a.nft', 'b.nft', 'c.txt'])
    writeFileSync(join(folder, 'more', name), `table inet ${name[0]} {\n}\n`)
  expect(tablesIn(`include "${folder}/more/*.nft"\n#include "${folder}/more/c.txt"\n`)).toEqual([
    'inet a',
    'inet b',
  ])
})

it('as many as the tool takes, and only such as may stand in a line', () => {
  const tables = tablesIn(Array.from({ length: 999 }, (_, i) => `table inet t${i} {\n}`).join('\n'))
  expect(tables).toHaveLength(256)
  const hello = JSON.parse(readFileSync(agentFile('hello.json'), 'utf8'))
  const said = (nftTables: unknown) =>
    parseMessage(JSON.stringify({ ...hello, firewall: { ...hello.firewall, nftTables } }))
  expect(said(tables)).toMatchObject({ firewall: { nftTables: tables } })
  expect(said(undefined)).toMatchObject({ firewall: { nftTables: [] } })
  const bad = [
    ['inet x; id'],
    ['inet x\n'],
    ['x'],
    [`inet ${'x'.repeat(200)}`],
    'inet x',
    [...tables, 'ip x'],
  ]
  for (const each of bad) expect(said(each)).toBeNull()
})
