import { type PmmMode, pmmServices, type Service } from '../services.ts'
import { escapeText } from '../terminal/escape.ts'
import { comparableAddress } from './address.ts'
import { InputError } from './input-error.ts'
import { type Node, parseNodes } from './nodes.ts'

/** The PMM server that watches the cluster. */
export interface Pmm {
  readonly node: Node
  readonly services: readonly Service[]
}

/** What `--pmm` says of the server: its version, from which it follows who fetches the metrics, or that itself. */
export const PMM_KINDS = ['1', '2', '3', 'push', 'pull', 'auto'] as const
export type PmmKind = (typeof PMM_KINDS)[number]

/** PMM 2 and 3 push unless told otherwise; a PMM of unknown version may do either. */
const MODES: Record<PmmKind, PmmMode> = {
  '1': 'pull',
  '2': 'push',
  '3': 'push',
  push: 'push',
  pull: 'pull',
  auto: 'unknown',
}

const HTTPS = 443

/** `--pmm-server [NAME=][user@]HOST[:PORT]`. Throws `InputError`. */
export function parsePmm(text: string, kind: PmmKind): Pmm {
  const [host, port] = splitPort(text)
  if (port < 1 || port > 65_535) {
    throw new InputError(
      'bad-pmm-server',
      `--pmm-server "${escapeText(text, 80)}" has no port from 1 to 65535.`,
    )
  }
  return { node: parseHost('--pmm-server', host), services: pmmServices(port, MODES[kind]) }
}

/** Flows of a host to itself prove nothing. */
export function refuseNode({ name, address }: Node, nodes: readonly Node[]): void {
  const same = nodes.find(
    (node) =>
      node.name.toLowerCase() === name.toLowerCase() ||
      comparableAddress(node.address) === comparableAddress(address),
  )
  if (same !== undefined) throw isNodeError(name, same.name)
}

/** `server` is the name of the PMM server, `node` that of the node whose host it is. */
export function isNodeError(server: string, node: string): InputError {
  return new InputError(
    'bad-pmm-server',
    `--pmm-server ${server} is the node ${node}. Give the PMM server's own address, and a name of its own: pmm=ADDRESS`,
  )
}

/** An IPv6 address without brackets has no port. */
function splitPort(text: string): [string, number] {
  const found = /^(.*\]|[^:]*):([0-9]{1,5})$/.exec(text)
  return found ? [found[1] ?? '', Number(found[2])] : [text, HTTPS]
}

/** Written as a node is. `option`: whose value it is. */
export function parseHost(option: string, text: string): Node {
  try {
    const [node] = parseNodes([text], { allowSingle: true, services: 1 })
    if (node) return node
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(`bad-${option.slice(2)}`, `${option} ${escapeText(text, 80)}: ${error.message}`)
  }
  throw new InputError(`bad-${option.slice(2)}`, `${option} names no host. Give a name or an address.`)
}
