import type { NodeSettings } from '../../src/galera/node-settings.ts'
import { readSettings } from '../../src/galera/read-settings.ts'
import type { Survey, SurveyedServer } from '../../src/session/survey-messages.ts'

export interface Keys {
  /** Of the running server; those of a healthy MariaDB that takes part in a cluster are there already. */
  readonly variables?: Readonly<Record<string, string>>
  readonly status?: Readonly<Record<string, string>>
  /** wsrep_provider_options, by key: of the running server, as it tells them. */
  readonly provider?: Readonly<Record<string, string>>
  /** Text of /etc/my.cnf; more files by name. */
  readonly files?: string | Readonly<Record<string, string>>
  /** Command line behind the program's name. */
  readonly args?: readonly string[]
  readonly program?: string
  readonly connections?: SurveyedServer['connections']
  /** What the server answers; anything but `told` leaves its variables unknown. */
  readonly answer?: SurveyedServer['answer']
  /** No server runs: only the files speak. */
  readonly stopped?: boolean
  readonly installed?: string
}

const VARIABLES = {
  version: '10.11.19-MariaDB-0+deb12u1',
  version_comment: 'Debian 12',
  wsrep_on: 'ON',
  wsrep_provider: '/usr/lib/galera/libgalera_smm.so',
  wsrep_cluster_name: 'cluster',
  wsrep_node_address: '',
  wsrep_sst_receive_address: 'AUTO',
  wsrep_node_incoming_address: 'AUTO',
  port: '3306',
}
const STATUS = { wsrep_provider_version: '26.4.23(r0)' }

/** The settings of a node, made as the tool makes them: from what its agent would tell. Throws where there are none. */
export function settingsOf(keys: Keys): NodeSettings {
  const settings = readSettings(surveyOf(keys))
  if (settings === null) throw new Error('a survey without settings')
  return settings
}

/** What an agent would tell of such a node. */
export function surveyOf(keys: Keys): Survey {
  const files = typeof keys.files === 'string' ? { '/etc/my.cnf': keys.files } : (keys.files ?? {})
  return {
    type: 'survey',
    servers: keys.stopped ? [] : [serverOf(keys)],
    files: Object.keys(files).map((path) => ({ path, state: 'read', detail: null })),
    options: Object.entries(files).flatMap(([path, text]) => optionsIn(path, text)),
    installed: keys.installed ?? null,
    transferListeners: [],
    interfaces: [],
    rpFilterAll: null,
    conntrack: null,
    rpFilterDrops: null,
    selinux: 'absent',
  }
}

export function serverOf({
  variables,
  status,
  provider,
  args = [],
  program = 'mariadbd',
  connections = [],
  answer = program === 'garbd' ? 'not-asked' : 'told',
}: Keys): SurveyedServer {
  const isTold = answer === 'told'
  const options = Object.entries(provider ?? {}).map(([key, value]) => `${key} = ${value}; `)
  return {
    pid: 1000,
    program,
    args: [`/usr/sbin/${program}`, ...args],
    listens: [],
    connections,
    unit: null,
    socket: null,
    log: null,
    answer,
    detail: null,
    variables: isTold ? { ...VARIABLES, wsrep_provider_options: options.join(''), ...variables } : {},
    status: isTold ? { ...STATUS, ...status } : {},
    hostErrors: null,
  }
}

/** A plain reading of an option file, without its inclusions. */
export function optionsIn(path: string, text: string): Survey['options'] {
  let group = ''
  return text.split('\n').flatMap((raw, index) => {
    const row = raw.trim()
    const heading = /^\[([^\]]+)\]/.exec(row)
    if (heading !== null) group = heading[1] ?? ''
    if (row === '' || heading !== null || /^[#;!]/.test(row)) return []
    const [, name = '', value] = /^([^=]*?)\s*(?:=\s*(.*))?$/s.exec(row) ?? []
    const plain = value === undefined ? null : value.replace(/^(["'])(.*)\1$/s, '$2')
    return [{ path, line: index + 1, group, name: name.replaceAll('-', '_').toLowerCase(), value: plain }]
  })
}
