import type { Finding, ReportFlow } from '../report/report.ts'

interface Sighting {
  readonly from: string
  readonly to: string
  readonly uuid: string
}

/**
 * Who really answers on Galera's port, by the UUID of its handshake: two names that lead to one node (a virtual address,
 * a wrong entry, NAT), or one name that leads peers to different nodes. A node has one UUID as long as it runs.
 */
export function galeraIdentities(flows: readonly ReportFlow[]): Finding[] {
  const sightings = flows.flatMap(({ from, to, observations }) =>
    observations.flatMap((each): Sighting[] =>
      each.kind === 'probe' && each.greeting ? [{ from, to, uuid: each.greeting.uuid }] : [],
    ),
  )
  const targets = [...new Set(sightings.map(({ to }) => to))]
  const split = targets.flatMap((to): Finding[] => {
    const uuids = [...new Set(sightings.filter((each) => each.to === to).map(({ uuid }) => uuid))]
    if (uuids.length < 2) return []
    return [
      {
        code: 'galera-other-node',
        severity: 'warning',
        node: to,
        args: { to, nodes: uuids.length },
        message:
          `${to} is a different Galera node for different peers (${uuids.join(', ')}). ` +
          `Next: look what each peer's route and name resolution make of its address.`,
      },
    ]
  })
  const shared = [...new Set(sightings.map(({ uuid }) => uuid))].flatMap((uuid): Finding[] => {
    const names = [...new Set(sightings.filter((each) => each.uuid === uuid).map(({ to }) => to))]
    if (names.length < 2) return []
    return [
      {
        code: 'galera-same-node',
        severity: 'warning',
        args: { nodes: names.join(','), uuid },
        message:
          `${names.join(' and ')} lead to one and the same Galera node (${uuid}): a virtual address, NAT or a wrong entry. ` +
          'Next: give each member the address of its own host.',
      },
    ]
  })
  return [...split, ...shared]
}
