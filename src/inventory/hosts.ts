import type { Role } from '../plan.ts'
import type { Node } from './nodes.ts'

/** A host that is asked and probed, and what it is to the cluster. */
export interface Host extends Node {
  readonly role: Role
}

/** The members in the order given, and after them the PMM server. */
export function hostsOf({
  nodes,
  pmm,
}: {
  readonly nodes: readonly Node[]
  readonly pmm: Node | null
}): Host[] {
  return [
    ...nodes.map((node): Host => ({ ...node, role: 'member' })),
    ...(pmm === null ? [] : [{ ...pmm, role: 'pmm' } as const]),
  ]
}
