import { describe, expect, it } from 'vitest'
import { parseDefaultsFile } from '../../src/inventory/defaults-file.ts'

const parse = (text: string) => parseDefaultsFile(text, '/root/.netcheck.cnf')

describe('the account of an option file', () => {
  it('is that of [client], the last value of each', () => {
    const text =
      '[mysqld]\nuser=mysql\n[client]\nuser = old\n# user=no\nuser=monitor\r\npassword="a b;c"\nport=3307\n[mysql]\nuser=x\n'
    expect(parse(text)).toEqual({ user: 'monitor', password: 'a b;c' })
  })
  it('may have no password', () => {
    expect(parse('[client]\nuser=monitor')).toEqual({ user: 'monitor', password: '' })
  })
  it.each([
    ['[mysqld]\nuser=mysql\npassword=secret'],
    ['user=x\npassword=secret'],
    ['[client]\npassword=secret'],
    [''],
  ])('is missing in %j, and the error quotes nothing of the file', (text) => {
    expect(() => parse(text)).toThrow(/^\/root\/\.netcheck\.cnf has no user in its group \[client\]/)
    expect(() => parse(text)).not.toThrow(/secret/)
  })
})
