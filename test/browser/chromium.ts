import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { ALONE, chromiumPath } from './chromium-path.ts'

type Json = Record<string, unknown>

/** What a method of the DevTools protocol answers, and how its events are heard. */
export interface Session {
  send(method: string, params?: Json): Promise<Json>
  on(method: string, listener: (params: Json) => void): void
  once(method: string): Promise<Json>
}

export interface Browser {
  open(): Promise<Session>
  close(): Promise<void>
}

interface Message {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  readonly params?: Json
  readonly result?: Json
  readonly error?: { readonly message: string }
}

const FLAGS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--hide-scrollbars',
]

/**
 * Chromium, driven over a pipe, in a network namespace where no interface is up: whatever it asks for, nobody hears it. And in a
 * pid namespace, so that the kernel ends its helpers with it.
 */
export async function startChromium(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'pxc-netcheck-chromium-'))
  const argv = [...ALONE, chromiumPath ?? 'chromium', ...FLAGS, `--user-data-dir=${profile}`, 'about:blank']
  const child = spawn('unshare', argv, {
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const protocol = speak(child)
  return {
    async open() {
      const { targetId } = await protocol.send('Target.createTarget', { url: 'about:blank' })
      const { sessionId } = await protocol.send('Target.attachToTarget', { targetId, flatten: true })
      return protocol.session(String(sessionId))
    },
    async close() {
      const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
      child.kill('SIGKILL')
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** The protocol over the pipe: JSON documents, each ended by a zero byte. */
function speak(child: ChildProcess) {
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]
  const pending = new Map<number, { resolve: (result: Json) => void; reject: (error: Error) => void }>()
  const listeners: { sessionId: string; method: string; listener: (params: Json) => void }[] = []
  let last = 0
  let ended: Error | null = null
  let rest = Buffer.alloc(0)

  const receive = ({ id, sessionId, method, params = {}, result = {}, error }: Message) => {
    if (id === undefined) {
      for (const each of [...listeners]) {
        if (each.sessionId === sessionId && each.method === method) each.listener(params)
      }
      return
    }
    const waiting = pending.get(id)
    pending.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error.message))
  }
  from.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0)) {
      const text = rest.subarray(0, end).toString('utf8')
      rest = rest.subarray(end + 1)
      receive(JSON.parse(text))
    }
  })
  const fail = (error: Error) => {
    ended ??= error
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
  }
  to.on('error', fail)
  child.on('error', fail)
  child.on('exit', () => fail(new Error('Chromium has ended')))

  const send = (method: string, params: Json = {}, sessionId?: string) =>
    new Promise<Json>((resolve, reject) => {
      if (ended !== null) return reject(ended)
      last += 1
      pending.set(last, { resolve, reject })
      to.write(`${JSON.stringify({ id: last, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
  const session = (sessionId: string): Session => {
    const on = (method: string, listener: (params: Json) => void) => {
      listeners.push({ sessionId, method, listener })
    }
    return {
      send: (method, params) => send(method, params, sessionId),
      on,
      once: (method) => new Promise((resolve) => on(method, resolve)),
    }
  }
  return { send, session }
}
