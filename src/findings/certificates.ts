import type { Value } from '../galera/node-settings.ts'
import type { Finding, Severity } from '../report/report.ts'
import type { FileState } from '../session/survey-messages.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import { parseCertificates } from './certificate-chain.ts'
import type { ClusterView } from './cluster-view.ts'
import type { FindingCode } from './codes.ts'
import type { KnownMember } from './known-addresses.ts'
import { inBrackets } from './setting-text.ts'
import { encryptingMembers, filesOf, TLS_SETTINGS, type TlsFile } from './tls-files.ts'

const DAY_MS = 86_400_000
/** Told from here on, and warned of from there on. */
const TOLD_DAYS = 30
const WARNED_DAYS = 14
/** A certificate that was made a moment ago, on a host whose clock is a little ahead. */
const CLOCK_MS = 300_000
/** Files of group communication's TLS that make it fail, now or soon. */
export function certificates(view: ClusterView): Finding[] {
  const encrypting = encryptingMembers(view)
  return [
    ...encrypting.flatMap((node) => filesOf(node).flatMap((file) => unusable(node, file))),
    ...encrypting.flatMap((node) => filesOf(node).flatMap((file) => outOfDate(node, file, view.nowMs))),
  ]
}

/** Of a file that the agent may not read nothing is known: the server runs as another user, under other rules. */
const FAULTS: Readonly<Partial<Record<FileState, string>>> = {
  missing: 'does not exist',
  'not-a-file': 'is no file',
}

function unusable(node: KnownMember, { kind, setting, file }: TlsFile): Finding[] {
  const isRead = file.state === 'read' && kind !== 'key'
  const fault =
    FAULTS[file.state] ??
    (isRead && file.pem.length === 0
      ? 'has no certificate in it'
      : isRead && parseCertificates(file.pem) === null
        ? 'has a damaged certificate in it'
        : undefined)
  if (fault === undefined) return []
  return [
    {
      code: 'certificate-file-unusable',
      severity: 'critical',
      node: node.name,
      args: { path: file.path, setting: TLS_SETTINGS[kind], state: file.state },
      message:
        `${file.path}${originText(setting)}, its ${TLS_SETTINGS[kind]}, ${fault}: the server cannot encrypt with it, and ${node.settings.running ? 'does not come back when it is restarted' : 'does not start'}. ` +
        `Next: on ${node.name} look at "ls -l ${shellQuote(file.path)}", and put the file there or correct the path.`,
    },
  ]
}

function originText({ origin }: Value<string>): string {
  return inBrackets(origin)
}

/** The node's own, and of its authorities the one alone: of a bundle those that have expired may be of no use to anybody. */
function outOfDate(node: KnownMember, { kind, file }: TlsFile, nowMs: number): Finding[] {
  const all = parseCertificates(file.pem)
  const [first] = all ?? []
  if (kind === 'key' || all === null || first === undefined || (kind === 'ca' && all.length > 1)) return []
  const [from, until] = [Date.parse(first.validFrom), Date.parse(first.validTo)]
  // A year beyond what OpenSSL prints.
  if (Number.isNaN(from) || Number.isNaN(until)) return []
  const what = kind === 'ca' ? 'the certificate of its authority' : 'its certificate'
  const common = { node, path: file.path, what }
  if (until < nowMs) {
    return [
      dated(
        common,
        'certificate-expired',
        'critical',
        `expired on ${day(until)}: new connections of group communication, IST and SST fail`,
      ),
    ]
  }
  if (from > nowMs + CLOCK_MS) {
    return [
      dated(
        common,
        'certificate-not-yet-valid',
        'critical',
        `is valid from ${day(from)} on, and not yet: new connections of group communication fail`,
      ),
    ]
  }
  const days = Math.floor((until - nowMs) / DAY_MS)
  if (days >= TOLD_DAYS) return []
  const severity = days < WARNED_DAYS ? 'warning' : 'info'
  return [
    dated(
      common,
      'certificate-expires',
      severity,
      `expires on ${day(until)}, in ${days} ${days === 1 ? 'day' : 'days'}: from then on no node connects to another`,
    ),
  ]
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

function dated(
  { node, path, what }: { readonly node: KnownMember; readonly path: string; readonly what: string },
  code: FindingCode,
  severity: Severity,
  text: string,
): Finding {
  return {
    code,
    severity,
    node: node.name,
    args: { path },
    message:
      `${what} ${path} ${text} (UTC). ` +
      `Next: on ${node.name} run "openssl x509 -noout -dates -in ${shellQuote(path)}" and "date -u"; replace the file and restart the nodes one after another.`,
  }
}
