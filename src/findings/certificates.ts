import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { FileState } from '../session/survey-messages.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import { parseCertificates } from './certificate-chain.ts'
import type { ClusterView } from './cluster-view.ts'
import type { KnownMember } from './known-addresses.ts'
import { inBrackets } from './setting-text.ts'
import { encryptingMembers, filesOf, TLS_SETTINGS, type TlsFile } from './tls-files.ts'

/** What is wrong with one file, and with several. */
type Fault = readonly [one: string, several: string]

/** Files of group communication's TLS with which a node cannot encrypt; those of one node that have the same fault in one finding. */
export function certificateFiles(view: ClusterView): Finding[] {
  return encryptingMembers(view).flatMap((node) => {
    const faulty = filesOf(node).flatMap((file) => {
      const fault = faultOf(file)
      return fault === null ? [] : [{ file, fault }]
    })
    return groupBy(faulty, ({ fault: [one] }) => one).flatMap((group) => {
      const files = group.map(({ file }) => file)
      const [first] = group
      if (first === undefined) return []
      return [isNotMadeYet(node, files) ? notMadeYet(node, files) : unusable(node, first.fault, files)]
    })
  })
}

/** Of a file that the agent may not read nothing is known: the server runs as another user, under other rules. */
const FAULTS: Readonly<Partial<Record<FileState, Fault>>> = {
  missing: ['does not exist', 'do not exist'],
  'not-a-file': ['is no file', 'are no files'],
}

function faultOf({ kind, file }: TlsFile): Fault | null {
  const isRead = file.state === 'read' && kind !== 'key'
  if (isRead && file.pem.length === 0) return ['has no certificate in it', 'have no certificate in them']
  if (isRead && parseCertificates(file.pem) === null) {
    return ['has a damaged certificate in it', 'have a damaged certificate in them']
  }
  return FAULTS[file.state] ?? null
}

function unusable(node: KnownMember, [one, several]: Fault, files: readonly TlsFile[]): Finding {
  const comes = node.settings.running ? 'does not come back when it is restarted' : 'does not start'
  const [only] = files.length === 1 ? files : []
  const said = only
    ? `${pathText(only)}, its ${TLS_SETTINGS[only.kind]}, ${one}: the server cannot encrypt with it`
    : `${nameList(files.map((each) => `${pathText(each)} as ${TLS_SETTINGS[each.kind]}`))} ${several}: the server cannot encrypt with them`
  const next = only ? 'put the file there or correct the path' : 'put the files there or correct the paths'
  return {
    ...common(node, files),
    message: `${said}, and ${comes}. Next: on ${node.name} look at "ls -l ${files.map(({ file }) => shellQuote(file.path)).join(' ')}", and ${next}.`,
  }
}

/** Files of the server's own defaults, which its first start makes. */
function isNotMadeYet({ settings }: KnownMember, files: readonly TlsFile[]): boolean {
  const isDefault = files.every(
    ({ setting, file }) => setting.origin.kind === 'default' && file.state === 'missing',
  )
  return isDefault && !settings.running
}

/** `mysqld --initialize` makes them, and refuses a data directory with anything in it. */
function notMadeYet(node: KnownMember, files: readonly TlsFile[]): Finding {
  const are = files.length === 1 ? 'does not exist' : 'do not exist'
  return {
    ...common(node, files),
    message:
      `${nameList(files.map(({ file }) => file.path))} ${are} yet: the first start of the server makes certificates of an authority of its own, and the members refuse them. ` +
      `Next: put ca.pem, server-cert.pem and server-key.pem of a member's data directory into a folder of their own on ${node.name} (/etc/mysql/certs, for the user mysql), and name them in its option file under [mysqld] as ssl_ca, ssl_cert and ssl_key.`,
  }
}

function common({ name }: KnownMember, files: readonly TlsFile[]) {
  return {
    code: 'certificate-file-unusable',
    severity: 'critical',
    node: name,
    args: {
      path: files.map(({ file }) => file.path).join(','),
      setting: files.map(({ kind }) => TLS_SETTINGS[kind]).join(','),
      state: files[0]?.file.state ?? '',
    },
  } as const
}

function pathText({ setting, file }: TlsFile): string {
  return `${file.path}${inBrackets(setting.origin)}`
}
