import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** A process of the lab. */
export interface LabProcess {
  /** In the lab's pid namespace. */
  pid: number
  /** The host whose network it is in, or `holder`. */
  host: string
  args: string[]
}

/**
 * Every live process of the lab, read from the lab's own /proc without starting one. `root` is Holder.root. A host
 * is known by the inode of its network namespace.
 */
export function listProcesses(root: string, hosts: readonly string[]): LabProcess[] {
  const byInode = new Map(hosts.map((host) => [statSync(`${root}/run/netns/${host}`).ino, host]))
  const found: LabProcess[] = []
  for (const name of readdirSync(`${root}/proc`)) {
    if (!/^\d+$/.test(name)) continue
    try {
      const dir = `${root}/proc/${name}`
      // The command name may hold spaces and parentheses: the state is the first word after the last one.
      const stat = readFileSync(`${dir}/stat`, 'utf8')
      const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
      if (state === 'Z' || state === 'X') continue
      const inode = Number(/\d+/.exec(readlinkSync(`${dir}/ns/net`))?.[0])
      const args = readFileSync(`${dir}/cmdline`, 'utf8').replace(/\0$/, '').split('\0')
      found.push({ pid: Number(name), host: byInode.get(inode) ?? 'holder', args })
    } catch {
      // It ended while we looked.
    }
  }
  return found.sort((a, b) => a.pid - b.pid)
}
