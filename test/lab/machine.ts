import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What labs must leave as it was. Reading only. */
export function machineState(): string {
  const read = (file: string, ...args: string[]) => spawnSync(file, args, { encoding: 'utf8' }).stdout ?? ''
  const rules = (text: string) => text.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '')
  return JSON.stringify({
    addresses: read('ip', '-br', 'addr'),
    routes: read('ip', 'route'),
    iptables: rules(read('iptables-save')),
    netns: existsSync('/run/netns') ? readdirSync('/run/netns') : 'none',
    lock: existsSync('/run/xtables.lock'),
    hosts: readFileSync('/etc/hosts', 'utf8'),
    frontEnds: ['/etc/ufw', '/etc/default/ufw', '/etc/firewalld'].map(contents),
    hostname: readFileSync('/proc/sys/kernel/hostname', 'utf8'),
  })
}

/** A file's text, or those of all files below a directory; null where there is none, or it may not be read. */
function contents(path: string): unknown {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A directory, or nothing.
  }
  try {
    return Object.fromEntries(readdirSync(path).map((name) => [name, contents(join(path, name))]))
  } catch {
    return null
  }
}
