import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/inventory/input-error.ts'
import { accountOf, parseCredentials } from '../../src/inventory/pmm-account.ts'

describe('the account of the PMM server', () => {
  it.each([
    ['pmm:s3cret\n', { user: 'pmm', password: 's3cret' }],
    ['pmm:a:b c \r\nmore', { user: 'pmm', password: 'a:b c ' }],
    ['pmm:', { user: 'pmm', password: '' }],
  ])('of a file, %j', (text, account) => {
    expect(parseCredentials(text, 'F')).toEqual(account)
  })
  it.each(['', 's3cret', ':s3cret', '\npmm:s3cret'])('is refused, and never quoted: %j', (text) => {
    expect(() => parseCredentials(text, 'F')).toThrow(InputError)
    try {
      parseCredentials(text, 'F')
    } catch (error) {
      expect(String(error)).not.toContain('s3cret')
    }
  })
  it('of the environment is there as a whole, or not at all', () => {
    expect(accountOf({})).toBeNull()
    expect(accountOf({ PMM_USER: '', PMM_PASSWORD: '' })).toBeNull()
    expect(accountOf({ PMM_USER: 'a', PMM_PASSWORD: 'b' })).toEqual({ user: 'a', password: 'b' })
    for (const env of [{ PMM_USER: 'a' }, { PMM_PASSWORD: 'b' }, { PMM_USER: 'a:b', PMM_PASSWORD: 'c' }]) {
      expect(() => accountOf(env)).toThrow('belong together')
    }
  })
})
