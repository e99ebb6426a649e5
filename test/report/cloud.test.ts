import { describe, expect, it } from 'vitest'
import { cloudFixes } from '../../src/fix/cloud/plan.ts'
import { parseClouds } from '../../src/inventory/cloud.ts'
import { renderTable, type TableStyle } from '../../src/report/render/table.ts'
import type { Report } from '../../src/report/report.ts'
import { readReport } from './reports.ts'

const style: TableStyle = { columns: 80, color: false, ascii: true, quiet: 0, view: 'check' }

/** What is lost in the fixture, with the commands of these clouds. */
function withCommands(...clouds: string[]): Report {
  const report = readReport('network-block')
  const addresses = new Map(report.nodes.map(({ name, address }) => [name, address]))
  const lost = report.flows
    .filter(({ blockedAt }) => blockedAt === 'network')
    .map((flow) => ({ ...flow, source: addresses.get(flow.from) ?? '', sentFrom: null }))
  return { ...report, fixes: cloudFixes(lost, parseClouds(clouds)) }
}

describe('commands of a cloud', () => {
  it.each([
    ['80', { view: 'check' }],
    ['fix', { view: 'fix' }],
  ] as const)('stand beside the block for the network team, %s', async (kind, part) => {
    const report = withCommands(
      'aws=sg-0123456789abcdef0',
      'gcp',
      'azure=db-rg/db-nsg',
      'kubernetes=db/app=pxc',
    )
    const text = await renderTable(report, { ...style, ...part })
    expect(text).toContain('For the network team')
    await expect(text).toMatchFileSnapshot(`rendered/network-cloud.${kind}.txt`)
  })

  it('come after the block when all is told', async () => {
    const text = await renderTable(withCommands('aws'), style)
    expect(text.indexOf('For the network team')).toBeLessThan(text.indexOf('\naws ec2 '))
    expect(text).not.toContain('on the rules of')
  })

  it('are those of the node that is asked for', async () => {
    const text = await renderTable(withCommands('gcp'), { ...style, view: 'fix', node: 'n3' })
    expect(text).toContain('--destination-ranges 10.0.0.3/32')
    expect(text).not.toContain('--destination-ranges 10.0.0.1/32')
  })
})
