import type { Survey, SurveyedServer } from '../session/survey-messages.ts'
import { parseArguments } from './arguments.ts'
import { providerDefault, serverDefault } from './defaults.ts'
import type { Product } from './flavour.ts'
import { parseGcommUri } from './gcomm-uri.ts'
import type { Value } from './node-settings.ts'
import { optionsOf, serverGroups } from './option-groups.ts'
import { parseProviderOptions } from './provider-options.ts'

/** Settings by name. An empty value is one that is not set. */
export interface Sources {
  readonly product: Product
  /** Of the server: what it says, else its command line, else its option files. */
  readonly set: (name: string) => Value<string> | null
  /** As `set`, else the default; null where there is none. */
  readonly get: (name: string) => Value<string> | null
  /** Of Galera: what it says, else the options of the cluster address, else wsrep_provider_options (gcomm/src/gcomm/conf.hpp, param()). */
  readonly setProvider: (key: string) => Value<string> | null
  readonly getProvider: (key: string) => Value<string> | null
  /** Every key of Galera's that is set. */
  readonly providerKeys: readonly string[]
  /** Of the SST scripts: [sst], else [xtrabackup], else [mysqld] where `withServer` (scripts/wsrep_sst_common, parse_cnf). */
  readonly sst: (name: string, withServer: boolean) => Value<string> | null
}

/** The settings of a server, or with null of one that would be started; `options` are those of its own files. */
export function serverSources(
  product: Product,
  server: SurveyedServer | null,
  options: Survey['options'],
): Sources {
  const variables = new Map(Object.entries(server?.variables ?? {}))
  const args = parseArguments(server?.args ?? [])
  const files = optionsOf(options, serverGroups(product, args.get('defaults_group_suffix')))
  return sourcesOf(
    product,
    (name) =>
      valueFrom(variables.get(name), { kind: 'server' }) ??
      valueFrom(args.get(name), { kind: 'argument' }) ??
      files.get(name) ??
      null,
    options,
  )
}

/** As `serverSources`, from whatever knows a setting by its name. */
export function sourcesOf(
  product: Product,
  known: (name: string) => Value<string> | null,
  options: Survey['options'],
): Sources {
  const set = (name: string) => filled(known(name))
  const text = set('wsrep_provider_options')
  const provider = parseProviderOptions(text?.value ?? '')
  const address = set('wsrep_cluster_address')
  const uri = parseGcommUri(address?.value ?? '')?.options ?? new Map<string, string>()
  const layers = [
    { options: uri, origin: address?.origin },
    { options: provider, origin: text?.origin },
  ]
  // A running provider tells what it took from the cluster address, too.
  const ranked = text?.origin.kind === 'server' ? layers.toReversed() : layers
  const setProvider = (key: string) =>
    ranked
      .map(({ options: each, origin }) => (origin ? filled(valueFrom(each.get(key), origin)) : null))
      .find((value) => value !== null) ?? null
  return {
    product,
    set,
    get: (name) => set(name) ?? serverDefault(product, name),
    setProvider,
    getProvider: (key) => setProvider(key) ?? providerDefault(key),
    providerKeys: [...new Set([...provider.keys(), ...uri.keys()])],
    sst: (name, withServer) =>
      ['sst', 'xtrabackup', 'mariabackup']
        .map((group) => filled(optionsOf(options, new Set([group])).get(name) ?? null))
        .find((value) => value !== null) ?? (withServer ? set(name) : null),
  }
}

function valueFrom(value: string | undefined, origin: Value<string>['origin']): Value<string> | null {
  return value === undefined ? null : { value, origin }
}

function filled(value: Value<string> | null): Value<string> | null {
  return value === null || value.value === '' ? null : value
}
