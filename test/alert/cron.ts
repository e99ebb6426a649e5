import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Lab } from '../lab/handle.ts'

/** Debian's cron on the host `admin`, with nothing to do but one line, minutes of a second, and mails that go to files. */
export interface Cron {
  /** Lets cron run the command once more, at its next minute, and waits for its end; its exit code. */
  once(): Promise<number>
  /** All mails so far, once there are at least so many. */
  mails(atLeast: number): Promise<string[]>
  /** Ends cron, after which no mail comes any more. */
  stop(): Promise<void>
}

const DIR = '/run/lab/cron'

// What cron mails by is /usr/sbin/sendmail, and only there. A job looks for `go` each minute: so a test sets the scene first.
const SETUP = `set -e
mkdir -p ${DIR}/mails ${DIR}/upper ${DIR}/work
mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=${DIR}/upper,workdir=${DIR}/work /usr/sbin
mount -t tmpfs tmpfs /var/spool/cron
mkdir -p /var/spool/cron/crontabs
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /dev/shm
rm -rf /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly
mkdir /etc/cron.d
cat >/usr/sbin/sendmail <<'END'
#!/bin/sh
name=$(date +%s.%N)
cat >${DIR}/mails/$name.part && mv ${DIR}/mails/$name.part ${DIR}/mails/$name
END
chmod 755 /usr/sbin/sendmail
cat >/etc/cron.d/pxc-netcheck`

// Not by the wrapper, whose child would not get our signals. libfaketime keeps files in /dev/shm by pid: so that is the lab's own.
const RUN = `LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) FAKETIME='+0 x60' exec /usr/sbin/cron -f`

export async function startCron(lab: Lab, command: string): Promise<Cron> {
  const crontab = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
MAILTO=dba@example.org
* * * * * root if rm ${DIR}/go 2>/dev/null; then ${command}; echo $? >>${DIR}/codes; fi
`
  const setup = await lab.exec('holder', SETUP, { input: crontab })
  if (setup.code !== 0) throw new Error(setup.stderr)
  const cron = lab.spawn('admin', ['sh', '-c', RUN])
  let stderr = ''
  cron.stderr.on('data', (text) => {
    stderr += text
  })
  const path = (name: string) => `${lab.holder.root}${DIR}/${name}`
  const until = async <T>(look: () => Promise<T | null>): Promise<T> => {
    for (let tries = 0; tries < 1500; tries++) {
      const seen = await look()
      if (seen !== null) return seen
      if (cron.exitCode !== null) break
      await delay(20)
    }
    throw new Error(`cron did not get there: ${stderr}`)
  }
  const codes = async () => (await readFile(path('codes'), 'utf8').catch(() => '')).split('\n').slice(0, -1)
  const delivered = async () =>
    (await readdir(path('mails'))).filter((name) => !name.endsWith('.part')).toSorted()
  return {
    once: async () => {
      const before = (await codes()).length
      await lab.exec('holder', `touch ${DIR}/go`)
      return until(async () => {
        const now = await codes()
        return now.length > before ? Number(now.at(-1)) : null
      })
    },
    mails: async (atLeast) => {
      const names = await until(async () => {
        const now = await delivered()
        return now.length >= atLeast ? now : null
      })
      return Promise.all(names.map((name) => readFile(path(`mails/${name}`), 'utf8')))
    },
    stop: async () => {
      const ended = new Promise((resolve) => cron.once('close', resolve))
      cron.kill()
      await ended
      await lab.leftovers('admin')
    },
  }
}
