/** A scenario says in its own words what blocks which packets. What follows for a flow is worked out in truth.ts. */

export type Family = 4 | 6
export type Protocol = 'tcp' | 'udp'
/** What sets a packet's fate in the kernel. `nft` is a native table beside the two iptables back ends. */
export type BackEnd = 'iptables' | 'iptables-legacy' | 'nft'
export type Hook = 'in' | 'out' | 'forward'

export type Topology =
  | 'segment'
  | 'router'
  /** The router masquerades what the far nodes send to the near ones. */
  | 'nat'
  /** From the far node to the near ones a wire of its own; the way back is the router's. */
  | 'asymmetric'

export interface NodeSpec {
  readonly name: string
  readonly far: boolean
  readonly address: string
}

export interface ServiceSpec {
  readonly name: string
  readonly port: number
  readonly protocol: Protocol
  /** Of the tool's own catalogue: given by name only. */
  readonly catalogue: boolean
  /** An open path with no listener is CLOSED. */
  readonly expectsListener: boolean
}

export interface ListenerSpec {
  readonly node: string
  readonly service: string
  /** A UDP service may answer nothing that is not its protocol. */
  readonly silent: boolean
}

/** `ACCEPT`, `DROP`, `REJECT --reject-with …`. */
export type Effect = string

/** In how many words the rule is written. The meaning is the same, at least for the addresses of the lab. */
export type Shape = 'direct' | 'multiport' | 'chain' | 'return' | 'range'

/** One statement of an ordered list: the first that a packet meets decides. */
export interface Statement {
  readonly effect: Effect
  /** `request`: the packets towards the service. `answer`: those that come from it. */
  readonly side: 'request' | 'answer'
  readonly protocol: Protocol
  readonly ports: readonly number[]
  /** Whom the rule names at the packet's far end (on the router: as the packet's source); null: everybody. */
  readonly peers: readonly string[] | null
  /** All but `peers`, of which there is one. */
  readonly negated: boolean
  /** On the router: the packet's destinations; null: all. */
  readonly towards: readonly string[] | null
  readonly shape: Shape
  /** Only the packet that opens a connection: `NEW` or `--syn`. */
  readonly first: 'conntrack' | 'state' | 'syn' | null
  /** A LOG rule, or one that only counts, before it. */
  readonly noise: boolean
}

/** The statements of one chain, and what happens to a packet that none of them names. */
export interface ChainSpec {
  readonly host: string
  readonly hook: Hook
  readonly backEnd: BackEnd
  readonly table: 'raw' | 'mangle' | 'filter'
  readonly statements: readonly Statement[]
  /** `ESTABLISHED` is accepted before all statements. */
  readonly established: boolean
  /** null: accepted. Else DROP or REJECT for all that is not named (neighbour discovery and `lo` are spared). */
  readonly otherwise: Effect | null
  /** DROP as the chain's policy, or as its last rule. */
  readonly byPolicy: boolean
}

export interface RouteSpec {
  readonly host: string
  readonly kind: 'blackhole' | 'prohibit' | 'unreachable'
  readonly to: string
}

export interface Scenario {
  readonly seed: number
  readonly family: Family
  readonly topology: Topology
  readonly nodes: readonly NodeSpec[]
  readonly services: readonly ServiceSpec[]
  readonly listeners: readonly ListenerSpec[]
  readonly chains: readonly ChainSpec[]
  readonly routes: readonly RouteSpec[]
  /** asymmetric: the near node looks whether packets come from where its own would go. */
  readonly strictReversePath: boolean
  /** asymmetric: the router forwards only connections that it saw begin. */
  readonly statefulRouter: boolean
  readonly lossPercent: number
  /** Its cable is pulled; what leads to it (an exec, in the lab) still works. */
  readonly unplugged: string | null
  readonly privileged: boolean
}

export const ROUTER = 'router'
const ROUTER_NEAR = '10.99.0.1'

export function addressOf(scenario: Scenario, name: string): string {
  const node = scenario.nodes.find((each) => each.name === name)
  if (node === undefined) throw new Error(`no node ${name}`)
  if (scenario.family === 4) return node.address
  const [, , , last] = node.address.split('.')
  return `fd00:${node.far ? 98 : 99}::${last}`
}

/** The address by which `at` knows the peer that opens connections to it. */
export function seenFrom(scenario: Scenario, peer: string, at: string): string {
  const isFar = (name: string) => scenario.nodes.some((node) => node.name === name && node.far)
  const hidden = scenario.topology === 'nat' && scenario.family === 4 && isFar(peer) && !isFar(at)
  return hidden ? ROUTER_NEAR : addressOf(scenario, peer)
}

/** Whether packets from one node to the other cross the router. */
export function crossesRouter(scenario: Scenario, from: string, to: string): boolean {
  const isFar = (name: string) => scenario.nodes.some((node) => node.name === name && node.far)
  if (isFar(from) === isFar(to)) return false
  return !(scenario.topology === 'asymmetric' && isFar(from))
}
