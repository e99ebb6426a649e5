import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** Imports `agent.py` as text, as the bundle does. */
const pythonAsText = {
  name: 'python-as-text',
  enforce: 'pre' as const,
  load(id: string) {
    return id.endsWith('.py') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : null
  },
}

export default defineConfig({
  plugins: [pythonAsText],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more lab-building workers than that only make one another slow.
    maxWorkers: 2,
  },
})
