import { access, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Host } from './topology.ts'

const DIR = '/run/lab/ssh'

/** The lab's /etc/ssh/ssh_config. Host keys are checked as strictly as a careful user's ssh checks them. */
export const SSH_CONFIG = `Host *
  IdentityFile ~/.ssh/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile ${DIR}/known_hosts
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  ControlMaster no
`

// Keys only. UsePAM no: PAM would want the machine's logind. MaxStartups: a test may open many at once.
const SSHD_CONFIG = `AuthorizedKeysFile ${DIR}/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 300
MaxSessions 100
`

/**
 * One key pair for who logs in (root and dba both have it at home), one per host, known_hosts in full.
 * Runs in the holder.
 */
export function keysScript(hosts: readonly Host[]): string {
  const names = hosts.map((host) => host.name)
  return `set -e
umask 077
mkdir -p ${DIR} && chmod 755 ${DIR} && cd ${DIR}
for name in id ${names.join(' ')}; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$name" & done
wait
cp id.pub authorized_keys
${hosts.map((h) => `echo "${h.name},${h.address},${h.name}-v6,${h.address6} $(cat ${h.name}.pub)" >>known_hosts`).join('\n')}
cat >sshd_config <<'END'
${SSHD_CONFIG}END
# OpenSSH 9.8 made sshd refuse an address for a while after failed logins; earlier ones do not know the word.
if sshd=$(command -v sshd) && "$sshd" -t -f sshd_config -h id -o PerSourcePenalties=no 2>/dev/null
then echo 'PerSourcePenalties no' >>sshd_config; fi
chmod 644 authorized_keys known_hosts
for user in root dba; do
  mkdir -p /run/lab/home/$user/.ssh
  cp id /run/lab/home/$user/.ssh/id_ed25519
done
chown -R dba:dba /run/lab/home/dba`
}

const pidFile = (host: string) => `${DIR}/${host}.pid`
const logFile = (host: string) => `${DIR}/${host}.log`

/** The command, run on the host, that starts its sshd. Sessions see the host's own name (uts namespace). */
export const sshdArgv = (host: string): string[] => [
  'unshare',
  '--uts',
  'sh',
  '-c',
  // sshd re-executes itself and must be called by its full path.
  `echo ${host} >/proc/sys/kernel/hostname
exec "$(command -v sshd)" -f ${DIR}/sshd_config -h ${DIR}/${host} -E ${logFile(host)} -o PidFile=${pidFile(host)}`,
]

/** Waits until the host's sshd listens (it writes its pid file after that) and returns its pid in the lab. */
export async function sshdReady(root: string, host: string): Promise<number> {
  for (let tries = 0; tries < 2000; tries++) {
    const pid = await readFile(`${root}${pidFile(host)}`, 'utf8').catch(() => '')
    if (pid.endsWith('\n')) return Number(pid)
    await delay(5)
  }
  const log = `${root}${logFile(host)}`
  const text = await access(log).then(
    () => readFile(log, 'utf8'),
    () => '(no log)',
  )
  throw new Error(`sshd of ${host} does not listen: ${text}`)
}
