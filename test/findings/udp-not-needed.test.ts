import { expect, it } from 'vitest'
import { udpNotNeeded } from '../../src/findings/udp-not-needed.ts'
import type { ReportFlow } from '../../src/report/report.ts'

const flow = (id: string, status: ReportFlow['status']) =>
  ({ id, status, port: 4567, protocol: 'udp' }) as ReportFlow

it('tells of blocked flows that are known not to be needed, once', () => {
  const findings = udpNotNeeded(
    [flow('a', 'DOWN'), flow('b', 'DOWN'), flow('c', 'OK')],
    new Set(['a', 'b', 'c']),
  )
  expect(findings).toMatchObject([
    { code: 'udp-not-needed', severity: 'info', args: { port: 4567, flows: 2 } },
  ])
})
it('says nothing of open ones, nor of those that may be needed', () => {
  expect(udpNotNeeded([flow('a', 'OK')], new Set(['a']))).toEqual([])
  expect(udpNotNeeded([flow('a', 'DOWN')], new Set())).toEqual([])
  expect(udpNotNeeded([{ ...flow('a', 'DOWN'), protocol: 'tcp' }], new Set(['a']))).toEqual([])
})
