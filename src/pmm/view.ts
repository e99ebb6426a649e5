import type { PmmKind } from '../inventory/pmm.ts'
import type { PmmMode } from '../services.ts'
import type { PmmAnswers } from './answers.ts'
import { modeOf } from './mode.ts'
import { readTargets, type Target, targetsOn } from './targets.ts'
import { type PmmVersion, shownVersion } from './version.ts'

/** A member, and what the server may know it by. */
export interface PmmMember {
  readonly name: string
  readonly address: string
  /** Its names and all its addresses. */
  readonly names: readonly string[]
}

/** What the answers show of the server, and of who fetches what. */
export interface PmmView {
  readonly version: PmmVersion | null
  /** By node; null where the server's list is not known. */
  readonly targets: ReadonlyMap<string, readonly Target[]> | null
  readonly modes: ReadonlyMap<string, PmmMode>
}

export function viewOf(answers: PmmAnswers, kind: PmmKind, members: readonly PmmMember[]): PmmView {
  const version = answers.nodes.map(({ http }) => shownVersion(http)).find((shown) => shown !== null) ?? null
  const listed = readTargets(answers.targets)
  const targets =
    listed === null
      ? null
      : new Map(members.map(({ name, names }) => [name, targetsOn(listed, names)] as const))
  const modes = members.map(({ name }) => [name, modeOf(kind, version, targets?.get(name) ?? null)] as const)
  return { version, targets, modes: new Map(modes) }
}
