import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const NAME = 'PXC_NETCHECK_TEST_MARK'

/** Marks everything that is started from here on, children's children too, by its environment. */
export function markChildren(): () => number[] {
  const mark = `${NAME}=${randomUUID()}`
  process.env[NAME] = mark.slice(NAME.length + 1)
  return () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((pid) => {
        try {
          if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return false
          return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)
        } catch {
          return false // it ended while we looked
        }
      })
      .map(Number)
}

/** What is left of the marked processes once there are none, or after a while. */
export async function leftover(marked: () => number[], tries = 100): Promise<number[]> {
  let left = marked()
  for (; left.length > 0 && tries > 0; tries--) {
    await delay(20)
    left = marked()
  }
  return left
}
