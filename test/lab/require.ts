import { describe, it } from 'vitest'
import { labAvailable, type Need } from './needs.ts'

/**
 * `describe` where the lab can be made. Elsewhere a skip that says what to do, and in CI (`CI=true`) a failure:
 * there a green run must mean that the tests ran.
 */
export function describeLab(name: string, needs: readonly Need[], fn: () => void): void {
  const missing = labAvailable(needs)
  if (missing.length === 0) {
    describe(name, fn)
  } else if (process.env.CI === 'true') {
    describe(name, () => {
      it('has what the lab needs', () => {
        throw new Error(missing.join('\n'))
      })
    })
  } else {
    console.warn(`SKIPPED: ${name}\n  ${missing.join('\n  ')}`)
    describe.skip(name, fn)
  }
}
