import { expect, it } from 'vitest'
import type { Gathered } from '../../src/check/gather.ts'
import { watchRequest } from '../../src/check/watch-request.ts'
import type { Flow } from '../../src/plan.ts'

const known = { peers: ['10.0.0.1', '10.0.0.2'], ports: [3306, 4567], udpPorts: [4567] }
const flow = (address: string, port: number, protocol: 'tcp' | 'udp' = 'tcp') =>
  ({ address, port, protocol }) as Flow
const gathered = {
  members: [{ address: '10.0.0.1' }, { address: '10.0.0.2' }],
  surveyed: [{ own: ['127.0.0.1', '10.0.0.1', '10.9.0.1'] }],
} as unknown as Gathered

it('is nothing while all flows go where the agents were told of', () => {
  expect(watchRequest(gathered, [flow('10.0.0.2', 3306), flow('10.0.0.1', 4567, 'udp')], known)).toBeNull()
})

it.each([
  ['another port', flow('10.0.0.2', 5567), { ports: [3306, 4567, 5567] }],
  ['another UDP port', flow('10.0.0.2', 5567, 'udp'), { ports: [3306, 4567, 5567], udpPorts: [4567, 5567] }],
  ['another address', flow('10.9.0.2', 3306), { peers: expect.arrayContaining(['10.9.0.2']) }],
])('names %s, and every address that a source may have', (_, other, more) => {
  const request = watchRequest(gathered, [flow('10.0.0.1', 3306), other], known)
  expect(request).toMatchObject(more)
  expect(request?.peers).toEqual(expect.arrayContaining(['10.0.0.1', '10.0.0.2', '10.9.0.1']))
  expect(request?.peers).not.toContain('127.0.0.1')
})
