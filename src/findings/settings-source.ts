import type { Finding } from '../report/report.ts'
import type { FileState, Survey, SurveyedServer } from '../session/survey-messages.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'

/** Where a node's settings could not be had from the best source. */
export function settingsSources(view: ClusterView): Finding[] {
  return clusterNodes(view).flatMap((node) => [...notTold(node), ...unreadable(node)])
}

type Answer = SurveyedServer['answer']

/** Without the right to ask nobody did. */
const WHY: Readonly<Partial<Record<Answer, string>>> = {
  refused: 'does not let the account in',
  'no-client': 'could not be asked, since neither mariadb nor mysql is installed there',
  'not-ready': 'does not answer on its socket yet, as while it waits for a state transfer',
  timeout: 'did not answer in time',
  failed: 'could not be asked',
}
const LOGIN =
  'give an account with --mysql-defaults-file FILE ([client] user and password), or let root in by ~/.my.cnf or unix_socket'
const NEXT: Readonly<Partial<Record<Answer, string>>> = {
  refused: `${LOGIN}; --no-discover leaves it unasked`,
  failed: LOGIN,
  'no-client': 'install the client there, or compare the option files with what the server runs with',
  'not-ready': 'run again when it has joined',
  timeout: 'look there at "SHOW PROCESSLIST" and the load of the host, and run again',
}

function notTold(node: NodeView): Finding[] {
  const { survey, settings } = node
  if (settings === null || settings.known === 'server') return []
  const server = survey?.servers.find(({ answer }) => WHY[answer] !== undefined)
  if (server === undefined) return []
  const said = server.detail === null || server.detail === '' ? '' : ` (${server.detail})`
  return [
    {
      code: 'settings-not-asked',
      severity: 'info',
      node: node.name,
      args: { answer: server.answer },
      message:
        `its running ${server.program} ${WHY[server.answer]}${said}, so its option files and command line were taken for its settings: they may have changed since it was started. ` +
        `Next: ${NEXT[server.answer]}.`,
    },
  ]
}

const FAULTS: Readonly<Partial<Record<FileState, string>>> = {
  binary: 'is no text',
  'cut-off': 'is too long to be an option file, and only its beginning was read',
  'not-a-file': 'is no file',
  denied: 'may not be read',
  failed: 'could not be read',
}

/** What the running server said itself is not in doubt for a file that this account may not read. */
function unreadable(node: NodeView): Finding[] {
  const told = node.settings?.known === 'server'
  return (node.survey?.files ?? [])
    .filter(({ state }) => FAULTS[state] !== undefined && !(told && state === 'denied'))
    .map((file) => unreadableFile(node, file))
}

function unreadableFile(node: NodeView, { path, state, detail }: Survey['files'][number]): Finding {
  const isOwnRight = state === 'denied' && node.hello?.uid !== 0
  const said = detail === null || detail === '' ? '' : ` (${detail})`
  return {
    code: 'settings-file-unreadable',
    severity: isOwnRight ? 'info' : 'warning',
    node: node.name,
    args: { path, state },
    message:
      `its option file ${path} ${FAULTS[state]}${said}: settings in it are not known. ` +
      (isOwnRight
        ? 'Next: run again with --become, or as root.'
        : `Next: on ${node.name} look at "file ${shellQuote(path)}", and at what includes it.`),
  }
}
