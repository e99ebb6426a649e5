import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Host } from './topology.ts'

/** Files that the lab shows in place of the machine's own, by the path they cover. */
type Cover = Record<string, { text: string; mode: number }>

const DBA = 27003 // a uid that no process of the machine runs under
const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** `dba` may become root without a password, or has no rights at all. Debian's defaults otherwise. */
export const sudoersText = (allowed: boolean) => `Defaults env_reset, use_pty, lecture=never, !syslog
Defaults secure_path="${SECURE_PATH}"
root ALL=(ALL:ALL) ALL
${allowed ? 'dba ALL=(ALL:ALL) NOPASSWD: ALL' : '# dba has no rights'}
`

/** `n1` is its IPv4 address and `n1-v6` its IPv6 address, so that a test says which one it means. */
function hostsText(hosts: readonly Host[]): string {
  const lines = hosts.map((host) => `${host.address} ${host.name}\n${host.address6} ${host.name}-v6\n`)
  return `127.0.0.1 localhost lab\n::1 localhost ip6-localhost\n${lines.join('')}`
}

/**
 * The machine's accounts (a test may need `mysql`) with a root whose home, and so whose ~/.ssh, is the lab's own,
 * plus `dba`. No password works: `*` is "none", where `!` would be "locked" and sshd refuse the key too.
 */
async function accountFiles(sudo: boolean): Promise<Cover> {
  const names = ['passwd', 'group'] as const
  const [passwd, group] = await Promise.all(
    names.map(async (name) => {
      const lines = (await readFile(`/etc/${name}`, 'utf8')).split('\n')
      return lines.filter((line) => line && !/^(root|dba):/.test(line))
    }),
  )
  const users = [
    'root:x:0:0:root:/run/lab/home/root:/bin/sh',
    `dba:x:${DBA}:${DBA}:dba:/run/lab/home/dba:/bin/sh`,
    ...(passwd ?? []),
  ]
  const file = (lines: string[], mode = 0o644) => ({ text: `${lines.join('\n')}\n`, mode })
  return {
    '/etc/passwd': file(users),
    '/etc/group': file(['root:x:0:', `dba:x:${DBA}:`, ...(group ?? [])]),
    '/etc/shadow': file(
      users.map((user) => `${user.split(':', 1)[0]}:*:19000:0:99999:7:::`),
      0o600,
    ),
    '/etc/sudoers': { text: sudoersText(sudo), mode: 0o440 },
  }
}

/** Where the lab keeps its version of a file; rewritten in place, a change is seen everywhere at once. */
export const coverPath = (path: string) => `/run/lab/cover${path}`

/**
 * Writes the files into the lab and returns the shell script that binds them over the machine's, in the lab's
 * mount namespace only. A path that the machine does not have is left out: there is nothing to cover.
 */
export async function coverScript(
  root: string,
  hosts: readonly Host[],
  options: { accounts: boolean; sudo: boolean; sshConfig?: string },
): Promise<string> {
  const cover: Cover = { '/etc/hosts': { text: hostsText(hosts), mode: 0o644 } }
  if (options.accounts) Object.assign(cover, await accountFiles(options.sudo))
  if (options.sshConfig) cover['/etc/ssh/ssh_config'] = { text: options.sshConfig, mode: 0o644 }
  await mkdir(`${root}${coverPath('/etc/ssh')}`, { recursive: true })
  await Promise.all(
    Object.entries(cover).map(([path, { text, mode }]) =>
      writeFile(`${root}${coverPath(path)}`, text, { mode }),
    ),
  )
  const homes = `mkdir -p /run/lab/home/root /run/lab/home/dba
chmod 700 /run/lab/home/*
${options.accounts ? `chown ${DBA}:${DBA} /run/lab/home/dba` : ''}`
  const binds = Object.keys(cover).map(
    (path) => `if [ -e ${path} ]; then mount --bind ${coverPath(path)} ${path}; fi`,
  )
  return [homes, ...binds].join('\n')
}
