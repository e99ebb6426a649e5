import { createInterface } from 'node:readline'
import type { Lab } from '../../lab/lab.ts'
import program from './station.py'

export interface Call {
  readonly to: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** Seconds after which silence counts as no. */
  readonly patience: number
}

/** Answers and asks on one host; ends with the lab. */
export interface Station {
  /** Which of the calls came through: connected (tcp), and two echoes. */
  call(calls: readonly Call[]): Promise<boolean[]>
}

export async function startStation(lab: Lab, host: string): Promise<Station> {
  const child = lab.spawn(host, ['python3', '-c', program])
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const waiting = new Map<number, { resolve(open: boolean[]): void; reject(error: Error): void }>()
  let number = 0
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'ready') return resolve()
      const { id, open } = JSON.parse(line) as { id: number; open: boolean[] }
      waiting.get(id)?.resolve(open)
      waiting.delete(id)
    })
    child.on('close', () => {
      const error = new Error(`the station of ${host} ended: ${stderr.trim()}`)
      reject(error)
      for (const each of waiting.values()) each.reject(error)
    })
  })
  await ready
  return {
    call: (calls) =>
      new Promise((resolve, reject) => {
        const id = number++
        waiting.set(id, { resolve, reject })
        child.stdin.write(`${JSON.stringify({ id, calls })}\n`)
      }),
  }
}
