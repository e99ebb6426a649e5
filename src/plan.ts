import type { Protocol, Route, Service } from './services.ts'

/** One direction of one service: source node → target node. */
export interface Flow {
  /** `SOURCE->TARGET/SERVICE`, unique within a run. */
  readonly id: string
  readonly from: string
  readonly to: string
  readonly service: Service
  readonly protocol: Protocol
  /** The target's address, as an IP literal where it is known. */
  readonly address: string
  readonly port: number
}

/** A member of the cluster, or the PMM server that watches it. */
export type Role = 'member' | 'pmm'

export interface Endpoint {
  readonly name: string
  readonly address: string
  readonly role: Role
}

function flowId(from: string, to: string, service: string): string {
  return `${from}->${to}/${service}`
}

/** Where a source finds a service of a target; null where the target has no such service. */
export type Locate = (from: Endpoint, to: Endpoint, service: Service) => Location | null

interface Location {
  readonly address: string
  readonly port: number
}

/** At the target's one address, on the service's usual port. */
const locateByCatalogue: Locate = (_, to, service) => ({ address: to.address, port: service.port })

/** Every source to every other node, every service that runs between the two: ordered by source, then target, then the catalogue. */
export function planFlows(
  sources: readonly Endpoint[],
  targets: readonly Endpoint[],
  services: readonly Service[],
  locate: Locate = locateByCatalogue,
): Flow[] {
  return sources.flatMap((from) =>
    targets
      .filter((to) => to.name !== from.name)
      .flatMap((to) =>
        services
          .filter(({ route }) => runs(route, from.role, to.role))
          .flatMap((service) => {
            const location = locate(from, to, service)
            if (location === null) return []
            return [
              {
                id: flowId(from.name, to.name, service.name),
                from: from.name,
                to: to.name,
                service,
                protocol: service.protocol,
                ...location,
              },
            ]
          }),
      ),
  )
}

function runs(route: Route, from: Role, to: Role): boolean {
  switch (route) {
    case 'members':
      return from === 'member' && to === 'member'
    case 'member-to-pmm':
      return from === 'member' && to === 'pmm'
    case 'pmm-to-member':
      return from === 'pmm' && to === 'member'
  }
}
