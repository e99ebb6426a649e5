import { readSettings } from '../galera/read-settings.ts'
import { unreadFiles } from '../galera/unread-files.ts'
import { canonicalAddress } from '../inventory/host-address.ts'
import { InputError } from '../inventory/input-error.ts'
import type { Node } from '../inventory/nodes.ts'
import type { Options } from '../options.ts'
import { describeFailure } from '../session/failure.ts'
import type { AgentConfig } from '../session/requests.ts'
import type { Inspection, Survey } from '../session/survey-messages.ts'
import { escapeText } from '../terminal/escape.ts'
import { surveysOf } from './ask-members.ts'
import { discoverOthers } from './discover.ts'
import type { Environment } from './environment.ts'
import type { Surveyed } from './locate.ts'
import { type Member, openMembers, resolveNode } from './members.ts'
import { resolveNames } from './resolve-names.ts'

/** The members of a run, and what their own settings say. */
export interface Gathered {
  readonly members: readonly Member[]
  /** The nodes of the run: those given, and where one was given, those that it told of. */
  readonly nodes: readonly Node[]
  readonly surveys: ReadonlyMap<string, Survey>
  /** By node; one with a session whose server's settings could be read. */
  readonly surveyed: readonly Surveyed[]
  readonly resolved: ReadonlyMap<string, Inspection['resolved']>
}

/**
 * Opens the sessions and asks each node for the settings of its server; one node alone is asked for the rest of its cluster as
 * well. Throws an InputError, with all sessions closed, where it knows of no other.
 */
export async function gather(
  options: Options,
  addresses: readonly (string | null)[],
  environment: Environment,
  config: AgentConfig,
  signal: AbortSignal,
): Promise<Gathered> {
  const { nodes } = options
  const discover = options.discover && options.via.kind !== 'none'
  const given = await openMembers(options, addresses, environment, config, signal, discover)
  if (!discover) return { members: given, nodes, surveys: new Map(), surveyed: [], resolved: new Map() }
  const surveys = await surveysOf(given)
  const [first] = nodes.length === 1 ? given : []
  const survey = surveys.get(first?.name ?? '')
  const told = survey === undefined ? null : readSettings(survey)
  const others = first && survey && told ? await discoverOthers(first, survey, told, environment) : []
  if (first !== undefined && others.length === 0 && options.pmm === null && !options.printConfig) {
    await Promise.all(given.map(({ session }) => session?.close()))
    throw aloneError(first, survey)
  }
  const found = await openOthers(others, options, environment, config, signal)
  for (const [name, each] of await surveysOf(found)) surveys.set(name, each)
  const members = given.flatMap((member) => (member === first ? [member, ...found] : [member]))
  const settings = new Map([...surveys].map(([name, each]) => [name, readSettings(each)]))
  const resolved = await resolveNames(
    members,
    [...settings.values()].flatMap((each) => each ?? []),
  )
  const surveyed = members.map(({ name, address, hello }) => ({
    name,
    address,
    own: (hello?.addresses ?? []).map((each) => canonicalAddress(each.address)),
    settings: settings.get(name) ?? null,
    resolved: new Map((resolved.get(name) ?? []).map((each) => [each.name, each.addresses])),
  }))
  return { members, nodes: [...nodes, ...others], surveys, surveyed, resolved }
}

async function openOthers(
  nodes: readonly Node[],
  options: Options,
  environment: Environment,
  config: AgentConfig,
  signal: AbortSignal,
): Promise<Member[]> {
  if (nodes.length === 0) return []
  const addresses = await Promise.all(nodes.map((node) => resolveNode(node, environment)))
  return openMembers({ ...options, nodes, pmm: null }, addresses, environment, config, signal, true)
}

function aloneError({ name, failure }: Member, survey: Survey | undefined): InputError {
  if (failure !== null) {
    return new InputError(
      'single-node',
      `${describeFailure(name, failure)} So it could not be asked for the other nodes; list them: --nodes ${name},OTHER`,
    )
  }
  const [unread] = survey === undefined ? [] : unreadFiles(survey)
  if (unread !== undefined) {
    return new InputError(
      'single-node',
      `Only "${name}" is given, and its option file ${escapeText(unread, 200)} could not be read, so it did not tell of the others. ` +
        `Add --become or --mysql-defaults-file FILE, or list them: --nodes ${name},OTHER`,
    )
  }
  const why =
    survey === undefined || survey.servers.length + survey.options.length === 0
      ? 'and no settings of a cluster were found on it'
      : `and its own settings name no other${addressText(survey)}`
  return new InputError(
    'single-node',
    `Only "${name}" is given, ${why}. A mesh needs two: --nodes ${name},OTHER. To probe one node from this host, add --via none.`,
  )
}

function addressText(survey: Survey): string {
  const address = readSettings(survey)?.all.get('wsrep_cluster_address')?.value ?? ''
  return address === '' ? '' : ` (wsrep_cluster_address is "${escapeText(address, 200)}")`
}
