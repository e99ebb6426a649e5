import { open, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { takeLock } from '../../src/alert/lock.ts'

/** Takes and gives back the lock so many times; ends with 1 if anybody else is inside meanwhile. */
async function main([path = '', inside = '', times = '']: readonly string[]): Promise<number> {
  for (let held = 0; held < Number(times); ) {
    const lock = await takeLock(path, { pid: process.pid, deadlineMs: 60_000, nowMs: Date.now() })
    if (lock.kind === 'failed') throw new Error(lock.code)
    if (lock.kind === 'busy') continue
    held++
    const mine = `${inside}-${process.pid}`
    const others = await othersIn(inside, mine)
    if (others.length > 0) return 1
    await (await open(mine, 'w')).close()
    await delay(2)
    if ((await othersIn(inside, mine)).length > 0) return 1
    await rm(mine)
    await lock.release()
  }
  return 0
}

async function othersIn(inside: string, mine: string): Promise<string[]> {
  const { readdir, readFile } = await import('node:fs/promises')
  const { basename, dirname } = await import('node:path')
  const names = (await readdir(dirname(inside))).filter(
    (name) => name.startsWith(`${basename(inside)}-`) && name !== basename(mine),
  )
  // What a killed one left is nobody.
  const alive = await Promise.all(
    names.map(async (name) => {
      const stat = await readFile(`/proc/${name.slice(name.lastIndexOf('-') + 1)}/stat`, 'utf8').catch(
        () => '',
      )
      return stat !== '' && !/\) [ZX] /.test(stat)
    }),
  )
  return names.filter((_, index) => alive[index])
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
