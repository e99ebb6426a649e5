import { access } from 'node:fs/promises'
import { homesScript, writeEtc } from './accounts.ts'
import { Lab } from './handle.ts'
import { type Holder, startHolder } from './holder.ts'
import { hostFilesScript } from './host-files.ts'
import { labMode } from './mode.ts'
import { execIn } from './run.ts'
import { keysScript, SSH_CONFIG, sshdArgv, sshdReady } from './ssh.ts'
import { type Host, networkScript, resolveHosts, type TopologyOptions } from './topology.ts'

export type { Lab } from './handle.ts'

export interface LabOptions extends TopologyOptions {
  /** An sshd on every member host; `ssh n1` and `ssh dba@n1` then work from any host. Root only. */
  ssh?: boolean
  /** `dba` may use `sudo -n`. Default false; `Lab.sudo` changes it later. */
  sudo?: boolean
}

/** Makes the hosts, ready to use: addresses are bound, every sshd listens. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const { mode, why } = labMode()
  if (!mode) throw new Error(`no lab can be made here: ${why}`)
  const hosts = resolveHosts(options)
  const withSsh = hosts.filter((host) => host.ssh ?? options.ssh ?? false)
  // sshd and sudo switch users, and a user namespace made without root has only one.
  if (mode === 'userns' && withSsh.length) throw new Error('a lab with ssh needs root')

  const holder = await startHolder(mode)
  try {
    const accounts = mode === 'root'
    await writeEtc(holder.root, hosts, {
      accounts,
      sudo: options.sudo ?? false,
      ...(withSsh.length ? { sshConfig: SSH_CONFIG } : {}),
    })
    const ipv6 = await access('/proc/sys/net/ipv6').then(
      () => true,
      () => false,
    )
    await must(holder, `${homesScript(accounts)}${hostFilesScript(hosts)}`)
    await Promise.all([
      must(holder, networkScript(hosts, { nat: options.nat ?? false, ipv6 })),
      ...(withSsh.length ? [must(holder, keysScript(withSsh))] : []),
    ])
    return new Lab(holder, mode, hosts, await startSshds(holder, withSsh))
  } catch (error) {
    await holder.close()
    throw error
  }
}

const startSshds = (holder: Holder, hosts: readonly Host[]): Promise<number[]> =>
  Promise.all(
    hosts.map(async ({ name }) => {
      const { code, stderr } = await execIn([...holder.enter, 'ip', 'netns', 'exec', name], sshdArgv(name))
      if (code !== 0) throw new Error(`sshd of ${name} did not start: ${stderr.trim()}`)
      return sshdReady(holder.root, name)
    }),
  )

async function must(holder: Holder, script: string): Promise<void> {
  const { code, stderr } = await execIn(holder.enter, ['sh', '-e'], { input: script })
  if (code !== 0) throw new Error(`the lab could not be made: ${stderr.trim()}`)
}
