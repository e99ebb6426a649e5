// The tests that play at random, for longer: `node scripts/fuzz.mjs [arguments of vitest run]`. Exits as vitest does.
import { argv, env } from 'node:process'

env.PXC_NETCHECK_PACKETS ??= '50000'
argv.push('test/firewall/kernel.test.ts')
await import('./test.mjs')
