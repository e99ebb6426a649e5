import { expect, vi } from 'vitest'
import type { Cluster, HostErrors } from './cluster.ts'

/** Everything by which a server could tell that somebody was at its ports. */
interface Traces {
  readonly status: Record<string, string>
  readonly hostCache: readonly HostErrors[]
  readonly logLines: number
  /** The very sockets that the server has open. */
  readonly sockets: readonly string[]
}

const COUNTERS = [
  'Aborted_clients',
  'Aborted_connects',
  'Aborted_connects_preauth',
  'Connection_errors_accept',
  'Connection_errors_internal',
  'Connection_errors_max_connections',
  'Connection_errors_peer_address',
  'Connection_errors_select',
  'Connection_errors_tcpwrap',
  'wsrep_cluster_conf_id',
  'wsrep_cluster_size',
  'wsrep_cluster_status',
  'wsrep_evs_delayed',
  'wsrep_local_state_comment',
]

export type AllTraces = Record<string, Traces>

/** Of every node that runs. */
export async function tracesOf(cluster: Cluster): Promise<AllTraces> {
  const running = cluster.nodes.filter((node) => cluster.runs(node))
  return Object.fromEntries(
    await Promise.all(running.map(async (node) => [node, await traces(cluster, node)])),
  )
}

async function traces(cluster: Cluster, node: string): Promise<Traces> {
  const status = await cluster.status(node, COUNTERS)
  const hostCache = await cluster.hostCache(node)
  const logLines = (await cluster.logLines(node)).length
  const sockets = (await cluster.fds(node)).filter((target) => target.startsWith('socket:'))
  return { status, hostCache, logLines, sockets }
}

/** Once the connection of the last statement is closed. */
const PATIENCE = { timeout: 10_000, interval: 200 }

/**
 * Nobody was there: nothing has changed, and no socket is open that was not, neither one left open nor a connection that
 * was made anew. (One less is no trace: a node that has just joined closes its connection to itself a while later.)
 */
export async function expectNoTraces(cluster: Cluster, before: AllTraces): Promise<void> {
  await vi.waitFor(async () => {
    const after = await tracesOf(cluster)
    expectNoNewSockets(after, before)
    expect(withoutSockets(after)).toEqual(withoutSockets(before))
  }, PATIENCE)
}

/**
 * Every peer has asked every node `logins` times to let an unknown user in, all the way to the refusal: that is counted
 * as an aborted connect and logged in one line each, and counts as no error of the peer's host.
 */
export async function expectOnlyLogins(cluster: Cluster, before: AllTraces, logins: number): Promise<void> {
  const total = logins * (cluster.nodes.length - 1)
  await vi.waitFor(async () => {
    const after = await tracesOf(cluster)
    expectNoNewSockets(after, before)
    for (const [node, { status, hostCache, logLines }] of Object.entries(after)) {
      const was = before[node] as Traces
      const expected = {
        ...was.status,
        aborted_connects: String(Number(was.status.aborted_connects) + total),
      }
      expect(status, node).toEqual(expected)
      expect(
        hostCache.filter(({ connectErrors, handshakeErrors }) => connectErrors + handshakeErrors > 0),
      ).toEqual([])
      const logged = (await cluster.logLines(node)).slice(was.logLines)
      expect(logged.filter((line) => !/Access denied for user 'pxc-netcheck'@/.test(line))).toEqual([])
      expect(logLines - was.logLines).toBe(total)
    }
  }, PATIENCE)
}

function expectNoNewSockets(after: AllTraces, before: AllTraces): void {
  for (const [node, { sockets }] of Object.entries(after)) {
    const opened = sockets.filter((socket) => !before[node]?.sockets.includes(socket))
    expect(opened, node).toEqual([])
  }
}

const withoutSockets = (all: AllTraces) =>
  Object.entries(all).map(([node, { status, hostCache, logLines }]) => ({
    node,
    status,
    hostCache,
    logLines,
  }))
