import type { Finding, Fix, Report, ReportFlow, ReportPath } from '../../src/report/report.ts'
import { GALERA_SERVICES } from '../../src/services.ts'
import { flow, report } from '../report/reports.ts'

/** Every service of the catalogue between all of these, and a path between each two. */
export function mesh(
  names: readonly string[],
  judge: (from: string, to: string, service: string) => Partial<ReportFlow> = () => ({}),
  part: Partial<Report> = {},
): Report {
  const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })))
  const flows = pairs.flatMap(({ from, to }) =>
    GALERA_SERVICES.map(({ name, port, protocol, need }) =>
      flow({
        from,
        to,
        service: name,
        port,
        protocol,
        required: need === 'required',
        address: `10.0.0.${names.indexOf(to) + 1}`,
        rttMs: protocol === 'tcp' ? 0.4 : null,
        ...judge(from, to, name),
      }),
    ),
  )
  return report(flows, { status: 'OK', exitCode: 0, ...part })
}

export function names(count: number, prefix = 'n'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
}

export function pathsOf(
  given: Report,
  measure: (from: string, to: string) => Partial<ReportPath>,
): ReportPath[] {
  const known = given.nodes.map(({ name }) => name)
  return known.flatMap((from) =>
    known
      .filter((to) => to !== from)
      .map((to) => ({
        from,
        to,
        address: '10.0.0.9',
        port: 4568,
        samples: 20,
        lost: 0,
        minMs: 0.18,
        avgMs: 0.21,
        maxMs: 0.35,
        jitterMs: 0.03,
        ...measure(from, to),
      })),
  )
}

/** What blocks on a host, and what to paste there. */
export function blockOn(node: string, rule = '-A INPUT -j REJECT --reject-with icmp-host-prohibited') {
  const blockedBy = { node, table: 'filter', chain: 'INPUT', position: 6, rule }
  const down: Partial<ReportFlow> = {
    status: 'DOWN',
    reason: 'icmp-host-prohibited',
    proof: 'witness',
    blockedAt: 'target',
    blockedBy,
    rttMs: null,
  }
  return down
}

export function fixFor({ flows, nodes }: Report, node: string): Fix {
  const opened = flows.filter(({ to, status }) => to === node && status === 'DOWN')
  const command = (verb: string, { from, port, protocol }: ReportFlow) => {
    const source = nodes.find(({ name }) => name === from)?.address ?? ''
    return `iptables ${verb} --protocol ${protocol} --match ${protocol} --dport ${port} --source ${source} --jump ACCEPT`
  }
  return {
    node,
    backend: 'iptables',
    commands: opened.map((each, index) => command(`-I INPUT ${6 + index}`, each)),
    persist: ['iptables-save > /etc/sysconfig/iptables'],
    undo: opened.map((each) => command('-D INPUT', each)),
    opens: opened.map(({ id }) => id),
    proven: true,
  }
}

export const DRIFT: Finding = {
  code: 'clock-drift',
  severity: 'warning',
  node: 'n2',
  args: {},
  message: 'The clock of n2 is 4.2 s ahead of n1. Next: on n2, chronyc makestep',
}
