import { describe, expect, it } from 'vitest'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { linksOf, measuredLink } from '../../src/findings/links.ts'
import type { ReportPath } from '../../src/report/report.ts'
import { cluster } from './view.ts'

const path = (part: Partial<ReportPath> = {}): ReportPath => ({
  from: 'n1',
  to: 'n2',
  address: '10.1.1.2',
  port: 4568,
  samples: 20,
  lost: 0,
  minMs: 0.2,
  avgMs: 0.3,
  maxMs: 0.9,
  jitterMs: 0.1,
  ...part,
})

const probed = (there: number, back: number): ClusterView => {
  const view = cluster(3)
  const flows = view.flows.map((flow) => {
    if (flow.from === 'n1' && flow.to === 'n2') return { ...flow, rttMs: there }
    return flow.from === 'n2' && flow.to === 'n1' ? { ...flow, rttMs: back } : flow
  })
  return { ...view, flows }
}

describe('what is known of the ways', () => {
  it('that which was measured, by its shortest round trip', () => {
    const links = [measuredLink(path({ lost: 3 }))]
    expect(linksOf({ ...cluster(3), links })).toEqual([
      { from: 'n1', to: 'n2', rttMs: 0.2, jitterMs: 0.1, loss: 0.15 },
    ])
  })

  it('one packet of twenty is no rate', () => {
    expect(measuredLink(path({ lost: 1 })).loss).toBe(0)
    expect(measuredLink(path({ lost: 2 })).loss).toBe(0.1)
  })

  it('the probes of a pair that was not measured, where even the quickest was slow', () => {
    const told = (view: ClusterView) => linksOf(view).map(({ from, to, rttMs }) => `${from}>${to} ${rttMs}`)
    expect(told(probed(650, 601))).toEqual(['n1>n2 601'])
    expect(told(probed(650, 80))).toEqual([])
    const flows = probed(650, 2900).flows.map(
      (flow) => ({ ...flow, status: 'DOWN', reason: 'host-absent' }) as const,
    )
    expect(told({ ...cluster(3), flows })).toEqual([])
    expect(told({ ...probed(650, 601), links: [measuredLink(path())] })).toEqual(['n1>n2 0.2'])
  })
})
