import { readFileSync } from 'node:fs'
import type { Report, ReportFlow } from '../../src/report/report.ts'

export const FIXTURES = [
  'article-blocked',
  'healthy',
  'network-block',
  'node-unreachable',
  'udp-warning',
] as const

export type Fixture = (typeof FIXTURES)[number]

export function readReport(name: Fixture): Report {
  return JSON.parse(readFileSync(new URL(`../../fixtures/reports/${name}.json`, import.meta.url), 'utf8'))
}

/** A flow that is proven open, but for what is given. */
export function flow(part: Partial<ReportFlow> & Pick<ReportFlow, 'from' | 'to'>): ReportFlow {
  const service = part.service ?? 'galera'
  return {
    id: `${part.from}->${part.to}/${service}`,
    service,
    protocol: 'tcp',
    address: '10.0.0.9',
    port: 4567,
    status: 'OK',
    reason: 'answered',
    proof: 'witness',
    blockedAt: null,
    required: true,
    listening: true,
    rttMs: null,
    observations: [],
    ...part,
  }
}

/** A report of these flows, its nodes taken from them. */
export function report(flows: readonly ReportFlow[], part: Partial<Report> = {}): Report {
  const names = [...new Set(flows.flatMap(({ from, to }) => [from, to]))]
  return {
    schemaVersion: 1,
    tool: { name: 'pxc-netcheck', version: '0.1.0' },
    startedAt: '2026-11-24T02:10:00.000Z',
    finishedAt: '2026-11-24T02:10:02.000Z',
    durationMs: 2000,
    status: 'CRITICAL',
    exitCode: 2,
    nodes: names.map((name, index) => ({
      name,
      address: `10.0.0.${index + 1}`,
      via: 'ssh',
      reachable: true,
      privileged: true,
    })),
    flows,
    findings: [],
    fixes: [],
    ...part,
  }
}
