import type { Lab } from '../lab/lab.ts'
import type { ExecOptions, ExecResult } from '../lab/run.ts'
import { type ClusterOptions, type NodeOptions, nodeFiles } from './config.ts'
import { onNode } from './machine.ts'
import { prepareNodes, TEMPLATE, writeNode } from './prepare.ts'
import { Server, type Started } from './server.ts'

/** One row of performance_schema.host_cache: what a server remembers of a peer. */
export interface HostErrors {
  readonly address: string
  readonly connectErrors: number
  readonly handshakeErrors: number
}

/** A real MariaDB + Galera cluster on hosts of a lab, of which nothing is left when the lab is closed. */
export class Cluster {
  readonly lab: Lab
  readonly nodes: readonly string[]
  readonly #options: ClusterOptions
  readonly #servers: ReadonlyMap<string, Server>

  constructor(lab: Lab, nodes: readonly string[], options: ClusterOptions) {
    this.lab = lab
    this.nodes = nodes
    this.#options = options
    this.#servers = new Map(nodes.map((name) => [name, new Server(lab, name)]))
  }

  /** What `--nodes` takes. */
  get nodesOption(): string {
    return this.nodes.map((name) => this.nodeOption(name)).join(',')
  }

  /** A node as `--nodes` takes it. */
  nodeOption(name: string): string {
    const { address, address6, only6 } = this.lab.host(name)
    return `${name}=${only6 ? address6 : address}`
  }

  server(node: string): Server {
    const server = this.#servers.get(node)
    if (!server) throw new Error(`the cluster has no node ${node}`)
    return server
  }

  /** Runs a command on a node, among the node's own processes. */
  exec(node: string, argv: readonly string[], options?: ExecOptions): Promise<ExecResult> {
    return this.lab.exec('holder', onNode(node, argv), options)
  }

  /** Starts the first member of a new cluster. */
  bootstrap(node: string): Promise<Started> {
    return this.start(node, ['--wsrep-new-cluster'])
  }

  /** Starts a node, and waits until it is synced or has ended; `args` are added to the command line. */
  start(node: string, args: readonly string[] = []): Promise<Started> {
    return this.server(node).start(args, async () => {
      const state = await this.status(node, ['wsrep_local_state_comment', 'wsrep_ready']).catch(() => null)
      return state?.wsrep_local_state_comment === 'Synced' && state.wsrep_ready === 'ON'
    })
  }

  /** Starts nodes (by default all), the first one as a new cluster; rejects when one does not join. */
  async startAll(nodes: readonly string[] = this.nodes): Promise<void> {
    for (const node of nodes) {
      const { ok, log } = node === nodes[0] ? await this.bootstrap(node) : await this.start(node)
      if (!ok) throw new Error(`${node} did not join:\n${log.slice(-4000)}`)
    }
  }

  /** Writes a node's option files and /etc/hosts anew, by default as they were; a running server does not notice. */
  configure(node: string, options: NodeOptions = this.#options.node?.[node] ?? {}): Promise<void> {
    return writeNode(this.lab, this.nodes, node, { ...this.#options, node: { [node]: options } })
  }

  /** Shuts a node down in order. */
  stop(node: string): Promise<void> {
    return this.server(node).end('SIGTERM')
  }

  kill(node: string): Promise<void> {
    return this.server(node).end('SIGKILL')
  }

  /** Replaces a stopped node's data by those of a fresh installation: its next start needs a full SST. */
  async wipe(node: string): Promise<void> {
    await this.server(node).endTransfer()
    const { data } = nodeFiles(node)
    const { code, stderr } = await this.lab.exec('holder', `rm -rf ${data} && cp -a ${TEMPLATE} ${data}`)
    if (code !== 0) throw new Error(stderr)
  }

  runs(node: string): boolean {
    return this.server(node).runs
  }

  fds(node: string): Promise<string[]> {
    return this.server(node).fds()
  }

  listening(node: string): Promise<number[]> {
    return this.server(node).listening()
  }

  /** The error log, line by line. */
  async logLines(node: string): Promise<string[]> {
    return (await this.server(node).logText()).split('\n').slice(0, -1)
  }

  /** What a statement gives, by the server's unix socket: none of the things that are measured here notices. */
  async sql(node: string, statement: string): Promise<string[][]> {
    const client = ['mariadb', '-N', '-B']
    const { code, stdout, stderr } = await this.exec(node, client, { input: statement })
    if (code !== 0) throw new Error(`${node}: ${stderr.trim()}`)
    const lines = stdout.split('\n').filter(Boolean)
    return lines.map((line) => line.split('\t'))
  }

  /** Status variables by their names in lower case, as text. */
  async status(node: string, names: readonly string[]): Promise<Record<string, string>> {
    const list = names.map((name) => `'${name}'`).join(',')
    const rows = await this.sql(node, `SHOW GLOBAL STATUS WHERE Variable_name IN (${list})`)
    return Object.fromEntries(rows.map(([name = '', value = '']) => [name.toLowerCase(), value]))
  }

  async hostCache(node: string): Promise<HostErrors[]> {
    const columns = 'IP, SUM_CONNECT_ERRORS, COUNT_HANDSHAKE_ERRORS'
    const rows = await this.sql(node, `SELECT ${columns} FROM performance_schema.host_cache ORDER BY IP`)
    return rows.map(([address = '', connect, handshake]) => ({
      address,
      connectErrors: Number(connect),
      handshakeErrors: Number(handshake),
    }))
  }

  /** Writes this many rows, one transaction each: a node that missed them needs an IST. */
  async write(node: string, rows: number): Promise<void> {
    const table = 'CREATE TABLE IF NOT EXISTS lab.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(200));\n'
    const insert = "INSERT INTO lab.t (v) VALUES (REPEAT('x', 200));\n"
    await this.sql(node, `CREATE DATABASE IF NOT EXISTS lab;\n${table}${insert.repeat(rows)}`)
  }
}

/** Prepares the nodes; none is started. Everything is the lab's: there is nothing to close. */
export async function createCluster(lab: Lab, options: ClusterOptions): Promise<Cluster> {
  const nodes = options.nodes ?? ['n1', 'n2', 'n3']
  await prepareNodes(lab, nodes, options)
  return new Cluster(lab, nodes, options)
}
