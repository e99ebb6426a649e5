import type { Survey, SurveyedServer } from '../session/survey-messages.ts'
import type { Value } from './node-settings.ts'

/** Options of garb/garb_config.cpp, by what the server calls the same thing. */
const LONG: Readonly<Record<string, string>> = {
  address: 'wsrep_cluster_address',
  group: 'wsrep_cluster_name',
  name: 'wsrep_node_name',
  options: 'wsrep_provider_options',
  log: 'log_error',
  cfg: 'cfg',
  sst: 'sst',
  donor: 'donor',
  workdir: 'workdir',
}
const SHORT: Readonly<Record<string, string>> = {
  a: 'address',
  g: 'group',
  n: 'name',
  o: 'options',
  l: 'log',
  c: 'cfg',
  w: 'workdir',
}

/** The settings of an arbitrator under a server's names: its command line, else its --cfg file where the survey has it. */
export function arbitratorSettings(
  { args }: SurveyedServer,
  options: Survey['options'],
): Map<string, Value<string>> {
  const settings = new Map<string, Value<string>>()
  const given = argumentsOf(args)
  const config = given.get('cfg')
  for (const { path, line, group, name, value } of options) {
    const known = path === config && group === '' ? LONG[name] : undefined
    if (known !== undefined)
      settings.set(known, { value: unquoted(value ?? ''), origin: { kind: 'file', path, line, group } })
  }
  for (const [name, value] of given)
    settings.set(name, { value: unquoted(value), origin: { kind: 'argument' } })
  return settings
}

function argumentsOf(args: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (let index = 1; index < args.length; index += 1) {
    const arg = args[index] ?? ''
    const [, long, glued] = /^--([a-z]+)(?:=(.*))?$/s.exec(arg) ?? []
    const [, letter, rest] = /^-([a-z])(.*)$/s.exec(arg) ?? []
    const name = LONG[long ?? SHORT[letter ?? ''] ?? '']
    if (name === undefined) {
      // A word without an option is the address.
      if (!arg.startsWith('-')) found.set('wsrep_cluster_address', arg)
      continue
    }
    const inside = long === undefined ? rest : glued
    if (inside === undefined || inside === '') index += 1
    found.set(name, inside || (args[index] ?? ''))
  }
  return found
}

/** As strip_quotes() there. */
function unquoted(text: string): string {
  return /^(["']).*\1$/s.test(text) ? text.slice(1, -1) : text
}
