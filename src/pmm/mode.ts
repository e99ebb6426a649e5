import type { PmmKind } from '../inventory/pmm.ts'
import type { PmmMode } from '../services.ts'
import type { Target } from './targets.ts'
import type { PmmVersion } from './version.ts'

/**
 * Who fetches a node's metrics. What the user says of it holds; then what the server lists, for PMM 2 and 3 may do either,
 * node by node; then what its version means: PMM 1 always fetches. `targets`: of this node; null when the list is not known.
 */
export function modeOf(
  kind: PmmKind,
  version: PmmVersion | null,
  targets: readonly Target[] | null,
): PmmMode {
  if (kind === 'push' || kind === 'pull') return kind
  if (kind === '1' || version === '1') return 'pull'
  if (targets !== null && targets.length > 0) return 'pull'
  if (targets !== null && version !== null) return 'push'
  // Told to be one of those that push unless they are told otherwise, and nothing shows that they are.
  return kind === 'auto' ? 'unknown' : 'push'
}
