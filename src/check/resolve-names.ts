import type { NodeSettings } from '../galera/node-settings.ts'
import type { Inspection } from '../session/survey-messages.ts'
import { inspectMembers } from './ask-members.ts'
import { namesIn } from './locate.ts'
import type { Member } from './members.ts'

const NOTHING_ELSE = { certificates: [], logs: [], routes: [], portLabels: false }

/** What the host names in the settings of nodes lead to on each of these members, by member. */
export async function resolveNames(
  members: readonly Member[],
  settings: readonly NodeSettings[],
): Promise<Map<string, Inspection['resolved']>> {
  const names = namesIn(settings)
  if (names.length === 0) return new Map()
  const inspections = await inspectMembers(members, () => ({ ...NOTHING_ELSE, names }))
  return new Map([...inspections].map(([name, { resolved }]) => [name, resolved]))
}
