// Bundles the tool, and the demo and the benchmark of the lab, each into one file that Node runs without
// node_modules. Does nothing when the bundles are newer than everything they are made of.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const BUNDLES = [
  { entry: 'src/cli.ts', out: 'dist/pxc-netcheck.cjs' },
  { entry: 'test/lab/demo.ts', out: 'dist/demo.cjs' },
  { entry: 'test/lab/bench.ts', out: 'dist/bench.cjs' },
]
const SOURCES = ['src', 'test/lab', 'package.json', 'package-lock.json', 'scripts/build.mjs']

/** Newest change below a path. A directory counts itself: a file that was deleted or renamed changes it. */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** Builds what is out of date; returns the files written. */
export async function build({ force = false } = {}) {
  const bundles = BUNDLES.filter(({ entry }) => existsSync(join(root, entry)))
  const changed = Math.max(...SOURCES.map((name) => newest(join(root, name))))
  const current = ({ out }) => existsSync(join(root, out)) && statSync(join(root, out)).mtimeMs >= changed
  const stale = force ? bundles : bundles.filter((bundle) => !current(bundle))
  if (stale.length === 0) return []

  const { build: bundle } = await import('esbuild')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  mkdirSync(join(root, 'dist'), { recursive: true })
  await Promise.all(
    stale.map(async ({ entry, out }) => {
      const { outputFiles } = await bundle({
        absWorkingDir: root,
        entryPoints: [entry],
        bundle: true,
        platform: 'node',
        format: 'cjs', // one file; what is imported lazily is evaluated when asked for
        target: 'node20',
        minify: true,
        loader: { '.py': 'text' },
        define: { __VERSION__: JSON.stringify(version) },
        external: ['@colors/colors'], // optional for cli-table3, which must not be coloured by it
        banner: { js: '#!/usr/bin/env node' },
        write: false,
        logLevel: 'warning',
      })
      // Renamed into place: a run of the old bundle that is under way never sees half a file.
      const part = join(root, `${out}.${process.pid}.part`)
      writeFileSync(part, outputFiles[0].contents)
      chmodSync(part, 0o755)
      renameSync(part, join(root, out))
    }),
  )
  return stale.map(({ out }) => out)
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of await build({ force: argv.includes('--force') })) console.error(`built ${file}`)
}
