import type { BlockedAt } from '../../src/verdict.ts'
import { type Opened, onlyFirst, openingKey, stops } from './crossing.ts'
import {
  addressOf,
  crossesRouter,
  type Effect,
  type Hook,
  ROUTER,
  type Scenario,
  type ServiceSpec,
  seenFrom,
} from './scenario.ts'

export interface FlowKey {
  readonly from: string
  readonly to: string
  readonly service: ServiceSpec
}

/** What is so, by construction. */
export interface Truth {
  readonly blockedAt: BlockedAt | null
  /** Whose chains or routes stop it; null where open, or where nobody's rules do. */
  readonly host: string | null
  /** What the chains that stop it do: DROP, REJECT of some kind; empty where it is no chain. */
  readonly effects: readonly Effect[]
  /**
   * The first packet and its answer pass, the connection's later packets do not. `unseen`: no packet that a probe may
   * send meets the block, for the only one that would completes a connection, and no rules tell of it that can be read.
   */
  readonly later: 'pass' | 'stopped' | 'unseen'
}

const OPEN: Truth = { blockedAt: null, host: null, effects: [], later: 'pass' }

/** Follows the flow's packets in the order a kernel meets them. */
export function truthOf(scenario: Scenario, flow: FlowKey, opened: Opened): Truth {
  const { from, to, service } = flow
  const { protocol, port } = service
  const [source, target] = [addressOf(scenario, from), addressOf(scenario, to)]
  const seen = seenFrom(scenario, from, to)
  const whole = (host: string) =>
    host !== ROUTER || crossesRouter(scenario, from, to) === crossesRouter(scenario, to, from)
  const cross = (host: string, hook: Hook, side: 'request' | 'answer', peer: string, towards?: string) =>
    stops(
      scenario,
      { host, hook, side, peer, towards: towards ?? null, whole: whole(host), protocol, port },
      opened,
    )
  const blocked = (blockedAt: BlockedAt, host: string | null, effects: readonly Effect[] = []): Truth => ({
    blockedAt,
    host,
    effects,
    later: 'pass',
  })

  if (refusesRoute(scenario, from, to)) return blocked('source', from)
  const out = cross(from, 'out', 'request', target)
  if (out.length > 0) return blocked('source', from, out)
  if (scenario.unplugged === from || scenario.unplugged === to) return blocked('network', null)
  if (crossesRouter(scenario, from, to)) {
    const forward = cross(ROUTER, 'forward', 'request', source, target)
    if (refusesRoute(scenario, ROUTER, to)) return blocked('network', ROUTER)
    if (forward.length > 0) return blocked('network', ROUTER, forward)
  }
  if (!reversePathHolds(scenario, from, to)) return blocked('target', null)
  const into = cross(to, 'in', 'request', seen)
  if (into.length > 0) return blocked('target', to, into)
  // Nobody waits for the answer to a datagram.
  if (protocol === 'udp') return OPEN

  // Behind masquerading the answer goes to the router, to which there is a way.
  if (seen === source && refusesRoute(scenario, to, from)) return blocked('reply', null)
  const answer = cross(to, 'out', 'answer', seen)
  if (answer.length > 0) return blocked('reply', to, answer)
  if (crossesRouter(scenario, to, from)) {
    if (refusesRoute(scenario, ROUTER, from)) return blocked('reply', null)
    if (cross(ROUTER, 'forward', 'answer', target, source).length > 0) return blocked('reply', null)
  }
  if (!reversePathHolds(scenario, to, from)) return blocked('reply', null)
  const back = cross(from, 'in', 'answer', target)
  if (back.length > 0) return blocked('reply', from, back)

  const request = { side: 'request', protocol, port } as const
  const way = {
    host: ROUTER,
    hook: 'forward',
    peer: source,
    towards: target,
    whole: whole(ROUTER),
    ...request,
  } as const
  if (crossesRouter(scenario, from, to) && scenario.chains.some((chain) => onlyFirst(chain, way)))
    return { ...OPEN, blockedAt: 'network', later: 'unseen' }
  const own = { host: to, hook: 'in', peer: seen, towards: null, whole: true, ...request } as const
  const hidden = opened.has(openingKey(own)) ? [] : scenario.chains.filter((chain) => onlyFirst(chain, own))
  if (hidden.length > 0) {
    const listens = scenario.listeners.some(({ node, service: name }) => node === to && name === service.name)
    // A closed port ends the connection before its second packet; then only iptables' rules can tell, or our own listener.
    const told = listens || !scenario.privileged || hidden.some(({ backEnd }) => backEnd !== 'nft')
    return { ...OPEN, blockedAt: 'target', host: to, later: told ? 'stopped' : 'unseen' }
  }
  return OPEN
}

function refusesRoute(scenario: Scenario, host: string, to: string): boolean {
  return scenario.routes.some((route) => route.host === host && route.to === to)
}

/** The far node's packets come by the wire of their own, and the near node's own way to it is the router's. */
function reversePathHolds(scenario: Scenario, from: string, to: string): boolean {
  const isFar = (name: string) => scenario.nodes.some((node) => node.name === name && node.far)
  return !(scenario.strictReversePath && isFar(from) && !isFar(to))
}
