import { expect, it } from 'vitest'
import { hostsBlocked } from '../../src/findings/host-blocked.ts'
import type { ReportFlow } from '../../src/report/report.ts'

const flow = (mysqlError: number | undefined) =>
  ({
    from: 'n1',
    to: 'n2',
    port: 3306,
    observations: [{ kind: 'probe', mysqlError }],
  }) as unknown as ReportFlow

it('tells of a host that the server has locked out, and what to run where', () => {
  const [finding] = hostsBlocked([flow(1129)])
  expect(finding).toMatchObject({
    code: 'host-blocked',
    severity: 'warning',
    node: 'n2',
    args: { from: 'n1' },
  })
  expect(finding?.message).toMatch(/on n2 run "mysqladmin flush-hosts"/)
})
it('takes no other refusal for it', () => {
  expect(hostsBlocked([flow(1045), flow(1130), flow(1040), flow(undefined)])).toEqual([])
})
