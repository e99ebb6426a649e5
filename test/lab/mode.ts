import { spawnSync } from 'node:child_process'

/** As whom the namespaces are made: root, or "root" of a user namespace that any user may create. */
export type LabMode = 'root' | 'userns'

const NAMESPACES = ['--mount', '--uts', '--pid', '--net', '--fork', '--kill-child']

/** The `unshare` command line up to its command. */
export const unshareArgv = (mode: LabMode): string[] => [
  'unshare',
  ...(mode === 'userns' ? ['--user', '--map-root-user'] : []),
  ...NAMESPACES,
]

/** A user's PATH often lacks the sbin directories; the machine's python3 shims are left out on purpose. */
export const LAB_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

// Everything a lab is made of, tried once in namespaces that vanish with the shell.
const TRIAL = `set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/netns
ip link add br0 type bridge
ip netns add trial
ip link add v0 type veth peer name eth0 netns trial
ip netns exec trial ip link set lo up`

let known: { mode: LabMode | undefined; why: string } | undefined

/** What works here, tried rather than guessed (once per process), and what the refusal was if nothing does. */
export function labMode(): { mode: LabMode | undefined; why: string } {
  if (known) return known
  const root = process.getuid?.() === 0
  let why = 'namespaces exist on Linux only'
  // Root of a container may lack CAP_SYS_ADMIN and still be allowed a user namespace.
  for (const mode of process.platform === 'linux' ? (['root', 'userns'] as const) : []) {
    if (mode === 'root' && !root) continue
    const [file = '', ...args] = [...unshareArgv(mode), 'sh', '-c', TRIAL]
    const trial = spawnSync(file, args, { env: { PATH: LAB_PATH }, encoding: 'utf8' })
    if (trial.status === 0) {
      known = { mode, why: '' }
      return known
    }
    why = (trial.error?.message ?? trial.stderr).trim()
  }
  known = { mode: undefined, why }
  return known
}
