import type { Survey } from '../session/survey-messages.ts'
import { type Product, seriesOf } from './flavour.ts'
import type { Value } from './node-settings.ts'

const MYSQL = ['mysqld', 'server']
const MARIADB = ['mariadb', 'mariadbd']
const MARIADB_ALSO = ['client-server', 'galera']

/**
 * Groups of the option files that a server reads: MySQL's sql/mysqld.cc; MariaDB's include/mysqld_default_groups.h, where the major version alone
 * counts too. With --defaults-group-suffix each is read with the suffix as well. `[mysqld_safe]` is the starter's own.
 * A server of which nothing is known may be either.
 */
export function serverGroups({ flavour, version }: Product, suffix: string = ''): Set<string> {
  const series = seriesOf(version)
  const isMariadb = flavour === 'mariadb' || flavour === 'unknown'
  const versions = series === null ? [] : [series]
  const groups = [
    ...MYSQL,
    ...versions.map((each) => `mysqld-${each}`),
    ...(isMariadb ? MARIADB : []),
    ...(isMariadb
      ? MARIADB.flatMap((name) => [...versions, ...majorOf(series)].map((each) => `${name}-${each}`))
      : []),
    ...(isMariadb ? MARIADB_ALSO : []),
  ]
  return new Set([...groups, ...groups.map((group) => group + suffix.toLowerCase())])
}

function majorOf(series: string | null): string[] {
  return series === null ? [] : [series.replace(/\..*/, '')]
}

/** Options that begin like a prefix and are none. */
const WHOLE = /^skip_(?:networking|name_resolve|host_cache)$/
/** Named without a value they are on; others are empty then. */
const SWITCH =
  /^(?:wsrep_on|wsrep_new_cluster|pxc_encrypt_cluster_traffic|skip_\w+|ssl|mysqlx|performance_schema)$/

/** `loose_x`, `skip_x`, `disable_x` and `enable_x` as what they do to `x` (my_getopt.c); null for `maximum_x`, which sets no value. */
export function plainOption(name: string, value: string | null): readonly [string, string] | null {
  if (WHOLE.test(name)) return [name, value ?? 'ON']
  const [, prefix, rest = ''] = /^(loose|skip|disable|enable|maximum)_(.+)$/s.exec(name) ?? []
  switch (prefix) {
    case 'loose':
      return plainOption(rest, value)
    case 'skip':
    case 'disable':
      return [rest, 'OFF']
    case 'enable':
      return [rest, 'ON']
    case 'maximum':
      return null
    default:
      return [name, value ?? (SWITCH.test(name) ? 'ON' : '')]
  }
}

/** What the option files set, of these groups, whose case makes no difference: the last in reading order holds. */
export function optionsOf(
  options: Survey['options'],
  groups: ReadonlySet<string>,
): Map<string, Value<string>> {
  const found = new Map<string, Value<string>>()
  for (const { path, line, group, name, value } of options) {
    const plain = groups.has(group.toLowerCase()) ? plainOption(name, value) : null
    if (plain !== null) {
      found.set(plain[0], { value: plain[1], origin: { kind: 'file', path, line, group } })
    }
  }
  return found
}
