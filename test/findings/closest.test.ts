import { describe, expect, it } from 'vitest'
import { closest } from '../../src/findings/closest.ts'

describe('the closest name', () => {
  it.each([
    ['dbb3', ['db3', 'xyz'], 'db3'],
    ['bd3', ['db3'], 'db3'],
    ['db3', ['db3'], null],
    ['db9', ['db1', 'db2'], null],
    ['galera', ['mysql'], null],
    ['database3', ['dataxyz3'], null],
    ['a'.repeat(100_000), ['db1'], null],
  ])('of %.20s among %j is %s', (text, candidates, wanted) => {
    expect(closest(text, candidates)).toBe(wanted)
  })
})
