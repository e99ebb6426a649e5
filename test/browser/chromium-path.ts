import { spawnSync } from 'node:child_process'

/** Ubuntu's chromium-browser is no browser but a stub for a snap, which cannot run where these tests run: each is tried. */
const NAMES = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser']

/** The browser of this machine; null where there is none. */
export const chromiumPath: string | null =
  NAMES.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) ?? null

/** How `unshare` gives it namespaces of its own, as root or as any user who may have one. */
export const ALONE: readonly string[] = [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  '--net',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
]

const alone = spawnSync('unshare', [...ALONE, 'true']).status === 0

/** What is missing for a test in a browser. */
export const missing: readonly string[] = [
  ...(chromiumPath === null ? ['Chromium is missing: apt-get install chromium'] : []),
  ...(alone ? [] : ['no network namespace can be made, and without one a browser could reach the network']),
]
