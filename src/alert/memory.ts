import type { AlertState } from './state.ts'
import { readStateFile, setAside, writeStateFile } from './state-file.ts'
import { readTrouble, writeTrouble } from './troubles.ts'

/** What can be remembered from the run before to the run after. */
export interface Memory {
  readonly previous: AlertState | null
  /** What keeps it from being as it should, as paragraphs to print. */
  readonly troubles: readonly string[]
  /** Writes what is to be remembered; what to print where that fails. */
  keep(state: AlertState): Promise<string>
}

export async function remember(path: string): Promise<Memory> {
  const read = await readStateFile(path)
  switch (read.kind) {
    case 'state':
      return { previous: read.state, troubles: [], keep: keeper(path, read.state) }
    case 'none':
      return { previous: null, troubles: [], keep: keeper(path, null) }
    case 'corrupt':
      return { previous: null, troubles: [readTrouble(path, read)], keep: replacer(path) }
    case 'newer':
    case 'unreadable':
      return forgetful(readTrouble(path, read))
  }
}

/** What has not changed is not written: a disk is not worn by cron. */
function keeper(path: string, previous: AlertState | null): Memory['keep'] {
  return async (state) => {
    if (previous !== null && JSON.stringify(previous) === JSON.stringify(state)) return ''
    const code = await writeStateFile(path, state)
    return code === null ? '' : writeTrouble(path, code)
  }
}

function replacer(path: string): Memory['keep'] {
  return async (state) => {
    const code = (await setAside(path)) ?? (await writeStateFile(path, state))
    return code === null ? '' : writeTrouble(path, code)
  }
}

/** Each run is like the first: better told too often than not at all. */
export function forgetful(trouble: string): Memory {
  return { previous: null, troubles: [trouble], keep: async () => '' }
}
