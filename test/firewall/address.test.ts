import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contains, formatAddress, parseAddress, parseNet } from '../../src/firewall/address.ts'

describe('addresses', () => {
  it('are read and written as the kernel writes them', () => {
    const table: [string, string][] = [
      ['10.99.0.1', '10.99.0.1'],
      ['FD99:0:0::0001', 'fd99::1'],
      ['::', '::'],
      ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
      ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
      ['::ffff:10.99.0.1', '::ffff:a63:1'],
    ]
    for (const [text, canonical] of table) {
      const address = parseAddress(text)
      expect(address && formatAddress(address)).toBe(canonical)
    }
    for (const text of ['fe80::1%eth0', '10.0.0', '010.0.0.1', 'db1', '', '1::2::3', '10.0.0.1 ']) {
      expect(parseAddress(text)).toBeNull()
    }
  })

  it('belong to nets with any mask', () => {
    const table: [string, string, boolean][] = [
      ['10.0.0.0/8', '10.255.0.1', true],
      ['10.1.2.3/8', '10.9.9.9', true],
      ['10.0.3.0/255.0.255.0', '10.77.3.9', true],
      ['10.0.3.0/255.0.255.0', '10.77.4.9', false],
      ['0.0.0.0/0', '1.2.3.4', true],
      ['0.0.0.0/0', '::1', false],
      ['fd99::/64', 'fd99::1:2', true],
      ['fd99::12/127', 'fd99::13', true],
      ['fd99::12/127', 'fd99::14', false],
    ]
    for (const [net, text, expected] of table) {
      const [parsed, address] = [parseNet(net), parseAddress(text)]
      expect(parsed && address && contains(parsed, address), `${net} ${text}`).toBe(expected)
    }
    for (const text of ['10.0.0.0/33', 'fd99::/129', '10.0.0.0/', '10.0.0.0/fd99::', 'x/8']) {
      expect(parseNet(text)).toBeNull()
    }
  })

  it('survive being written and read', () => {
    const max = (1n << 128n) - 1n
    fc.assert(
      fc.property(fc.bigInt(0n, max), (value) => {
        expect(parseAddress(formatAddress({ family: 6, value }))).toEqual({ family: 6, value })
      }),
    )
  })
})
