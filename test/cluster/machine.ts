import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Lab } from '../lab/lab.ts'
import { nodeFiles } from './config.ts'
import { BIN, ROOT } from './root.ts'

/** What `--via` takes to reach a node as root, and as a user without any rights. */
export const VIA = `${BIN}/enter {name}`
export const VIA_NOBODY = `${VIA} setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all`

/**
 * Enters the pid namespace of a node: the lab's hosts share one, and a node on which mysqld is stopped would show the
 * mysqld of its neighbours.
 */
const ENTER = `#!/bin/sh
read -r pid <${ROOT}/$1/init && shift &&
exec nsenter --target "$pid" --pid --mount --net --wd=/ -- "$@"
`

/**
 * Gives a host processes of its own, with a /proc that shows only them; they end with the lab. `bootScript` runs in the
 * host's own mount namespace.
 */
export async function startMachine(lab: Lab, name: string, bootScript: string): Promise<void> {
  // /proc still is the lab's when the pid is read, so it is the one that nsenter needs.
  const boot = `read -r pid rest </proc/self/stat
mount -t proc proc /proc
mount -t tmpfs -o mode=1777 tmpfs /tmp # where the SST scripts keep their logs
${bootScript}trap '' CHLD
echo "$pid"
exec cat >/dev/null`
  const unshare = ['unshare', '--pid', '--mount', '--fork', '--kill-child']
  const child = lab.spawn(name, [...unshare, 'sh', '-ec', boot])
  const started = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const [pid] = await Promise.race([started, once(child, 'exit').then(() => [''])])
  const { dir, init } = nodeFiles(name)
  const { code, stderr } = await lab.exec('holder', `mkdir -p ${dir} && echo ${Number(pid)} >${init}`)
  if (!pid || code !== 0) throw new Error(`${name} got no processes of its own: ${stderr}`)
}

/** The command that runs `argv` on a node; to be run in the holder. */
export const onNode = (name: string, argv: readonly string[]) => [`${BIN}/enter`, name, ...argv]

/** Puts the script that `VIA` names into place; runs in the holder. */
export const ENTER_SCRIPT = `mkdir -p ${BIN}
cat >${BIN}/enter <<'END'
${ENTER}END
chmod 755 ${BIN}/enter
`
