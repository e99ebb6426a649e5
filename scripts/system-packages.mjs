// The programs that the test lab is made of, and how Debian and Ubuntu get them.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const LAB = {
  iptables: ['iptables', 'ip6tables'],
  nftables: ['nft'],
  iproute2: ['ip'],
  'openssh-server': ['sshd'],
  'openssh-client': ['ssh', 'ssh-keygen'],
  python3: ['python3'],
  sudo: ['sudo'],
  'util-linux': ['unshare', 'nsenter', 'setpriv'],
}
/**
 * For the tests on a real cluster, of the front ends of the firewall, of what PMM fetches, with clocks that differ, of reports as
 * GitHub reads them, and for login shells of other families.
 */
const TEST = {
  firewalld: ['firewalld', 'firewall-cmd'],
  dbus: ['dbus-daemon'],
  ufw: ['ufw'],
  ipset: ['ipset'],
  'mariadb-server': ['mariadbd', 'mariadb-install-db'],
  'galera-4': ['/usr/lib/galera/libgalera_smm.so'],
  'galera-arbitrator-4': ['garbd'],
  'mariadb-backup': ['mariadb-backup'],
  socat: ['socat'],
  rsync: ['rsync'],
  lsof: ['lsof'],
  faketime: ['faketime'],
  cron: ['cron'],
  openssl: ['openssl'],
  prometheus: ['prometheus'],
  'prometheus-node-exporter': ['prometheus-node-exporter'],
  'prometheus-mysqld-exporter': ['prometheus-mysqld-exporter'],
  'cmark-gfm': ['cmark-gfm'],
  tcsh: ['tcsh'],
  fish: ['fish'],
  zsh: ['zsh'],
  mksh: ['mksh'],
  busybox: ['busybox'],
}
/**
 * Any of them shows reports in a browser. Installed by itself (some 120 MB to fetch): Ubuntu has chromium only as a snap, and what
 * apt does not find shall not keep it from the rest.
 */
const BROWSERS = ['chromium', 'google-chrome', 'google-chrome-stable']
/** What a package starts at boot, and is not wanted here. */
const SERVICES = {
  'openssh-server': ['ssh.service', 'ssh.socket'],
  'mariadb-server': ['mariadb.service'],
  'galera-arbitrator-4': ['garb.service'],
  rsync: ['rsync.service'],
  cron: ['cron.service'],
  firewalld: ['firewalld.service'],
  ufw: ['ufw.service'],
  prometheus: ['prometheus.service'],
  'prometheus-node-exporter': ['prometheus-node-exporter.service'],
  'prometheus-mysqld-exporter': ['prometheus-mysqld-exporter.service'],
}

const SWITCH = 'PXC_NETCHECK_NO_INSTALL'
// The sbin directories are often missing from a user's PATH.
const PATHS = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
const found = (program) =>
  program.startsWith('/')
    ? existsSync(program)
    : PATHS.some((directory) => directory && existsSync(join(directory, program)))

/**
 * Installs the packages whose programs are missing, when this is root on a system with apt; says what is missing
 * otherwise. The tests that need them skip, or fail in CI.
 */
export function installMissing(purpose, say) {
  if (process.platform !== 'linux')
    return say('not Linux: the tests and the demo that need a lab will not run')
  const needed = purpose === 'test' ? { ...LAB, ...TEST } : LAB
  const missing = Object.keys(needed).filter((name) => !needed[name].every(found))
  if (missing.length > 0) install(missing, say)
  if (purpose === 'test' && !BROWSERS.some(found)) install(['chromium'], say)
}

function install(missing, say) {
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  const able = process.getuid() === 0 && found('apt-get')
  if (!able || process.env[SWITCH] === '1') {
    return say(`for the test lab these packages are missing: ${missing.join(' ')} (as root: ${command})`)
  }
  say(`${command} (for the test lab; ${SWITCH}=1 switches this off)`)
  // Lists that are older than the mirror name files that are gone: the one remedy is to update and try again.
  if (apt(['install', ...missing]) || (apt(['update']) && apt(['install', ...missing]))) {
    keepDisabled(missing, say)
  } else say('apt-get failed: the tests and the demo that need these packages will not run')
}

/**
 * Runs apt-get such that no service is started. Package scripts ask whether systemd runs (/run/systemd/system) and
 * which runlevel it is: in a mount namespace of its own apt-get sees no systemd, and RUNLEVEL says single user.
 */
function apt([verb, ...packages]) {
  const get = [
    'apt-get',
    '-q',
    '-y',
    ...(verb === 'install' ? ['--no-install-recommends'] : []),
    verb,
    ...packages,
  ]
  const systemd = existsSync('/run/systemd/system')
  const hide = 'mount -t tmpfs tmpfs /run/systemd && exec "$@"'
  const argv = systemd ? ['unshare', '--mount', 'sh', '-c', hide, 'sh', ...get] : get
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return spawnSync(argv[0], argv.slice(1), { env, stdio: ['ignore', 2, 2] }).status === 0
}

/** What was installed for the lab shall not be listening on this machine after its next boot either. */
function keepDisabled(installed, say) {
  const services = installed.flatMap((name) => SERVICES[name] ?? [])
  if (services.length === 0 || !existsSync('/run/systemd/system')) return
  spawnSync('systemctl', ['disable', ...services], { stdio: 'ignore' })
  say(`left disabled on this machine: ${services.join(' ')} (systemctl enable --now NAME)`)
}
