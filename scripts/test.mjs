// Runs the tests: `node scripts/test.mjs [arguments of vitest run]`. Exits as vitest does.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

if (process.platform === 'linux' && process.getuid() !== 0) {
  const { status } = spawnSync('sh', ['-c', 'unshare --user --map-root-user true'], { stdio: 'ignore' })
  console.error(
    status === 0
      ? 'test: not root: labs are made in user namespaces; tests that need ssh or sudo hosts are skipped'
      : 'test: not root, and user namespaces are not allowed: every test that needs a lab is skipped',
  )
}

// The tests of the tool as a user has it run the bundle; ^C reaches vitest too, which then ends its labs.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
const folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
const results = join(folder, 'results.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
const child = spawn(join(root, 'node_modules/.bin/vitest'), ['run', ...reporters, ...argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
child.on('error', (error) => {
  console.error(`test: ${error.message}: run \`node scripts/setup.mjs\` first`)
  process.exitCode = 1
})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  sumUp()
})

/** One plain line that any CI can read, whatever it makes of the runner's own. */
function sumUp() {
  if (existsSync(results)) {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'))
    console.log(`tests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
  }
  rmSync(folder, { recursive: true })
}
