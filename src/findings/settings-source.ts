import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { FileState, Survey, SurveyedServer } from '../session/survey-messages.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'

/** Where a node's settings could not be had from the best source. */
export function settingsSources(view: ClusterView): Finding[] {
  const nodes = clusterNodes(view)
  const silent = groupBy(nodes.flatMap(silentServer), ({ program, answer, said }) =>
    JSON.stringify([program, answer, said]),
  )
  return [
    ...silent.flatMap(([first, ...others]) =>
      first === undefined ? [] : [notTold(first, [first, ...others])],
    ),
    ...nodes.flatMap(unreadable),
  ]
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

/** A server of which only files and command line tell, and what it had to say. */
interface Silent {
  readonly node: string
  readonly program: string
  readonly answer: Answer
  readonly said: string
}

function silentServer({ name, survey, settings }: NodeView): Silent[] {
  if (settings === null || settings.known === 'server') return []
  const server = survey?.servers.find(({ answer }) => WHY[answer] !== undefined)
  if (server === undefined) return []
  const { program, answer, detail } = server
  return [{ node: name, program, answer, said: detail === null || detail === '' ? '' : ` (${detail})` }]
}

/** Root has the same password everywhere, or none. */
function notTold({ node, program, answer, said }: Silent, group: readonly Silent[]): Finding {
  const nodes = group.map((each) => each.node)
  const [whose, taken] =
    nodes.length === 1
      ? [`its running ${program}`, 'its option files and command line were taken for its settings']
      : [
          `the running ${program} of each of ${nameList(nodes)}`,
          'option files and command lines were taken for the settings',
        ]
  return {
    code: 'settings-not-asked',
    severity: 'info',
    ...(nodes.length === 1 && { node }),
    args: { answer, ...(nodes.length > 1 && { nodes: nodes.join(',') }) },
    message:
      `${whose} ${WHY[answer]}${said}, so ${taken}: they may have changed since the start. ` +
      `Next: ${NEXT[answer]}.`,
  }
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
