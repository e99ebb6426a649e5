import { setTimeout as delay } from 'node:timers/promises'
import { decide } from '../../src/alert/decide.ts'
import { writeStateFile } from '../../src/alert/state-file.ts'
import { CHANGE, down, run } from './runs.ts'

/** Writes a large state to the given file again and again, until it is killed. Says so before the first time. */
async function main(path: string): Promise<void> {
  const problems = Array.from({ length: 400 }, (_, index) => down(`n${index}`, 'n'))
  for (let minute = 0; ; minute++) {
    const { state } = decide(null, run(problems), CHANGE, minute * 60_000)
    const code = await writeStateFile(path, state)
    if (code !== null) throw new Error(code)
    if (minute === 0) process.stdout.write('written\n')
    await delay(0)
  }
}

void main(process.argv[2] ?? '')
