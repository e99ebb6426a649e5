import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding, Severity } from '../report/report.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import { parseCertificates } from './certificate-chain.ts'
import type { ClusterView } from './cluster-view.ts'
import type { FindingCode } from './codes.ts'
import { encryptingMembers, filesOf, type TlsFile } from './tls-files.ts'

const DAY_MS = 86_400_000
/** Told from here on, and warned of from there on. */
const TOLD_DAYS = 30
const WARNED_DAYS = 14
/** A certificate that was made a moment ago, on a host whose clock is a little ahead. */
const CLOCK_MS = 300_000

/** What is wrong with the dates of a certificate, or will be. */
interface Verdict {
  readonly code: FindingCode
  readonly severity: Severity
  readonly text: string
}

interface Dated extends Verdict {
  readonly node: string
  readonly path: string
  readonly isAuthority: boolean
}

/** Certificates of group communication's TLS that are out of date, or soon will be: those of several nodes together, where they were made together. */
export function certificateDates(view: ClusterView): Finding[] {
  const dated = encryptingMembers(view).flatMap((node) =>
    filesOf(node).flatMap((file) => {
      const found = judge(file, view.nowMs)
      return found === null ? [] : [{ ...found, node: node.name, path: file.file.path }]
    }),
  )
  return groupBy(dated, (each) => JSON.stringify([each.isAuthority, each.path, each.text])).flatMap(
    (group) => (group[0] === undefined ? [] : [finding(group[0], group)]),
  )
}

/** The node's own, and of its authorities the one alone: of a bundle those that have expired may be of no use to anybody. */
function judge({ kind, file }: TlsFile, nowMs: number): Omit<Dated, 'node' | 'path'> | null {
  const all = parseCertificates(file.pem)
  const [first] = all ?? []
  if (kind === 'key' || all === null || first === undefined || (kind === 'ca' && all.length > 1)) return null
  const verdict = verdictOf(Date.parse(first.validFrom), Date.parse(first.validTo), nowMs)
  return verdict && { ...verdict, isAuthority: kind === 'ca' }
}

function verdictOf(from: number, until: number, nowMs: number): Verdict | null {
  // A year beyond what OpenSSL prints.
  if (Number.isNaN(from) || Number.isNaN(until)) return null
  if (until < nowMs) {
    return {
      code: 'certificate-expired',
      severity: 'critical',
      text: `expired on ${day(until)}: new connections of group communication, IST and SST fail`,
    }
  }
  if (from > nowMs + CLOCK_MS) {
    return {
      code: 'certificate-not-yet-valid',
      severity: 'critical',
      text: `is valid from ${day(from)} on, and not yet: new connections of group communication fail`,
    }
  }
  const days = Math.floor((until - nowMs) / DAY_MS)
  if (days >= TOLD_DAYS) return null
  return {
    code: 'certificate-expires',
    severity: days < WARNED_DAYS ? 'warning' : 'info',
    text: `expires on ${day(until)}, in ${days} ${days === 1 ? 'day' : 'days'}: from then on no node connects to another`,
  }
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

/** A node that was restarted with a good certificate is still refused by, and refuses, those that hold the bad one in memory. */
const REMEDIES: Readonly<Partial<Record<FindingCode, string>>> = {
  'certificate-expired':
    'put new files on all nodes first, then run "SET GLOBAL wsrep_provider_options=\'socket.ssl_reload=1\'" on each; a Galera that does not know it needs all nodes stopped and the cluster started anew',
  'certificate-expires': 'replace the file and restart the nodes one after another',
  'certificate-not-yet-valid': 'set the clock right, or replace the file and restart the server',
}

function finding({ code, severity, text, isAuthority, node, path }: Dated, group: readonly Dated[]): Finding {
  const nodes = group.map((each) => each.node)
  const what =
    nodes.length > 1
      ? `the certificate ${isAuthority ? 'of the authority of' : 'of each of'} ${nameList(nodes)},`
      : isAuthority
        ? 'the certificate of its authority'
        : 'its certificate'
  return {
    code,
    severity,
    ...(nodes.length === 1 && { node }),
    args: { path, ...(nodes.length > 1 && { nodes: nodes.join(',') }) },
    message:
      `${what} ${path} ${text} (UTC). ` +
      `Next: on ${node} run "openssl x509 -noout -dates -in ${shellQuote(path)}" and "date -u"; ${REMEDIES[code]}.`,
  }
}
