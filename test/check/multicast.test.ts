import { expect, it } from 'vitest'
import { multicastUse } from '../../src/check/multicast.ts'
import type { Hello } from '../../src/session/messages.ts'

const hello = (...sockets: Hello['sockets']): Hello => ({ sockets }) as Hello
const group = { protocol: 'udp', address: '239.192.0.11', port: 4567 } as const
const galera = { protocol: 'tcp', address: '0.0.0.0', port: 4567 } as const

it('knows multicast by the group that a running node has bound', () => {
  expect(multicastUse([hello(), hello(galera, group)], [])).toBe('set')
})
it('knows its absence by a running node without the group', () => {
  expect(multicastUse([hello(), hello(galera)], [])).toBe('unset')
  expect(multicastUse([hello(galera, { ...group, address: '10.99.0.11' })], [])).toBe('unset')
})
it('knows nothing while no node runs', () => {
  expect(multicastUse([hello(), hello()], [])).toBe('unknown')
  expect(multicastUse([], [])).toBe('unknown')
})
