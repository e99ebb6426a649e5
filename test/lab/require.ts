import { describe, it } from 'vitest'
import { labMode } from './mode.ts'
import { type Need, unmet } from './needs.ts'

/** What is missing here for a lab with these needs, as sentences; empty when all is there. */
export function labAvailable(needs: readonly Need[] = []): string[] {
  const { mode, why } = labMode()
  if (!mode) {
    return [`no namespaces can be made (be root or allow user namespaces; util-linux, iproute2): ${why}`]
  }
  return needs.map((need) => unmet(need, mode)).filter((sentence) => sentence !== '')
}

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
