import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { LAB_PATH, type LabMode, unshareArgv } from './mode.ts'

/** The process that owns a lab's namespaces. When it ends, the kernel ends everything in them. */
export interface Holder {
  /** Pid of the lab's pid 1, as seen from outside. */
  readonly pid: number
  /** Prefix of a command line that enters the lab: mount, uts, pid and the holder's own net namespace. */
  readonly enter: readonly string[]
  /** The lab's file system as a path for this process; its /etc and /run are not the machine's. */
  readonly root: string
  close(): Promise<void>
}

// Pid 1 of the lab. It reads its stdin, our end of which closes with us however we end, even by SIGKILL; with
// pid 1 the kernel kills every process of the namespace. Nothing of a lab is on the machine's disk: it has a /run
// of its own, a /var/log for what daemons insist on logging (btmp, lastlog), and a copy of /etc, in which a test may
// write what it likes. A copy, for single files bound over the machine's come undone as soon as the machine
// replaces its own (any package that adds a user renames a new /etc/passwd into place).
const BOOT = `set -e
read -r outer rest </proc/self/stat # the machine's /proc still, so: our pid as the machine counts
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/log
mkdir -p /run/netns /run/sshd /run/lab/etc
cp -a /etc/. /run/lab/etc 2>/dev/null || : # not root: what may not be read or owned is not missed
mount --bind /run/lab/etc /etc
echo lab 2>/dev/null >/proc/sys/kernel/hostname || : # refused in a user namespace, where nothing needs it
ip link set lo up
trap '' CHLD # inherited by cat: orphans are reaped by the kernel, no zombie stays
echo "$outer"
exec cat >/dev/null`

export async function startHolder(mode: LabMode): Promise<Holder> {
  const [file = '', ...args] = [...unshareArgv(mode), 'sh', '-c', BOOT]
  // Detached: a ^C at the terminal is for the test runner, which then closes its labs in order.
  const child = spawn(file, args, { env: { PATH: LAB_PATH }, detached: true })
  const ended = once(child, 'exit')
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const started = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const line = await Promise.race([started, ended.then(() => undefined)])
  if (!line) throw new Error(`the lab's namespaces could not be made: ${stderr.trim()}`)
  const pid = Number(line[0])

  // The namespaces are entered through descriptors, never by pid: a pid can be reused after the holder's
  // death, and the command would then run in the machine's own network.
  const open = (name: string) => openSync(`/proc/${pid}/${name}`, 'r')
  const fds = { user: open('ns/user'), mount: open('ns/mnt'), uts: open('ns/uts'), pid: open('ns/pid') }
  const rest = { net: open('ns/net'), root: open('root') }
  // Files are written through it, /etc/passwd among them: never into the machine's.
  if (statSync(`/proc/${pid}/root/etc`).dev === statSync('/etc').dev) {
    child.stdin.end()
    throw new Error('the lab shares /etc with the machine')
  }
  const path = (fd: number) => `/proc/${process.pid}/fd/${fd}`
  const enter = [
    'nsenter',
    ...(mode === 'userns' ? [`--user=${path(fds.user)}`, '--preserve-credentials'] : []),
    `--mount=${path(fds.mount)}`,
    `--uts=${path(fds.uts)}`,
    `--pid=${path(fds.pid)}`,
    `--net=${path(rest.net)}`,
  ]

  // A lab that is forgotten must not keep its owner alive: the owner ends, its end of stdin closes.
  child.unref()
  for (const stream of child.stdio) (stream as unknown as { unref?(): void } | null)?.unref?.()

  let closing: Promise<void> | undefined
  const close = async () => {
    child.ref()
    child.stdin.end()
    await ended
    for (const fd of [...Object.values(fds), ...Object.values(rest)]) closeSync(fd)
  }
  return {
    pid,
    enter,
    root: path(rest.root),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
