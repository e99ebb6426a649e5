import { execFileSync } from 'node:child_process'

/** The lab runs the built tool: one build before all tests, so that none of them sees it half-written. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
}
