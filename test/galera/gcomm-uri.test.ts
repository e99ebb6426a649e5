import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseAddressList, parseGcommUri, parseNodeAddress } from '../../src/galera/gcomm-uri.ts'

const host = (name: string, port: number | null = null) => ({ host: name, port })

it.each([
  ['gcomm://', []],
  ['gcomm://0.0.0.0', []],
  ['gcomm://0.0.0.0:4567', []],
  ['gcomm://a,b:5678', [host('a'), host('b', 5678)]],
  ['gcomm://a,,b,', [host('a'), host('b')]],
  ['gcomm://a:', [host('a')]],
  ['gcomm://[fd00::1]:5678,[fd00::2]', [host('fd00::1', 5678), host('fd00::2')]],
  ['gcomm://[fd00::1]:', [host('fd00::1')]],
  ['gcomm://fd00::1,10.0.0.1', [host('fd00::1'), host('10.0.0.1')]],
  ['gcomm://user@a:1', [host('a', 1)]],
  ['gcomm://a, b', [host('a'), host(' b')]],
  ['gcomm://[::]', [host('::')]],
  ['gcomm://a:99999,b:x,c:0,d', [host('a'), host('b'), host('c'), host('d')]],
  ['gcomm://[fd00::1,b', [host('b')]],
  ['gcomm://a/path?x=1#z', [host('a')]],
])('takes the hosts of %s', (text, hosts) => {
  expect(parseGcommUri(text)).toMatchObject({ text, hosts })
})

it.each([
  ['gcomm://a?x=1&y=2', { x: '1', y: '2' }],
  ['gcomm://a?gmcast.listen_addr=tcp://[::]:5678', { 'gmcast.listen_addr': 'tcp://[::]:5678' }],
  ['gcomm://?pc.wait_prim=no', { 'pc.wait_prim': 'no' }],
  ['gcomm://a?x=1&x=2', { x: '1' }],
  ['gcomm://a?x&y=&=z&a=b=c&q=1#x=2', { y: '', q: '1' }],
])('takes the options of %s', (text, options) => {
  expect(Object.fromEntries(parseGcommUri(text)?.options ?? [])).toEqual(options)
})

it.each(['', 'a,b', 'tcp://a', 'dummy://', 'gcomm:a', 'gcomm', 'GCOMM://a', ' gcomm://a'])(
  'takes %j for no address of a cluster',
  (text) => expect(parseGcommUri(text)).toBeNull(),
)

it.each([
  ['10.0.0.1', host('10.0.0.1')],
  ['10.0.0.1:5000', host('10.0.0.1', 5000)],
  ['[fd00::1]:5000', host('fd00::1', 5000)],
  ['fd00::1', host('fd00::1')],
  ['tcp://[::]:4567', host('::', 4567)],
  ['ssl://0.0.0.0', host('0.0.0.0')],
  ['n1.example.org:1', host('n1.example.org', 1)],
  ['', null],
  [':4567', null],
  ['[fd00::', null],
])('takes %j as the address of a node', (text, address) => {
  expect(parseNodeAddress(text)).toEqual(address)
})

it('leaves out the empty places of a list', () => {
  expect(parseAddressList('10.0.0.1:3306,,[fd00::2]:3306, n3')).toEqual([
    host('10.0.0.1', 3306),
    host('fd00::2', 3306),
    host('n3'),
  ])
  expect(parseAddressList('')).toEqual([])
})

it('throws on no text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'gcom:/[],@?&=#.0189afx ;\\\n') }).map((tail) => `gcomm://${tail}`),
  )
  fc.assert(
    fc.property(text, (each) => {
      const address = parseGcommUri(each)
      for (const { host: name, port } of address?.hosts ?? []) {
        expect(name).not.toBe('')
        expect(port === null || (port > 0 && port <= 65535)).toBe(true)
      }
      parseNodeAddress(each)
      parseAddressList(each)
    }),
    { numRuns: 2000, verbose: 1 },
  )
})
