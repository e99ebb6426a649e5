import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The repository's root, upwards from the working directory: it is the same for tests and for bundled scripts. */
function repositoryRoot(from = process.cwd()): string {
  const manifest = join(from, 'package.json')
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'pxc-netcheck') return from
  if (dirname(from) === from) throw new Error('run this inside the repository')
  return repositoryRoot(dirname(from))
}

/** The tool as users run it. */
export function toolBundle(): string {
  const bundle = join(repositoryRoot(), 'dist/pxc-netcheck.cjs')
  if (!existsSync(bundle)) throw new Error('dist/pxc-netcheck.cjs is missing: run `npm run build`')
  return bundle
}
