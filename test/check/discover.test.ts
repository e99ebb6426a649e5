import { expect, it } from 'vitest'
import { nameMembers } from '../../src/check/discover.ts'

const members = (...addresses: string[]) => addresses.map((address) => ({ address }))
const resolved = (names: Record<string, string[]>) =>
  Object.entries(names).map(([name, addresses]) => ({ name, addresses, error: null }))

it('a member is called by its name in the cluster address', () => {
  const names = resolved({ DB2: ['10.0.0.2'], db3: ['fd00::3', '10.0.0.3'] })
  expect(nameMembers(members('10.0.0.2', '10.0.0.3', '10.0.0.9'), names, ['10.0.0.1'])).toEqual([
    { name: 'db2', address: '10.0.0.2' },
    { name: 'db3', address: '10.0.0.3' },
    { name: '10.0.0.9', address: '10.0.0.9' },
  ])
})

it('a name and its address are one member, at the address that the cluster uses', () => {
  const names = resolved({ db2: ['fd00:0::2', '10.0.0.2'] })
  const one = [{ name: 'db2', address: '10.0.0.2' }]
  expect(nameMembers(members('10.0.0.2', 'db2'), names, [])).toEqual(one)
  expect(nameMembers(members('db2', '10.0.0.2'), names, [])).toEqual(one)
})

it('a name that leads to the node itself is no other member', () => {
  const names = resolved({ db1: ['127.0.1.1'], self: ['10.0.0.1'], db2: ['10.0.0.2'] })
  expect(nameMembers(members('db1', 'self', 'db2'), names, ['10.0.0.1'])).toEqual([
    { name: 'db2', address: '10.0.0.2' },
  ])
})

it('a name that leads nowhere is kept: the run tells that it cannot be reached', () => {
  expect(nameMembers(members('db7'), resolved({ db7: [] }), [])).toEqual([{ name: 'db7', address: 'db7' }])
})

it('a name that leads to several members is nobody: they go by their addresses', () => {
  const names = resolved({ 'pxc-headless': ['10.0.0.3', '10.0.0.1', '10.0.0.2'] })
  const both = ['10.0.0.2', '10.0.0.3'].map((address) => ({ name: address, address }))
  expect(nameMembers(members('10.0.0.2', '10.0.0.3'), names, ['10.0.0.1'])).toEqual(both)
  expect(nameMembers(members('10.0.0.2', '10.0.0.3'), names, ['10.0.0.9'])).toEqual(both)
  // Of a server that is stopped the name is all that is known.
  expect(nameMembers(members('pxc-headless'), names, ['10.0.0.1'])).toEqual(both.toReversed())
})

it('a name that leads to all addresses of the node itself is no other member', () => {
  const names = resolved({ db1: ['127.0.1.1', '10.0.0.1', 'fd00::1'] })
  expect(nameMembers(members('db1'), names, ['10.0.0.1', 'fd00::1'])).toEqual([])
})
