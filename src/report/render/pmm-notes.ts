import { isDrifted } from '../../pmm/clock.ts'
import { API_NEXT, API_TEXTS, CERTIFICATE_TEXTS, ENDPOINT_NEXT, ENDPOINT_TEXTS } from '../../pmm/texts.ts'
import type { Report } from '../report.ts'
import type { ApiReason, PmmEndpoint, ReportPmm, ReportPmmNode } from '../report-pmm.ts'
import { blockedNotes } from './blocked.ts'
import { groupBy, nameList } from './lists.ts'
import type { Note } from './note.ts'
import { findingNotes, unknownNotes } from './undecided.ts'

/** Why the tables of a node show what they show; nothing where all is well. */
export function pmmNotes(node: ReportPmmNode, pmm: ReportPmm, report: Report): Note[] {
  const flows = report.flows.filter(({ from, to }) => from === node.node || to === node.node)
  const pushed = node.mode === 'push'
  const down = flows.filter(({ status, from }) => status === 'DOWN' && !(pushed && from === pmm.server))
  const wayBlocked = down.some(({ service }) => service === 'pmm-server')
  return [
    ...clockNotes(node, pmm),
    ...blockedNotes(down, report),
    ...(wayBlocked ? [] : [...apiNotes(node, pmm), ...certificateNotes(node, pmm)]),
    ...endpointNotes(node.endpoints),
    ...unknownNotes(
      flows.filter(({ status, from }) => status === 'UNKNOWN' && from === node.node),
      report,
    ),
  ]
}

/** Findings that stand below no table. */
export function restNotes({ findings }: Report): Note[] {
  return findingNotes(findings.filter(({ code }) => !TOLD.has(code)))
}

const TOLD: ReadonlySet<string> = new Set([
  'pmm-api-down',
  'pmm-password-refused',
  'pmm-password-wanted',
  'pmm-password-withheld',
  'pmm-certificate',
  'pmm-exporter-stopped',
  'pmm-exporter-down',
  'pmm-push',
  'pmm-clock-drift',
  'pmm-ntp-drift',
])

function clockNotes({ clock }: ReportPmmNode, { server }: ReportPmm): Note[] {
  if (clock === null) return []
  const { serverAheadOfNtp, clientAheadOfNtp, clientAheadOfServer, serverErrorSeconds } = clock
  const wrong = [
    isDrifted(serverAheadOfNtp ?? 0, serverErrorSeconds),
    isDrifted(clientAheadOfNtp ?? 0, 0),
    isDrifted(clientAheadOfServer ?? 0, serverErrorSeconds),
  ]
  if (!wrong.includes(true)) return []
  return [
    {
      text: `The time is out of sync, so graphs have gaps or stay empty.`,
      next: `Look at "timedatectl" here and on ${server}, and let chronyd, ntpd or systemd-timesyncd keep their time.`,
    },
  ]
}

const FINE: ReadonlySet<ApiReason> = new Set(['answered'])

function apiNotes({ apis }: ReportPmmNode, { server }: ReportPmm): Note[] {
  const rows = apis.filter(({ reason }) => !FINE.has(reason))
  return groupBy(rows, ({ reason }) => reason).map((group): Note => {
    const reason = group[0]?.reason ?? 'not-asked'
    const next = API_NEXT[reason]
    return {
      text: `${nameList(group.map(({ name }) => name))} of ${server} ${API_TEXTS[reason]}.`,
      ...(next !== undefined && { next }),
    }
  })
}

function certificateNotes({ certificate }: ReportPmmNode, { server }: ReportPmm): Note[] {
  if (certificate === null || certificate.verification === 'ok') return []
  const until = certificate.notAfter === null ? '' : ` (valid until ${certificate.notAfter})`
  return [{ text: `The certificate of ${server} ${CERTIFICATE_TEXTS[certificate.verification]}${until}.` }]
}

function endpointNotes(endpoints: readonly PmmEndpoint[]): Note[] {
  const rows = endpoints.filter(
    ({ reason }) => reason !== 'scraped' && reason !== 'open' && reason !== 'blocked',
  )
  return groupBy(rows, ({ reason, lastError = '' }) => `${reason} ${lastError}`).map((group): Note => {
    const [first] = group
    const reason = first?.reason ?? 'not-known'
    const said =
      first?.lastError !== undefined && first.status === 'DOWN' ? ` (it says: ${first.lastError})` : ''
    const next = ENDPOINT_NEXT[reason]
    return {
      text: `${nameList(group.map(({ type, port }) => `${type} on ${port}`))}: ${ENDPOINT_TEXTS[reason]}${said}.`,
      ...(next !== undefined && { next }),
    }
  })
}
