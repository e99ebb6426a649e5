import { spawnSync } from 'node:child_process'
import { LAB_PATH, type LabMode, labMode, unshareArgv } from './mode.ts'
import { lossRuleset } from './rulesets.ts'

/** What a lab test may need beyond namespaces and bridges. */
export type Need =
  | 'ssh'
  | 'sudo'
  | 'iptables'
  | 'ip6tables'
  | 'iptables-legacy'
  | 'nft'
  | 'firewalld'
  | 'ufw'
  | 'ipset'
  | 'loss'
  | 'delay'
  | 'faketime'
  | 'cron'
  | 'openssl'
  | 'prometheus'
  | 'python3'
  | 'ipv6'
  | 'userns'

/** A user who has no rights at all, for tests of labs made without root. */
export const AS_NOBODY = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=-all',
  '--bounding-set=-all',
]

const sshd = 'command -v sshd && command -v ssh && command -v ssh-keygen'
const lossTrial = `nft -f - <<'END'\n${lossRuleset(9)}END`
// Tried in namespaces of their own, for a program may be there and the kernel's half of it not; with a /run of their
// own too, where iptables-legacy keeps its lock.
const TRIALS: Record<Need, { trial: string; install: string; root?: boolean }> = {
  ssh: { trial: sshd, install: 'openssh-server openssh-client', root: true },
  sudo: { trial: 'command -v sudo', install: 'sudo', root: true },
  iptables: { trial: 'iptables -A INPUT -m state --state NEW -j REJECT', install: 'iptables' },
  ip6tables: { trial: 'ip6tables -A INPUT -j REJECT', install: 'iptables' },
  'iptables-legacy': { trial: 'iptables-legacy -A INPUT -j REJECT', install: 'iptables' },
  nft: { trial: 'nft add table inet t', install: 'nftables' },
  firewalld: {
    trial:
      'command -v firewalld && command -v firewall-cmd && command -v dbus-daemon && nft add table inet t',
    install: 'firewalld dbus',
    root: true,
  },
  ufw: {
    trial: 'command -v ufw && iptables -A INPUT -m conntrack --ctstate NEW -j DROP',
    install: 'ufw',
    root: true,
  },
  ipset: { trial: 'ipset create t hash:ip && iptables -A INPUT -m set --match-set t src', install: 'ipset' },
  loss: { trial: lossTrial, install: 'nftables' },
  delay: {
    trial: 'ip tuntap add mode tap name t0 vnet_hdr',
    install: 'a kernel with tun, /dev/net/tun for this user',
  },
  faketime: { trial: 'test "$(faketime -f -2h date +%s)" -lt "$(date -d -1hour +%s)"', install: 'faketime' },
  cron: {
    trial:
      'command -v cron && mkdir /run/u /run/w && mount -t overlay o -o lowerdir=/usr/sbin,upperdir=/run/u,workdir=/run/w /usr/sbin',
    install: 'cron',
    root: true,
  },
  openssl: { trial: 'openssl version', install: 'openssl' },
  prometheus: {
    trial:
      'command -v prometheus && command -v prometheus-node-exporter && command -v prometheus-mysqld-exporter',
    install: 'prometheus prometheus-node-exporter prometheus-mysqld-exporter',
  },
  python3: { trial: 'python3 -c ""', install: 'python3' },
  ipv6: { trial: 'test -e /proc/sys/net/ipv6', install: 'a kernel with IPv6' },
  userns: {
    // As nobody when we are root; else the mode itself is the proof.
    trial: `[ "$(id -u)" != 0 ] || ${AS_NOBODY.join(' ')} unshare -Ur "$NODE" --version`,
    install: 'Node.js where every user can read it, and allow user namespaces',
  },
}

const tried = new Map<Need, string>()

/** What is missing here for a lab with these needs, as sentences that say what to do; empty when all is there. */
export function labAvailable(needs: readonly Need[] = []): string[] {
  const { mode, why } = labMode()
  if (!mode) {
    return [`no namespaces can be made (be root or allow user namespaces; util-linux, iproute2): ${why}`]
  }
  return needs.map((need) => unmet(need, mode)).filter((sentence) => sentence !== '')
}

/** Empty when the need is met here. Tried once per process. */
function unmet(need: Need, mode: LabMode): string {
  const sentence = tried.get(need) ?? tryNeed(need, mode)
  tried.set(need, sentence)
  return sentence
}

function tryNeed(need: Need, mode: LabMode): string {
  const { trial, install, root } = TRIALS[need]
  if (root && mode !== 'root') return `${need} needs root`
  // `userns` is about making namespaces, so not in one.
  const inside = need === 'userns' ? [] : unshareArgv(mode)
  const script = need === 'userns' ? trial : `mount -t tmpfs tmpfs /run\n${trial}`
  const [file = '', ...args] = [...inside, 'sh', '-ec', script]
  const env = { PATH: LAB_PATH, NODE: process.execPath }
  const { status, stderr } = spawnSync(file, args, { env, encoding: 'utf8' })
  return status === 0 ? '' : `${need} does not work (${stderr.trim() || 'not found'}): install ${install}`
}
