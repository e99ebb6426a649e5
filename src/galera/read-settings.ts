import type { Survey, SurveyedServer } from '../session/survey-messages.ts'
import { allSettings } from './all-settings.ts'
import { clusterState } from './cluster-state.ts'
import { encryptionOf } from './encryption.ts'
import { endpointsOf, nodeAddress } from './endpoints.ts'
import { galeraVersion, type Product, productOfText, productOfVariables } from './flavour.ts'
import { arbitratorSettings } from './garbd.ts'
import { parseGcommUri } from './gcomm-uri.ts'
import { inDatadir } from './in-datadir.ts'
import type { ClusterAddress, NodeSettings, Value } from './node-settings.ts'
import { parseBoolean } from './provider-options.ts'
import { type Sources, serverSources, sourcesOf } from './sources.ts'
import { sstEncryptionOf } from './sst-encryption.ts'
import { timersOf } from './timers.ts'

/**
 * What a node's server is set to: of several the first that takes part in a cluster, before an arbitrator, before any other; where none runs, what the installed
 * one would be started with. null where there is neither a server nor an option of wsrep's.
 */
export function readSettings(survey: Survey): NodeSettings | null {
  const candidates = survey.servers.map((server) => settingsOfServer(server, survey))
  const isArbitrator = ({ flavour }: NodeSettings) => flavour === 'garbd'
  const running =
    candidates.find((each) => each.wsrep && !isArbitrator(each)) ??
    candidates.find(isArbitrator) ??
    candidates[0]
  return running ?? settingsOfStopped(survey)
}

function settingsOfServer(server: SurveyedServer, survey: Survey): NodeSettings {
  if (server.program === 'garbd') return settingsOfArbitrator(server, survey)
  const product = productOf(server, survey)
  // The files are those of the first server; another's that was started alike are the same.
  const options = hasFilesOf(server, survey) ? survey.options : []
  return settingsFrom(serverSources(product, server, options), server)
}

function hasFilesOf(server: SurveyedServer, { servers }: Survey): boolean {
  const files = ({ args }: SurveyedServer) =>
    args.filter((arg) => /^--(?:no-defaults|defaults-(?:extra-)?file)/.test(arg)).join(' ')
  const first = servers.find(({ program }) => program !== 'garbd')
  return first !== undefined && files(first) === files(server)
}

function settingsOfArbitrator(server: SurveyedServer, { options }: Survey): NodeSettings {
  const settings = arbitratorSettings(server, options)
  const product: Product = { flavour: 'garbd', version: null }
  return settingsFrom(
    sourcesOf(product, (name) => settings.get(name) ?? null, []),
    server,
  )
}

function settingsOfStopped({ options, installed }: Survey): NodeSettings | null {
  const hasWsrep = options.some(({ name }) => /^(?:loose_)?(?:wsrep|pxc)_/.test(name))
  if (installed === null && !hasWsrep) return null
  const product = installed === null ? NOBODY : productOfText(installed)
  return settingsFrom(serverSources(guessed(product, options), null, options), null)
}

const NOBODY: Product = { flavour: 'unknown', version: null }

function productOf({ variables, program }: SurveyedServer, { installed, options }: Survey): Product {
  const told = productOfVariables(variables) ?? (installed === null ? NOBODY : productOfText(installed))
  return program === 'mariadbd' ? { ...told, flavour: 'mariadb' } : guessed(told, options)
}

/** By what only one of them is set to, where the server does not say what it is. */
function guessed(product: Product, options: Survey['options']): Product {
  if (product.flavour !== 'unknown') return product
  const isPxc = options.some(
    ({ name, value }) =>
      /^(?:loose_)?pxc_/.test(name) || (/wsrep_sst_method$/.test(name) && /^xtrabackup/.test(value ?? '')),
  )
  const isMariadb = options.some(
    ({ name, group, value }) =>
      /^(?:mariadb|mariadbd|galera)(?:-|$)/.test(group) ||
      (/wsrep_sst_method$/.test(name) && /^mariabackup/.test(value ?? '')),
  )
  return { ...product, flavour: isPxc ? 'pxc' : isMariadb ? 'mariadb' : 'unknown' }
}

function settingsFrom(sources: Sources, server: SurveyedServer | null): NodeSettings {
  const { product, set, get, getProvider, setProvider } = sources
  const isArbitrator = product.flavour === 'garbd'
  const address = set('wsrep_node_address')
  const wsrep = isArbitrator || isInCluster(sources)
  return {
    ...product,
    galeraVersion: galeraVersion(server?.status.wsrep_provider_version),
    running: server !== null,
    wsrep,
    known: knownBy(sources),
    nodeName: set('wsrep_node_name'),
    clusterName: isArbitrator ? set('wsrep_cluster_name') : get('wsrep_cluster_name'),
    clusterAddress: clusterAddress(set('wsrep_cluster_address')),
    nodeAddress: withValue(address, nodeAddress(set)?.host ?? null),
    endpoints: endpointsOf(sources),
    sstMethod: get('wsrep_sst_method') ?? { value: 'rsync', origin: { kind: 'default', of: 'wsrep' } },
    segment: numberOf(getProvider('gmcast.segment'), 0),
    weight: numberOf(getProvider('pc.weight'), 1),
    multicast: setProvider('gmcast.mcast_addr'),
    ...encryptionOf(sources),
    sstEncryption: sstEncryptionOf(sources),
    timers: timersOf(sources),
    maxConnectErrors: isArbitrator ? null : numberOf(get('max_connect_errors'), 100),
    errorLog: errorLog(sources),
    state: server === null ? null : clusterState(server),
    all: allSettings(sources, wsrep),
  }
}

/** MariaDB takes part in a cluster only with wsrep_on, all only with a provider. */
function isInCluster({ get }: Sources): boolean {
  const provider = get('wsrep_provider')?.value.toLowerCase() ?? 'none'
  return provider !== 'none' && parseBoolean(get('wsrep_on')?.value ?? '') !== false
}

function knownBy({ set }: Sources): NodeSettings['known'] {
  const kinds = ['wsrep_cluster_address', 'wsrep_provider_options', 'wsrep_on', 'wsrep_provider', 'port'].map(
    (name) => set(name)?.origin.kind,
  )
  if (kinds.includes('server')) return 'server'
  return kinds.includes('argument') ? 'arguments' : 'files'
}

function clusterAddress(setting: Value<string> | null): Value<ClusterAddress> | null {
  return withValue(setting, parseGcommUri(setting?.value ?? ''))
}

function withValue<T>(setting: Value<string> | null, value: T | null): Value<T> | null {
  return setting === null || value === null ? null : { value, origin: setting.origin }
}

function numberOf(setting: Value<string> | null, usual: number): Value<number> {
  const isNumber = setting !== null && /^\d{1,15}$/.test(setting.value.trim())
  return isNumber
    ? { value: Number(setting.value), origin: setting.origin }
    : { value: usual, origin: { kind: 'default', of: 'the server' } }
}

/** A file; null where it goes elsewhere: to a journal, or to stderr. */
function errorLog(sources: Sources): Value<string> | null {
  const setting = sources.set('log_error')
  if (setting === null || setting.value === 'stderr') return null
  return sources.product.flavour === 'garbd' ? setting : inDatadir(sources, setting)
}
