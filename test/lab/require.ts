import { describe, it } from 'vitest'
import { labAvailable, type Need } from './needs.ts'

/**
 * `describe` where nothing is missing. Elsewhere a skip that says what to do, and in CI (`CI=true`) a failure: there a
 * green run must mean that the tests ran.
 */
export function describeUnless(missing: readonly string[], name: string, fn: () => void): void {
  if (missing.length === 0) {
    describe(name, fn)
  } else if (process.env.CI === 'true') {
    describe(name, () => {
      it('has what it needs', () => {
        throw new Error(missing.join('\n'))
      })
    })
  } else {
    console.warn(`SKIPPED: ${name}\n  ${missing.join('\n  ')}`)
    describe.skip(name, fn)
  }
}

/** `describe` where a lab with these needs can be made. */
export function describeLab(name: string, needs: readonly Need[], fn: () => void): void {
  describeUnless(labAvailable(needs), name, fn)
}
