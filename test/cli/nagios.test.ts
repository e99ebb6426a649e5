import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runTool } from './run-tool.ts'

const RUN = ['--nodes', 'n1=192.0.2.1,n2=192.0.2.2', '--via', "sh -c ': {name}'", '--format', 'nagios']

let folder: string
let hook: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
  hook = join(folder, 'throws.cjs')
  writeFileSync(hook, 'setImmediate(() => { throw new Error(\'planted | "x"\') })')
})
afterAll(() => rmSync(folder, { recursive: true }))

it.each<[string, string[], RegExp]>([
  ['nodes that are not reached', RUN, /not reached: n1 n2 \| down=0 unknown=10 time=[\d.]+s$/],
  ['an unknown option', [...RUN, '--nope'], /unknown option --nope/],
  ['no nodes', ['--format=nagios'], /No nodes are given/],
  ['hostile nodes', ['--format', 'nagios', '-n', 'a|b\n"c",d'], /neither a host name/],
  ['a timeout without room', [...RUN, '-T', '20'], /--timeout has no room in the 9 s/],
  ['a file of an account that is not there', [...RUN, '--mysql-defaults-file', '/nope'], /cannot be read/],
  ['a crash', RUN, /internal error, please report it/],
])('%s: one line on stdout, UNKNOWN, and nothing on stderr', async (what, args, text) => {
  const env = what === 'a crash' ? { NODE_OPTIONS: `--require ${hook}` } : {}
  const { code, stdout, stderr } = await runTool(args, env)
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
  expect(stdout).toMatch(/^PXC-NETCHECK UNKNOWN - [^\n]{1,56}\n$/)
  expect(stdout.trimEnd()).toMatch(text)
})
