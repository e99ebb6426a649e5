import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/inventory/input-error.ts'
import { MAX_NODES, parseNodes } from '../../src/inventory/nodes.ts'
import { isSafe } from '../../src/terminal/escape.ts'

const rules = { allowSingle: false, services: 5 }
const alone = { allowSingle: true, services: 5 }

function errorOf(items: readonly string[], given = alone): InputError {
  try {
    parseNodes(items, given)
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error(`accepted: ${items.join(' ')}`)
}

describe('parseNodes', () => {
  it.each([
    ['db1', { name: 'db1', address: 'db1' }],
    ['db1.example.com', { name: 'db1.example.com', address: 'db1.example.com' }],
    ['pxc_node_1', { name: 'pxc_node_1', address: 'pxc_node_1' }],
    ['4db', { name: '4db', address: '4db' }],
    ['10.0.0.1', { name: '10.0.0.1', address: '10.0.0.1' }],
    ['fd00::1', { name: 'fd00::1', address: 'fd00::1' }],
    ['[fd00::1]', { name: 'fd00::1', address: 'fd00::1' }],
    ['root@db1', { name: 'db1', address: 'db1', user: 'root' }],
    ['dba@EXAMPLE.COM@db1', { name: 'db1', address: 'db1', user: 'dba@EXAMPLE.COM' }],
    ['n1=10.0.0.1', { name: 'n1', address: '10.0.0.1' }],
    ['n1=root@[fd00::1]', { name: 'n1', address: 'fd00::1', user: 'root' }],
    ['n1=root@fd00::1', { name: 'n1', address: 'fd00::1', user: 'root' }],
    ['n1=db1.', { name: 'n1', address: 'db1.' }],
  ])('%s', (item, node) => {
    expect(parseNodes([item], alone)).toEqual([node])
  })

  it.each([
    ['nothing', [], 'no-nodes', /--nodes n1,n2,n3/],
    ['an empty item', ['a', '', 'b'], 'empty-node', /^Node 2 /],
    ['an option as a host', ['-oProxyCommand=id'], 'bad-node-name', /"-oProxyCommand=id"/],
    ['a host that starts with a dash', ['-v'], 'bad-host', /do not start with "-"/],
    ['an address that starts with a dash', ['n1=-v'], 'bad-host', /"n1=-v"/],
    ['a host that starts with a dash behind a login', ['root@-v'], 'bad-host', /"root@-v"/],
    ['a login that starts with a dash', ['-l@db1'], 'bad-node-user', /--user/],
    ['a space', ['db 1'], 'bad-host', /"db 1"/],
    ['a shell metacharacter', ['db1;id'], 'bad-host', /"db1;id"/],
    ['a substitution', ['$(id)'], 'bad-host', /host name/],
    ['a line break', ['db1\n'], 'bad-host', /"db1\\n"/],
    ['an escape sequence', ['\x1b[31mdb1'], 'bad-host', /"db1"/],
    ['an empty label', ['db1..example'], 'bad-host', /host name/],
    ['a label that ends with a dash', ['db1-.example'], 'bad-host', /host name/],
    ['a label too long', ['a'.repeat(64)], 'bad-host', /host name/],
    ['an empty name', ['=10.0.0.1'], 'bad-node-name', /before "="/],
    ['an empty address', ['n1='], 'bad-host', /"n1="/],
    ['an empty login', ['@db1'], 'bad-node-user', /before "@"/],
    ['a port', ['db1:3306'], 'node-port', /--service mysql=3307\/tcp/],
    ['a port behind IPv4', ['10.0.0.1:4567'], 'node-port', /--service/],
    ['a port behind IPv6', ['[fd00::1]:4567'], 'node-port', /--service/],
    ['brackets around IPv4', ['[10.0.0.1]'], 'bad-host', /\[fd00::1\]/],
    ['a zone', ['fe80::1%eth0'], 'node-zone', /one host only/],
    ['a multicast group', ['239.192.0.11'], 'node-not-a-host', /multicast/],
    ['an IPv6 multicast group', ['ff02::1'], 'node-not-a-host', /multicast/],
    ['the unspecified address', ['0.0.0.0'], 'node-not-a-host', /unspecified/],
    ['the unspecified IPv6 address', ['::'], 'node-not-a-host', /unspecified/],
    ['broadcast', ['255.255.255.255'], 'node-not-a-host', /broadcast/],
    ['leading zeros, octal to the resolver', ['010.0.0.1'], 'bad-ipv4', /leading zeros/],
    ['too few numbers', ['10.0.1'], 'bad-ipv4', /four numbers/],
    ['too large a number', ['10.0.0.256'], 'bad-ipv4', /0 to 255/],
    ['a hexadecimal address', ['0x7f000001'], 'bad-ipv4', /looks like an IPv4 address/],
    ['the same name twice', ['db1', 'DB1'], 'duplicate-node', /"DB1" is listed twice/],
    [
      'the same name for two addresses',
      ['a=10.0.0.1', 'a=10.0.0.2'],
      'duplicate-node',
      /"a" is listed twice/,
    ],
    [
      'the same address twice',
      ['a=10.0.0.1', 'b=10.0.0.1'],
      'duplicate-address',
      /"a" and "b" .* 10\.0\.0\.1/,
    ],
    [
      'the same address in two spellings',
      ['a=fd00::1', 'b=FD00:0::0001'],
      'duplicate-address',
      /same address/,
    ],
    ['the same address mapped', ['a=10.0.0.1', 'b=::ffff:10.0.0.1'], 'duplicate-address', /same address/],
    ['the same host with a trailing dot', ['a=db1', 'b=db1.'], 'duplicate-address', /same address/],
  ])('refuses %s', (_, items, code, message) => {
    const error = errorOf(items)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  it('one node is no mesh, unless it is probed from here', () => {
    const error = errorOf(['db1'], rules)
    expect(error.code).toBe('single-node')
    expect(error.message).toMatch(/--via none/)
    expect(parseNodes(['db1'], alone)).toHaveLength(1)
    expect(parseNodes(['db1', 'db2'], rules)).toHaveLength(2)
  })

  it('says how many flows too many nodes would make', () => {
    const items = Array.from({ length: MAX_NODES + 1 }, (_, index) => `n${index}`)
    const error = errorOf(items, rules)
    expect(error.code).toBe('too-many-nodes')
    expect(error.message).toBe(
      '201 nodes would make 201000 flows; the limit is 200 nodes. Check one cluster, or one segment, at a time.',
    )
    expect(parseNodes(items.slice(0, MAX_NODES), rules)).toHaveLength(MAX_NODES)
  })

  it('never lets hostile text through, nor repeats it raw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (item) => {
        try {
          for (const { name, address, user } of parseNodes([item], alone)) {
            for (const word of [name, address, user ?? 'x'])
              expect(word).toMatch(/^[A-Za-z0-9_:][A-Za-z0-9_.:@+-]*$/)
          }
        } catch (error) {
          if (!(error instanceof InputError)) throw error
          expect(isSafe(error.message)).toBe(true)
          expect(error.message.length).toBeLessThan(400)
        }
      }),
      { numRuns: 400 },
    )
  })
})
