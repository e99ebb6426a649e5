import { expect } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import type { Cluster } from './cluster.ts'
import { VIA } from './machine.ts'

/** Checks a cluster, by default all its nodes, and expects these findings, as `code` or `code node`, and no others. */
export async function expectFindings(
  cluster: Cluster,
  expected: readonly string[],
  args: readonly string[] = [],
  nodes = cluster.nodesOption,
): Promise<Report> {
  const argv = ['--nodes', nodes, '--via', VIA, '--json', ...args]
  const { stdout, stderr } = await cluster.lab.execTool(argv, { timeoutMs: 90_000 })
  expect(stderr).toBe('')
  const report = JSON.parse(stdout) as Report
  expect(report.nodes.filter(({ reachable }) => !reachable)).toEqual([])
  const found = report.findings.map(({ code, node }) => (node ? `${code} ${node}` : code))
  const messages = report.findings.map(({ message }) => message).join('\n')
  expect(found.toSorted(), messages).toEqual([...expected].toSorted())
  return report
}
