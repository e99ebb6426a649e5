import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Lab } from '../lab/lab.ts'
import { parseListeners } from '../lab/listeners.ts'
import { nodeFiles } from './config.ts'
import { onNode } from './machine.ts'
import { until } from './until.ts'

export interface Started {
  /** It became a synced member; otherwise it has ended. */
  readonly ok: boolean
  /** What it wrote to its error log since it was started. */
  readonly log: string
}

const MARIADBD = '/usr/sbin/mariadbd'
const SYNCED = 'WSREP: Synchronized with group, ready for connections'
/** Said by a node that goes on running and will never be synced. */
const STUCK = 'Receiving IST failed, node restart required'

/** The mariadbd of one node: how it is started and ended, and what can be seen of it from outside. */
export class Server {
  /** True from the moment it is started until it has ended. */
  runs = false
  readonly #lab: Lab
  readonly #node: string
  #ended: Promise<unknown> = Promise.resolve()

  constructor(lab: Lab, node: string) {
    this.#lab = lab
    this.#node = node
  }

  /** Starts it and waits until it is synced and, as `ready` says, takes clients, or until it has ended. */
  async start(args: readonly string[], ready: () => Promise<boolean>): Promise<Started> {
    if (this.runs) throw new Error(`a server runs on ${this.#node}`)
    this.runs = true
    const from = (await this.logText()).length
    const argv = [MARIADBD, ...args]
    const child = this.#lab.spawn('holder', onNode(this.#node, argv))
    // What it says before it opens its log.
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    }
    this.#ended = once(child, 'exit').finally(() => {
      this.runs = false
    })
    const told = await this.logged(new RegExp(`${SYNCED}|${STUCK}`), from).catch(() => '')
    if (told.includes(STUCK)) await this.end('SIGKILL')
    // The log tells that the node is synced a moment before the server takes clients.
    else if (told !== '') await until(async () => !this.runs || (await ready()))
    if (!this.runs) await this.#ended
    return { ok: this.runs, log: (await this.logText()).slice(from) + (this.runs ? '' : said) }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.runs) return
    await this.#lab.kill(this.pid(), signal)
    await this.#ended
  }

  /** A joiner that dies leaves its SST script behind, which goes on listening on 4444. */
  async endTransfer(): Promise<void> {
    const script = /^(\S*\/)?(wsrep_sst_|socat|mbstream|rsync)/
    const left = this.#lab
      .processes(this.#node)
      .filter(({ args }) => args.slice(0, 3).some((word) => script.test(word)))
    // One may end with another.
    await Promise.all(left.map(({ pid }) => this.#lab.kill(pid, 'SIGKILL').catch(() => {})))
  }

  /** Its pid in the lab. */
  pid(): number {
    const found = this.#lab.processes(this.#node).find(({ args }) => args[0] === MARIADBD)
    if (!found) throw new Error(`no server runs on ${this.#node}`)
    return found.pid
  }

  /** What it has open: paths, `socket:[inode]`, `pipe:[inode]` and so on, one for each descriptor. */
  async fds(): Promise<string[]> {
    const folder = `${this.#lab.holder.root}/proc/${this.pid()}/fd`
    const names = await readdir(folder)
    return Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => 'closed meanwhile')))
  }

  /** TCP ports on which something of the node, not only its server, listens. */
  async listening(): Promise<number[]> {
    const { root } = this.#lab.holder
    const init = (await readFile(`${root}${nodeFiles(this.#node).init}`, 'utf8')).trim()
    // The network of the node's pid 1, read without a process being started: it must be quick to be true.
    const text = await readFile(`${root}/proc/${init}/net/tcp`, 'utf8')
    return parseListeners(`= tcp\n${text}`).map(({ port }) => port)
  }

  logText(): Promise<string> {
    return readFile(`${this.#lab.holder.root}${nodeFiles(this.#node).log}`, 'utf8').catch(() => '')
  }

  /** Resolves with the part of the log after `from` once it matches; rejects when the server has ended before. */
  async logged(pattern: RegExp, from: number): Promise<string> {
    let text = ''
    await until(async () => {
      const ended = !this.runs
      text = (await this.logText()).slice(from)
      if (ended && !pattern.test(text)) throw new Error(`${this.#node} ended:\n${text.slice(-4000)}`)
      return pattern.test(text)
    })
    return text
  }
}
