import { constants } from 'node:fs'
import { lstat, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readState } from './read-state.ts'
import type { AlertState } from './state.ts'

/** More than any cluster needs; a file this long is none of ours. */
const LONGEST = 32 * 1024 * 1024

export type StateRead =
  | { readonly kind: 'state'; readonly state: AlertState }
  /** No run has written one yet. */
  | { readonly kind: 'none' }
  /** Not to be replaced by this version. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'corrupt' }
  /** Not a file, or not to be read: an errno, or `not-a-file`. */
  | { readonly kind: 'unreadable'; readonly code: string }

export async function readStateFile(path: string): Promise<StateRead> {
  try {
    const stat = await lstat(path)
    // Moving /dev/null aside would be the end of this host.
    if (!stat.isFile()) return { kind: 'unreadable', code: 'not-a-file' }
    if (stat.size > LONGEST) return { kind: 'corrupt' }
    const read = readState(await readFile(path, 'utf8'))
    return typeof read === 'string' ? { kind: read } : { kind: 'state', state: read }
  } catch (error) {
    const code = errnoOf(error)
    return code === 'ENOENT' ? { kind: 'none' } : { kind: 'unreadable', code }
  }
}

/** Moves what cannot be read out of the way, for whoever wants to look; null, or the errno. */
export async function setAside(path: string): Promise<string | null> {
  return errnoOr(() => rename(path, `${path}.corrupt`))
}

/**
 * Whole or not at all, whenever it is ended; null, or the errno. The new file has one name, for only one run at a time writes: what a
 * killed run left is replaced by the next.
 */
export async function writeStateFile(path: string, state: AlertState): Promise<string | null> {
  const temporary = `${path}.new`
  const code = await errnoOr(async () => {
    await rm(temporary, { force: true })
    await writeThrough(temporary, `${JSON.stringify(state)}\n`)
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  })
  if (code !== null) await rm(temporary, { force: true }).catch(() => {})
  return code
}

async function writeThrough(path: string, text: string): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The rename itself is not on the disk before its directory is. Some file systems refuse to sync one; it is renamed all the same. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY)
  await directory.sync().catch(() => {})
  await directory.close()
}

async function errnoOr(act: () => Promise<void>): Promise<string | null> {
  try {
    await act()
    return null
  } catch (error) {
    return errnoOf(error)
  }
}

/** Whatever else is thrown is a mistake of ours, and no news of the disk. */
export function errnoOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return code
}
