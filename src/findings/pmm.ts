import type { PmmKind } from '../inventory/pmm.ts'
import { isDrifted } from '../pmm/clock.ts'
import { API_NEXT, API_TEXTS, CERTIFICATE_TEXTS, ENDPOINT_NEXT, ENDPOINT_TEXTS } from '../pmm/texts.ts'
import { groupBy, nameList, unique } from '../report/render/lists.ts'
import type { Finding, ReportFlow, Severity } from '../report/report.ts'
import type { ApiReason, ReportPmm, ReportPmmNode } from '../report/report-pmm.ts'
import type { FindingCode } from './codes.ts'
import { durationText } from './duration-text.ts'

export interface PmmContext {
  readonly kind: PmmKind
  readonly flows: readonly ReportFlow[]
  /** The clock of the server's host was read itself, so `clock-drift` tells of it. */
  readonly serverClockKnown: boolean
}

/** What is wrong with the monitoring beside blocked flows. */
export function pmmFindings(pmm: ReportPmm, context: PmmContext): Finding[] {
  return [
    ...apiFindings(pmm, context.flows),
    ...certificateFindings(pmm),
    ...endpointFindings(pmm),
    ...pushFindings(pmm, context),
    ...driftFindings(pmm, context.serverClockKnown),
    ...ntpFindings(pmm),
  ]
}

const API_CODES: Readonly<Partial<Record<ApiReason, readonly [code: FindingCode, severity: Severity]>>> = {
  'password-refused': ['pmm-password-refused', 'warning'],
  'password-wanted': ['pmm-password-wanted', 'info'],
  'password-withheld': ['pmm-password-withheld', 'info'],
}

/** Where the way to the server is blocked, the blocked flow tells it. */
function apiFindings({ server, nodes }: ReportPmm, flows: readonly ReportFlow[]): Finding[] {
  const reached = nodes.filter(
    ({ node }) =>
      !flows.some(
        ({ from, service, status }) => from === node && service === 'pmm-server' && status === 'DOWN',
      ),
  )
  const rows = reached.flatMap(({ node, apis }) =>
    apis
      .filter(({ status, reason }) => status === 'DOWN' || API_CODES[reason] !== undefined)
      .map((api) => ({ node, ...api })),
  )
  return groupBy(rows, ({ reason }) => reason).flatMap((group) => {
    const reason = group[0]?.reason
    if (reason === undefined) return []
    const [code, severity] = API_CODES[reason] ?? ['pmm-api-down', 'warning']
    const names = unique(group.map(({ name }) => name))
    const from = unique(group.map(({ node }) => node))
    return [
      {
        code,
        severity,
        args: { node: server, from: from.join(','), apis: names.join(','), reason },
        message:
          `${nameList(names)} of ${server}, asked by ${nameList(from)}, ${API_TEXTS[reason]}. ${API_NEXT[reason] ?? ''}`.trim(),
      },
    ]
  })
}

/** A certificate that nobody signed is what PMM comes with; one that has expired is a fault. */
const HARMLESS: readonly string[] = ['self-signed', 'untrusted']

function certificateFindings({ server, nodes }: ReportPmm): Finding[] {
  const wrong = nodes.flatMap(({ node, certificate }) =>
    certificate === null || certificate.verification === 'ok' ? [] : [{ node, ...certificate }],
  )
  return groupBy(wrong, ({ verification }) => verification).flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { verification, notAfter } = first
    const until = notAfter === null ? '' : ` (valid until ${notAfter})`
    return [
      {
        code: 'pmm-certificate',
        severity: HARMLESS.includes(verification) ? ('info' as const) : ('warning' as const),
        args: { node: server, from: group.map(({ node }) => node).join(','), verification },
        message: `to ${nameList(group.map(({ node }) => node))}, the certificate of ${server} ${CERTIFICATE_TEXTS[verification]}${until}.`,
      },
    ]
  })
}

const FAILING: readonly string[] = ['exporter-fails', 'exporter-password', 'exporter-tls']

function endpointFindings({ nodes }: ReportPmm): Finding[] {
  return nodes.flatMap(({ node, mode, endpoints }) =>
    endpoints.flatMap(({ type, port, reason, lastError }): Finding[] => {
      const stopped = reason === 'nothing-listens' && mode === 'pull'
      if (!stopped && !FAILING.includes(reason)) return []
      const said = lastError === undefined || stopped ? '' : ` (it says: ${lastError})`
      return [
        {
          code: stopped ? 'pmm-exporter-stopped' : 'pmm-exporter-down',
          severity: 'warning',
          node,
          args: { type, port, reason },
          message:
            `${type} on ${port}: ${ENDPOINT_TEXTS[reason]}${said}. ${ENDPOINT_NEXT[reason] ?? ''}`.trim(),
        },
      ]
    }),
  )
}

function pushFindings({ server, nodes }: ReportPmm, { kind, flows }: PmmContext): Finding[] {
  const shut = (node: string) =>
    flows.some(({ from, to, status }) => from === server && to === node && status !== 'OK')
  const pushing = nodes.filter(({ node, mode }) => mode === 'push' && shut(node)).map(({ node }) => node)
  const pulled = (kind === '2' || kind === '3' ? nodes : []).filter(({ mode }) => mode === 'pull')
  return [
    ...(pushing.length === 0 ? [] : [pushFinding(server, pushing)]),
    ...(pulled.length === 0 ? [] : [pulledFinding(server, pulled)]),
  ]
}

function pushFinding(server: string, nodes: readonly string[]): Finding {
  return {
    code: 'pmm-push',
    severity: 'info',
    args: { nodes: nodes.join(',') },
    message: `${nameList(nodes)} ${nodes.length === 1 ? 'sends its metrics itself' : 'send their metrics themselves'} (push): that ${server} cannot connect to the exporters there is healthy, and nothing is to be opened.`,
  }
}

function pulledFinding(server: string, nodes: readonly ReportPmmNode[]): Finding {
  const names = nodes.map(({ node }) => node)
  return {
    code: 'pmm-pulled',
    severity: 'info',
    args: { nodes: names.join(',') },
    message: `${server} fetches the metrics of ${nameList(names)} itself (pull). Run again with --pmm pull to have its way to the exporters probed.`,
  }
}

/** The time of an answer's header, good to a second; below a minute nothing breaks. */
function driftFindings({ server, nodes }: ReportPmm, serverClockKnown: boolean): Finding[] {
  if (serverClockKnown) return []
  return nodes.flatMap(({ node, clock }): Finding[] => {
    const drift = clock?.clientAheadOfServer ?? null
    const errorSeconds = clock?.serverErrorSeconds ?? 0
    if (drift === null || !isDrifted(drift, errorSeconds)) return []
    const way = drift < 0 ? 'behind' : 'ahead of'
    return [
      {
        code: 'pmm-clock-drift',
        severity: 'warning',
        node,
        args: { server, seconds: drift },
        message: `its clock is ${durationText(Math.abs(drift) * 1000, errorSeconds * 1000)} ${way} that of ${server}: graphs have gaps or stay empty. Next: on both look at "timedatectl", and let chronyd, ntpd or systemd-timesyncd keep their time.`,
      },
    ]
  })
}

function ntpFindings({ ntpServer, nodes }: ReportPmm): Finding[] {
  const asked = nodes.filter(({ clock }) => clock !== null)
  const silent = asked.filter(({ clock }) => clock?.ntp === null).map(({ node }) => node)
  if (ntpServer === null) return []
  const told = asked.flatMap(({ node, clock }): Finding[] => {
    const drift = clock?.clientAheadOfNtp ?? null
    if (drift === null || !isDrifted(drift, 0)) return []
    const way = drift < 0 ? 'behind' : 'ahead of'
    return [
      {
        code: 'pmm-ntp-drift',
        severity: 'warning',
        node,
        args: { ntpServer, seconds: drift },
        message: `its clock is ${durationText(Math.abs(drift) * 1000, 1000)} ${way} that of ${ntpServer}. Next: look at "timedatectl", and let chronyd, ntpd or systemd-timesyncd keep its time.`,
      },
    ]
  })
  if (silent.length === 0) return told
  const message = `${nameList(silent)} got no time from ${ntpServer} (123/udp), so clocks are compared with one another only.`
  return [
    ...told,
    { code: 'pmm-ntp-silent', severity: 'info', args: { ntpServer, from: silent.join(',') }, message },
  ]
}
