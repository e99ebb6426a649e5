import type { Protocol, Service } from './services.ts'

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

export interface Endpoint {
  readonly name: string
  readonly address: string
}

function flowId(from: string, to: string, service: string): string {
  return `${from}->${to}/${service}`
}

/** Every source to every other node, every service: ordered by source, then target, then the catalogue. */
export function planFlows(
  sources: readonly Endpoint[],
  targets: readonly Endpoint[],
  services: readonly Service[],
): Flow[] {
  return sources.flatMap((from) =>
    targets
      .filter((to) => to.name !== from.name)
      .flatMap((to) =>
        services.map((service) => ({
          id: flowId(from.name, to.name, service.name),
          from: from.name,
          to: to.name,
          service,
          protocol: service.protocol,
          address: to.address,
          port: service.port,
        })),
      ),
  )
}
