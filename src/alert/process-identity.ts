import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Which process it is, never mistaken for a later one with its number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from the host's start to its own; empty where the system does not say. */
  readonly start: string
  /** Which start of which host, and which pid namespace: eight letters or digits each, or nothing. */
  readonly boot: string
  readonly host: string
  readonly namespace: string
}

export async function ownIdentity(pid: number): Promise<ProcessIdentity> {
  return {
    pid,
    start: (await startOf(pid)) ?? '',
    boot: word(await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')),
    host: createHash('sha256').update(hostname()).digest('hex').slice(0, 8),
    namespace: word(await readlink('/proc/self/ns/pid').catch(() => '')),
  }
}

/** `unknown`: of another host or another pid namespace, where we cannot look, or on a system without /proc. */
export async function isAlive(
  other: ProcessIdentity,
  self: ProcessIdentity,
): Promise<'yes' | 'no' | 'unknown'> {
  if (other.host !== self.host) return 'unknown'
  if (other.boot !== self.boot) return 'no'
  if (other.namespace !== self.namespace) return 'unknown'
  // Without start times a number may be somebody else's by now.
  if (other.start === '') return 'unknown'
  return (await startOf(other.pid)) === other.start ? 'yes' : 'no'
}

/** Field 22 of /proc/PID/stat (proc(5)); null where there is no such process, or only what is left of one. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name, which may hold spaces and parentheses.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? null : (fields[18] ?? null)
}

function word(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '').slice(-8)
}
