import type { Random } from '../firewall/lab/random.ts'
import { randomChain } from './generate-chain.ts'
import {
  type BackEnd,
  type ChainSpec,
  type Hook,
  ROUTER,
  type RouteSpec,
  type Scenario,
  type Statement,
} from './scenario.ts'

export function randomChains(scenario: Scenario, random: Random): ChainSpec[] {
  const { nodes, statefulRouter, topology } = scenario
  const chains: ChainSpec[] = []
  const add = (
    probability: number,
    host: string,
    hook: Hook,
    table: ChainSpec['table'],
    backEnd?: BackEnd,
  ) => {
    if (!random.chance(probability)) return
    const chosen = backEnd ?? random.pick<BackEnd>(['iptables', 'iptables', 'iptables-legacy'])
    chains.push(randomChain(scenario, host, hook, table, chosen, random))
  }
  for (const { name } of nodes) {
    add(0.45, name, 'in', 'filter')
    add(0.22, name, 'out', 'filter')
    add(0.1, name, 'in', 'raw')
    add(0.07, name, 'out', 'raw')
    add(0.05, name, 'in', 'mangle')
    add(0.05, name, 'in', 'filter', 'nft')
    add(0.03, name, 'out', 'filter', 'nft')
  }
  if (statefulRouter) chains.push(statefulForward(scenario))
  else if (topology !== 'segment') {
    add(0.6, ROUTER, 'forward', 'filter')
    add(0.07, ROUTER, 'forward', 'filter', 'nft')
  }
  return chains.filter(({ host, hook, table, backEnd }, i) => {
    const same = (other: ChainSpec) =>
      other.host === host && other.hook === hook && other.table === table && other.backEnd === backEnd
    return chains.findIndex(same) === i
  })
}

/** Lets everything begin, and only what it saw begin go on. */
function statefulForward({ services }: Scenario): ChainSpec {
  const statements = (['tcp', 'udp'] as const).map((protocol): Statement => {
    const ports = services.filter((each) => each.protocol === protocol).map(({ port }) => port)
    const everybody = { peers: null, negated: false, towards: null, shape: 'direct', noise: false } as const
    return { effect: 'ACCEPT', side: 'request', protocol, ports, first: 'conntrack', ...everybody }
  })
  return {
    host: ROUTER,
    hook: 'forward',
    backEnd: 'iptables',
    table: 'filter',
    statements: statements.filter(({ ports }) => ports.length > 0),
    established: true,
    otherwise: 'DROP',
    byPolicy: true,
  }
}

export function randomRoutes({ nodes, topology }: Scenario, random: Random): RouteSpec[] {
  if (!random.chance(0.12)) return []
  const host = topology === 'segment' || random.chance(0.5) ? random.pick(nodes).name : ROUTER
  const to = random.pick(nodes.filter(({ name }) => name !== host)).name
  const kind = random.pick<RouteSpec['kind']>(['blackhole', 'prohibit', 'unreachable'])
  return [{ host, kind, to }]
}
