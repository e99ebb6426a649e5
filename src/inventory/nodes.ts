import { escapeText } from '../terminal/escape.ts'
import { checkAddress, comparableAddress } from './address.ts'
import { InputError } from './input-error.ts'

/** A cluster member as the user named it. */
export interface Node {
  readonly name: string
  /** Host name or IP literal as given, without brackets. */
  readonly address: string
  /** Login for ssh, where the node was written `user@host`. */
  readonly user?: string
}

export interface NodeRules {
  /** One node is enough: probes from here only, or to one target. */
  readonly allowSingle: boolean
  /** Flows per ordered pair, for the message about too many nodes. */
  readonly services: number
}

/** A mesh grows with the square: past this, one run neither ends in time nor reads well. */
export const MAX_NODES = 200

/** Flow ids and exec prefixes carry it, so it is as narrow as a host name. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/
/** `@` because directory logins are written `user@DOMAIN`. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/

const MESSAGES = {
  'no-nodes': () => 'No nodes are given. List the cluster members: --nodes n1,n2,n3',
  'too-many-nodes': (count: number, flows: number) =>
    `${count} nodes would make ${flows} flows; the limit is ${MAX_NODES} nodes. Check one cluster, or one segment, at a time.`,
  'empty-node': (position: number) =>
    `Node ${position} of --nodes is empty. Write the names with single commas and no spaces: --nodes n1,n2,n3`,
  'bad-node-name': (item: string) =>
    `"${item}" has no usable name before "=". A name is letters, digits, ".", "_" and "-", at most 63 of them, ` +
    'and starts with a letter, a digit or "_": --nodes n1=10.0.0.1',
  'bad-node-user': (item: string) =>
    `"${item}" has no usable login before "@". Write user@host, or give one login for all nodes with --user.`,
  'duplicate-node': (name: string) => `Node "${name}" is listed twice. Each node is listed once.`,
  'duplicate-address': (first: string, second: string, address: string) =>
    `"${first}" and "${second}" have the same address ${address}. Each node needs its own; flows from a node to itself prove nothing.`,
  'single-node': (name: string) =>
    `Only "${name}" is given, and a mesh needs two: --nodes ${name},OTHER. ` +
    `To probe one node from this host, add --via none.`,
} as const

/** The items of `--nodes`: `[user@]HOST` or `NAME=[user@]ADDRESS`, HOST and ADDRESS a host name or an IP literal. */
export function parseNodes(items: readonly string[], rules: NodeRules): Node[] {
  if (items.length === 0) throw fail('no-nodes')
  if (items.length > MAX_NODES) {
    throw fail('too-many-nodes', items.length, items.length * (items.length - 1) * rules.services)
  }
  const nodes = items.map((item, index) => parseNode(item, index + 1))
  refuseDuplicates(nodes)
  const [only] = nodes
  if (only !== undefined && nodes.length === 1 && !rules.allowSingle) throw fail('single-node', only.name)
  return nodes
}

function parseNode(item: string, position: number): Node {
  if (item === '') throw fail('empty-node', position)
  const shown = escapeText(item, 80)
  const equals = item.indexOf('=')
  const name = equals === -1 ? null : item.slice(0, equals)
  if (name !== null && !NAME.test(name)) throw fail('bad-node-name', shown)
  const rest = item.slice(equals + 1)
  const at = rest.lastIndexOf('@')
  const user = at === -1 ? null : rest.slice(0, at)
  if (user !== null && !USER.test(user)) throw fail('bad-node-user', shown)
  const address = checkAddress(rest.slice(at + 1), shown)
  return { name: name ?? address, address, ...(user !== null && { user }) }
}

function refuseDuplicates(nodes: readonly Node[]): void {
  const names = new Set<string>()
  const addresses = new Map<string, string>()
  for (const { name, address } of nodes) {
    const key = name.toLowerCase()
    if (names.has(key)) throw fail('duplicate-node', name)
    names.add(key)
    const comparable = comparableAddress(address)
    const other = addresses.get(comparable)
    if (other !== undefined) throw fail('duplicate-address', other, name, address)
    addresses.set(comparable, name)
  }
}

function fail<K extends keyof typeof MESSAGES>(
  code: K,
  ...args: Parameters<(typeof MESSAGES)[K]>
): InputError {
  const message = MESSAGES[code] as (...values: readonly (string | number)[]) => string
  return new InputError(code, message(...args))
}
