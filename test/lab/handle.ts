import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { sudoersText } from './accounts.ts'
import { toolBundle } from './bundle.ts'
import { type Delay, startDelay } from './delay.ts'
import { type Firewalld, type FirewalldOptions, startFirewalld } from './firewalld.ts'
import type { Holder } from './holder.ts'
import { LISTENERS_COMMAND, type Listener, parseListeners } from './listeners.ts'
import type { LabMode } from './mode.ts'
import { type LabProcess, listProcesses } from './processes.ts'
import { FLUSH_COMMAND, type IptablesTool, lossRuleset, withoutCounters } from './rulesets.ts'
import { type ExecOptions, type ExecResult, execIn, type RunOptions, spawnIn } from './run.ts'
import { type ServeOptions, type Server, startServer } from './server.ts'
import { type Host, plugOf } from './topology.ts'
import { ufwScript } from './ufw.ts'

/** Real hosts on a network of their own. Made by `createLab`; nothing of it touches or outlives the machine. */
export class Lab {
  /** What `--via` takes to reach the hosts from inside the lab. */
  readonly via = 'ip netns exec {name}'
  readonly hosts: readonly Host[]
  readonly mode: LabMode
  readonly holder: Holder
  /** Pids of what the lab itself runs: its holder, sshd, servers. */
  readonly #own = new Set([1])
  readonly #delays = new Map<string, Delay>()
  #closed = false

  constructor(holder: Holder, mode: LabMode, hosts: readonly Host[], sshds: readonly number[]) {
    this.holder = holder
    this.mode = mode
    this.hosts = hosts
    for (const pid of sshds) this.#own.add(pid)
  }

  /** A host by its name. */
  host(name: string): Host {
    const host = this.hosts.find((each) => each.name === name)
    if (!host) throw new Error(`the lab has no host ${name}`)
    return host
  }

  /** Runs a command (a string is one for `sh -c`) on a host, or in the `holder`, where the bridges are. */
  async exec(host: string, command: string | readonly string[], options?: ExecOptions): Promise<ExecResult> {
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command
    return execIn(this.#enter(host), argv, options)
  }

  /** Like `exec` without an end; `kill` of the child signals the command itself. */
  spawn(host: string, argv: readonly string[], options?: RunOptions): ChildProcessWithoutNullStreams {
    return spawnIn(this.#enter(host), argv, options)
  }

  /** Runs the built tool on a host, by default on `admin`. */
  execTool(
    args: readonly string[],
    { from = 'admin', ...options }: ExecOptions & { from?: string } = {},
  ): Promise<ExecResult> {
    return this.exec(from, [process.execPath, toolBundle(), ...args], options)
  }

  /** What runs in the lab (or on one host) that the lab did not start as its own furniture. */
  processes(host?: string): LabProcess[] {
    this.#open()
    const names = this.hosts.map((each) => each.name)
    const all = listProcesses(this.holder.root, names).filter(({ pid }) => !this.#own.has(pid))
    return host ? all.filter((each) => each.host === host) : all
  }

  /** `processes`, once there are none or, at most, after `tries` looks 20 ms apart: what has been left behind. */
  async leftovers(host?: string, tries = 250): Promise<LabProcess[]> {
    let left = this.processes(host)
    for (; left.length && tries > 0; tries--) {
      await delay(20)
      left = this.processes(host)
    }
    return left
  }

  /** Sends a signal to a process, by its pid in the lab. */
  async kill(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#must('holder', ['/bin/kill', '-s', signal.replace(/^SIG/, ''), '--', String(pid)])
  }

  async listeners(host: string): Promise<Listener[]> {
    return parseListeners(await this.#must(host, LISTENERS_COMMAND))
  }

  /** Starts a small real server on a host. */
  async serve(host: string, options: ServeOptions): Promise<Server> {
    const server = await startServer((argv) => this.spawn(host, argv), options)
    this.#own.add(server.pid)
    return server
  }

  /** Loads a ruleset in `iptables-restore` form. */
  async iptables(host: string, text: string, options: { tool?: IptablesTool } = {}): Promise<void> {
    await this.#must(host, [`${options.tool ?? 'iptables'}-restore`], text)
  }

  /** The ruleset without comments and counters. */
  async iptablesSave(host: string, tool: IptablesTool = 'iptables'): Promise<string> {
    return withoutCounters(await this.#must(host, [`${tool}-save`]))
  }

  /** Loads native nftables rules (`nft -f`). */
  async nft(host: string, text: string): Promise<void> {
    await this.#must(host, ['nft', '-f', '-'], text)
  }

  /** Starts a real firewalld on a host, with a message bus and an /etc/firewalld of the host's own. Once per host. */
  async firewalld(host: string, options: FirewalldOptions = {}): Promise<Firewalld> {
    const shell = (script: string, input?: string) => this.#must(host, script, input)
    return startFirewalld(shell, (pid) => this.#own.add(pid), options)
  }

  /** Enables a real ufw on a host after these commands (`allow 22/tcp`), with an /etc/ufw of its own. Once per host. */
  async ufw(host: string, commands: readonly string[] = []): Promise<void> {
    await this.#must(host, ufwScript(commands))
  }

  /** Empties a host's firewall: nft, and the legacy tables where they exist. */
  async flush(host: string): Promise<void> {
    await this.#must(host, FLUSH_COMMAND)
  }

  /** Loses this percentage of all IP packets between hosts of one segment; 0 ends it. */
  async loss(percent: number): Promise<void> {
    await this.nft('holder', lossRuleset(percent))
  }

  /** Makes everything from and to a host take so many milliseconds longer, each way: twice that is the round trip. 0 ends it. */
  async delay(host: string, ms: number): Promise<void> {
    const delay = this.#delays.get(host) ?? (await this.#startDelay(this.host(host).name))
    await delay.set(ms)
  }

  async #startDelay(host: string): Promise<Delay> {
    const delay = await startDelay(
      host,
      (argv) => this.spawn('holder', argv),
      (script) => this.#must('holder', script),
    )
    this.#own.add(delay.pid)
    this.#delays.set(host, delay)
    return delay
  }

  /** Pulls a host's plug. Its neighbours forget where it was, as they would have after a while. */
  async down(host: string): Promise<void> {
    await this.#plug(host, 'down')
  }

  async up(host: string): Promise<void> {
    await this.#plug(host, 'up')
  }

  /** Lets `dba` use `sudo -n`, or not, on every host from now on. */
  async sudo(allowed: boolean): Promise<void> {
    this.#open()
    await writeFile(`${this.holder.root}/etc/sudoers`, sudoersText(allowed))
  }

  /** Ends every process of the lab and everything it was made of. */
  async close(): Promise<void> {
    this.#closed = true
    await this.holder.close()
  }

  async #plug(host: string, state: 'up' | 'down'): Promise<void> {
    this.host(host)
    const forget = this.hosts.map(({ name }) => `ip -n ${name} neigh flush all`).join('\n')
    await this.#must('holder', `set -e\nip link set ${plugOf(host)} ${state}\n${forget}`)
  }

  async #must(host: string, command: string | readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.exec(host, command, { input })
    if (code !== 0)
      throw new Error(`on ${host}: ${[command].flat().join(' ')}: code ${code}: ${stderr.trim()}`)
    return stdout
  }

  #enter(host: string): string[] {
    this.#open()
    if (host === 'holder') return [...this.holder.enter]
    return [...this.holder.enter, 'ip', 'netns', 'exec', this.host(host).name]
  }

  #open(): void {
    if (this.#closed) throw new Error('the lab is closed')
  }
}
