// Makes a fresh clone ready: `node scripts/setup.mjs [--for test|demo|bench|build]`. Before `npm ci` there are no
// packages, so this uses nothing but Node. It says what it does, and is silent when there is nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { installMissing } from './system-packages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// On stderr: what follows, `npm run demo | less` for one, owns stdout.
const say = (line) => console.error(`setup: ${line}`)

function fail(line) {
  say(line)
  process.exit(1)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node.js 20.19 or newer is needed, this is ${process.versions.node}: https://nodejs.org/en/download`)
  }
}

/** npm writes node_modules/.package-lock.json when it is done; one older than the lock file is out of date. */
function nodePackages() {
  const lock = join(root, 'package-lock.json')
  const installed = join(root, 'node_modules/.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  say('npm ci (node_modules is missing or older than package-lock.json)')
  // The npm that runs us, if one does: another one may come first in PATH.
  const npm = process.env.npm_execpath
  const command = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const args = [...command.slice(1), 'ci', '--include=dev', '--no-audit', '--no-fund']
  const { status, error } = spawnSync(command[0], args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) fail(`npm ci failed${error ? `: ${error.message}` : ''}`)
}

const { values } = parseArgs({ options: { for: { type: 'string', default: 'test' } } })
if (!['test', 'demo', 'bench', 'build'].includes(values.for))
  fail(`--for takes test, demo, bench or build, not ${values.for}`)

checkNode()
nodePackages()
// To build the tool takes no lab.
if (values.for !== 'build') installMissing(values.for, say)
for (const file of await build()) say(`built ${file}`)
