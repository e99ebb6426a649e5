import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Host } from './topology.ts'

/** By their path below /etc. */
type Files = Record<string, { text: string; mode: number }>

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
  const lines = hosts.map(
    ({ name, address, address6, only6 }) => `${only6 ? address6 : address} ${name}\n${address6} ${name}-v6\n`,
  )
  return `127.0.0.1 localhost lab\n::1 localhost ip6-localhost\n${lines.join('')}`
}

/**
 * The machine's accounts (a test may need `mysql`) with a root whose home, and so whose ~/.ssh, is the lab's own,
 * plus `dba`. No password works: `*` is "none", where `!` would be "locked" and sshd refuse the key too.
 */
async function accountFiles(sudo: boolean): Promise<Files> {
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
    passwd: file(users),
    group: file(['root:x:0:', `dba:x:${DBA}:`, ...(group ?? [])]),
    shadow: file(
      users.map((user) => `${user.split(':', 1)[0]}:*:19000:0:99999:7:::`),
      0o600,
    ),
    sudoers: { text: sudoersText(sudo), mode: 0o440 },
  }
}

/** Writes the lab's own version of a few files of /etc. `root` is Holder.root. */
export async function writeEtc(
  root: string,
  hosts: readonly Host[],
  options: { accounts: boolean; sudo: boolean; sshConfig?: string },
): Promise<void> {
  const files: Files = { hosts: { text: hostsText(hosts), mode: 0o644 } }
  if (options.accounts) Object.assign(files, await accountFiles(options.sudo))
  if (options.sshConfig) files['ssh/ssh_config'] = { text: options.sshConfig, mode: 0o644 }
  await Promise.all(
    Object.entries(files).map(async ([name, { text, mode }]) => {
      const path = `${root}/etc/${name}`
      await mkdir(dirname(path), { recursive: true })
      // Removed first: what was copied has its own mode, or is a link to somewhere.
      await rm(path, { force: true })
      await writeFile(path, text, { mode })
    }),
  )
}

/** Homes of their own for the two accounts that are used; runs in the holder. */
export const homesScript = (accounts: boolean): string => `mkdir -p /run/lab/home/root /run/lab/home/dba
chmod 700 /run/lab/home/*
${accounts ? `chown ${DBA}:${DBA} /run/lab/home/dba` : ''}`
