import { open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'
import { errnoOf } from './state-file.ts'

export type Lock =
  | { readonly kind: 'held'; release(): Promise<void> }
  | { readonly kind: 'busy'; readonly holder: Holder }
  /** No lock can be made there: an errno. */
  | { readonly kind: 'failed'; readonly code: string }

export interface Holder {
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly sinceMs: number
  /** It should have ended. */
  readonly overdue: boolean
  /** Nobody has told of it yet: true once for each overdue holder. */
  tellOnce(): Promise<boolean>
}

/** What a run may take beyond its deadline: logging out, rendering, writing. */
const GRACE_MS = 60_000
const TRIES = 4

/**
 * Takes the lock of a state file. Each process has a lock file of its own, whose name says which process it is; it makes it
 * first and looks for others then. Of two, at least one sees the other, and whoever sees one that lives goes; so no two hold it,
 * and a file that a dead process left can be removed by anybody at any time. Nothing is written into it: a full disk does no harm.
 */
export async function takeLock(
  path: string,
  { pid, deadlineMs, nowMs }: { readonly pid: number; readonly deadlineMs: number; readonly nowMs: number },
): Promise<Lock> {
  const self = await ownIdentity(pid)
  const own = `${path}.lock-${lockName(self, deadlineMs)}`
  try {
    for (let tries = 1; ; tries++) {
      await (await open(own, 'w', 0o600)).close()
      const holder = await findOther(path, own, self, nowMs)
      if (holder === null) return { kind: 'held', release: () => removeLock(path, own) }
      await rm(own, { force: true })
      if (tries === TRIES) return { kind: 'busy', holder }
      // Two that have started together have seen each other, and neither holds it.
      await delay(Math.random() * 50 * tries)
    }
  } catch (error) {
    await rm(own, { force: true }).catch(() => {})
    return { kind: 'failed', code: errnoOf(error) }
  }
}

async function findOther(
  path: string,
  own: string,
  self: ProcessIdentity,
  nowMs: number,
): Promise<Holder | null> {
  const prefix = `${basename(path)}.lock-`
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix))
  for (const name of names) {
    const file = join(dirname(path), name)
    const other = parseLockName(name.slice(prefix.length))
    if (file === own || other === null) continue
    const made = await stat(file).catch(() => null)
    if (made === null) continue
    const overdue = nowMs - made.mtimeMs > other.deadlineMs + GRACE_MS
    const alive = await isAlive(other.identity, self)
    if (alive === 'no' || (alive === 'unknown' && overdue)) {
      await removeLock(path, file)
      continue
    }
    return {
      pid: other.identity.pid,
      sinceMs: made.mtimeMs,
      overdue,
      tellOnce: () => markTold(toldPath(path, file)),
    }
  }
  return null
}

async function removeLock(path: string, lock: string): Promise<void> {
  await rm(lock, { force: true })
  await rm(toldPath(path, lock), { force: true })
}

function toldPath(path: string, lock: string): string {
  return `${path}.told-${basename(lock).slice(basename(path).length + '.lock-'.length)}`
}

async function markTold(path: string): Promise<boolean> {
  return writeFile(path, '', { flag: 'wx', mode: 0o600 }).then(
    () => true,
    (error) => errnoOf(error) !== 'EEXIST',
  )
}

function lockName({ pid, start, boot, host, namespace }: ProcessIdentity, deadlineMs: number): string {
  return [pid, start, boot, host, namespace, Math.round(deadlineMs)].join('-')
}

function parseLockName(name: string): { identity: ProcessIdentity; deadlineMs: number } | null {
  const [, pid = '', start = '', boot = '', host = '', namespace = '', deadlineMs = ''] =
    /^([0-9]{1,10})-([0-9]*)-(\w*)-(\w*)-(\w*)-([0-9]{1,9})$/.exec(name) ?? []
  if (pid === '') return null
  return {
    identity: { pid: Number(pid), start, boot, host, namespace },
    deadlineMs: Number(deadlineMs),
  }
}
