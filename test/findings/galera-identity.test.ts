import { expect, it } from 'vitest'
import { galeraIdentities } from '../../src/findings/galera-identity.ts'
import type { ReportFlow } from '../../src/report/report.ts'

const A = '638ee2b0-e71c-11f1-a595-637a97d4ef32'
const B = '738ee2b0-e71c-11f1-a595-637a97d4ef32'
const flow = (from: string, to: string, uuid: string | null) =>
  ({
    from,
    to,
    observations: [{ kind: 'probe', greeting: uuid && { uuid, segment: 0 } }],
  }) as unknown as ReportFlow

it('is silent where each node is one node', () => {
  expect(
    galeraIdentities([flow('n1', 'n2', B), flow('n3', 'n2', B), flow('n2', 'n1', A), flow('n1', 'n3', null)]),
  ).toEqual([])
})
it('sees two names that lead to one node', () => {
  expect(galeraIdentities([flow('n3', 'n1', A), flow('n3', 'n2', A)])).toMatchObject([
    { code: 'galera-same-node', args: { nodes: 'n1,n2', uuid: A } },
  ])
})
it('sees one name that leads peers to different nodes', () => {
  expect(galeraIdentities([flow('n1', 'n2', A), flow('n3', 'n2', B)])).toMatchObject([
    { code: 'galera-other-node', node: 'n2', args: { nodes: 2 } },
  ])
})
