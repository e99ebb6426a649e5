import type { Random } from '../firewall/lab/random.ts'
import { randomChains, randomRoutes } from './generate-rules.ts'
import type { ListenerSpec, NodeSpec, Protocol, Scenario, ServiceSpec, Topology } from './scenario.ts'

const CATALOGUE: readonly Omit<ServiceSpec, 'catalogue'>[] = [
  { name: 'mysql', port: 3306, protocol: 'tcp', expectsListener: true },
  { name: 'galera', port: 4567, protocol: 'tcp', expectsListener: true },
  { name: 'ist', port: 4568, protocol: 'tcp', expectsListener: false },
  { name: 'sst', port: 4444, protocol: 'tcp', expectsListener: false },
  { name: 'galera-udp', port: 4567, protocol: 'udp', expectsListener: false },
]
const MAX_LISTENERS = 4

export function randomScenario(seed: number, random: Random): Scenario {
  const topology = random.pick<Topology>(['segment', 'segment', 'router', 'router', 'nat', 'asymmetric'])
  const family = topology !== 'nat' && random.chance(0.35) ? 6 : 4
  const nodes = randomNodes(topology, random)
  const services = randomServices(random)
  const privileged = random.chance(0.75)
  const asymmetric = topology === 'asymmetric'
  const base: Scenario = {
    seed,
    family,
    topology,
    nodes,
    services,
    listeners: randomListeners(nodes, services, random),
    chains: [],
    routes: [],
    strictReversePath: asymmetric && family === 4 && random.chance(0.4),
    statefulRouter: asymmetric && random.chance(0.4),
    lossPercent: topology === 'segment' && random.chance(0.3) ? random.pick(privileged ? [10, 20] : [10]) : 0,
    unplugged: topology === 'segment' && random.chance(0.1) ? random.pick(nodes).name : null,
    privileged,
  }
  const routes = randomRoutes(base, random)
  return { ...base, routes, chains: randomChains(base, random) }
}

function randomNodes(topology: Topology, random: Random): NodeSpec[] {
  const count = 2 + random.below(3)
  return Array.from({ length: count }, (_, i) => {
    // The first is always near and the second far, where there is a far side.
    const canBeFar = topology === 'router' || topology === 'nat'
    const far = topology !== 'segment' && (i === 1 || (i > 1 && canBeFar && random.chance(0.5)))
    return { name: `n${i + 1}`, far, address: `10.${far ? 98 : 99}.0.${11 + i}` }
  })
}

function randomServices(random: Random): ServiceSpec[] {
  const known = CATALOGUE.filter(() => random.chance(0.5)).map((each) => ({ ...each, catalogue: true }))
  const own = Array.from({ length: (known.length > 0 ? 0 : 1) + random.below(3) }, (_, i) => ({
    name: `own-${i + 1}`,
    // Far from the ports that a kernel gives to clients, and no two alike.
    port: 10_000 + 5_000 * i + random.below(5_000),
    protocol: random.pick<Protocol>(['tcp', 'udp']),
    expectsListener: true,
    catalogue: false,
  }))
  return [...known, ...own]
}

function randomListeners(
  nodes: readonly NodeSpec[],
  services: readonly ServiceSpec[],
  random: Random,
): ListenerSpec[] {
  const all = nodes.flatMap(({ name }) =>
    services.map((service) => ({ node: name, service: service.name, silent: random.chance(0.5) })),
  )
  return all.filter(() => random.chance(0.3)).slice(0, MAX_LISTENERS)
}
