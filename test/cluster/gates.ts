import { existsSync } from 'node:fs'
import type { Lab } from '../lab/lab.ts'
import { ROOT } from './root.ts'
import { until } from './until.ts'

/**
 * Places where a transfer can be held, so that a test meets the joiner's listener for as long as it likes.
 * - `donor`: before the donor's SST script does anything: the joiner waits on 4444.
 * - `data`: between the two streams of mariabackup, where the script sleeps for ten seconds: the joiner waits on 4444
 *   once more.
 */
export type Gate = 'donor' | 'data'

const DIR = `${ROOT}/gates`
const REAL = `${DIR}/real`

// A held gate is a file; who waits at it says so by another one.
const wait = (gate: Gate) => `if [ -e ${DIR}/${gate} ]; then
  : >${DIR}/${gate}.waiting
  while [ -e ${DIR}/${gate} ]; do ${REAL}/sleep 0.02; done
fi`

const DONOR = `#!/bin/sh
case " $* " in *" --role donor "*)
${wait('donor')}
;; esac
exec ${REAL}/\${0##*/} "$@"
`

// The ten seconds in which the joiner becomes ready for the second stream: as long as that takes, at most ten seconds.
// Everything else that a script sleeps for has its reasons. A first second, so that the listener seen is not the first.
const SLEEP = `#!/bin/sh
[ "$1" = 10 ] || exec ${REAL}/sleep "$@"
${REAL}/sleep 1
tries=90
until [ $((tries -= 1)) = 0 ]; do
  for net in /run/netns/*; do
    if nsenter --net=$net cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ':115C 0*:0000 0A'; then
      break 2
    fi
  done
  ${REAL}/sleep 0.1
done
${wait('data')}
`

// A daemon that root starts serves as nobody, who may not write into the joiner's data; mysqld's own user could.
const RSYNC = `#!/bin/sh
case " $* " in *" --daemon "*) set -- --dparam=uid=root --dparam=gid=root "$@" ;; esac
exec ${REAL}/rsync "$@"
`

const SCRIPTS = ['wsrep_sst_mariabackup', 'wsrep_sst_rsync']

/** Writes the gates; runs in the holder. */
export const GATES_SCRIPT = `mkdir -p ${DIR}/bin ${REAL}
cp /usr/bin/wsrep_sst_* /usr/bin/rsync "$(command -v sleep)" ${REAL}
cat >${DIR}/bin/donor <<'END'
${DONOR}END
cat >${DIR}/bin/sleep <<'END'
${SLEEP}END
cat >${DIR}/bin/rsync <<'END'
${RSYNC}END
chmod 755 ${DIR}/bin/*
`

/**
 * Puts the gates in the place of the real programs; runs in the mount namespace of a node. (mariadbd searches its own
 * directory before PATH.)
 */
export const GATES_BOOT = `mount --bind ${DIR}/bin/sleep "$(command -v sleep)"
mount --bind ${DIR}/bin/rsync /usr/bin/rsync
for script in ${SCRIPTS.join(' ')}; do mount --bind ${DIR}/bin/donor /usr/bin/$script; done
`

/** Holds every donor at the gate, from the next one on. */
export async function hold(lab: Lab, gate: Gate): Promise<void> {
  await lab.exec('holder', `rm -f ${DIR}/${gate}.waiting; : >${DIR}/${gate}`)
}

export async function letGo(lab: Lab, gate: Gate): Promise<void> {
  await lab.exec('holder', ['rm', '-f', `${DIR}/${gate}`])
}

/** Resolves when a donor stands at the gate. */
export async function heldAt(lab: Lab, gate: Gate, signal: AbortSignal): Promise<void> {
  const path = `${lab.holder.root}${DIR}/${gate}.waiting`
  await until(() => Promise.resolve(existsSync(path)), signal)
}
