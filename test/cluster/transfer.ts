import type { Lab } from '../lab/lab.ts'
import type { Cluster } from './cluster.ts'
import { type Gate, heldAt, hold, letGo } from './gates.ts'
import type { Started } from './server.ts'

/** Runs `at` while the transfer that `joiner` needs is held at each of the gates; resolves with how the start ended. */
export async function heldTransfer(
  cluster: Cluster,
  joiner: string,
  gates: readonly Gate[],
  at: (gate: Gate, ended: AbortSignal) => Promise<void>,
): Promise<Started> {
  const { lab } = cluster
  const ended = new AbortController()
  for (const gate of gates) await hold(lab, gate)
  const started = cluster.start(joiner).then((result) => {
    ended.abort(new Error(`the start of ${joiner} has ended:\n${result.log.slice(-4000)}`))
    return result
  })
  try {
    for (const gate of gates) {
      await heldAt(lab, gate, ended.signal)
      await at(gate, ended.signal)
      await letGo(lab, gate)
    }
  } catch (error) {
    await cluster.kill(joiner)
    throw error
  } finally {
    for (const gate of gates) await letGo(lab, gate)
  }
  return started
}

/**
 * Keeps a donor from connecting to 4568 until the returned function is called. Only what the kernel itself begins is
 * dropped, a SYN of 60 bytes: a hand-made one is shorter.
 */
async function holdIst(lab: Lab, donor: string): Promise<() => Promise<void>> {
  const rule = '-A OUTPUT -p tcp --syn --dport 4568 -m length --length 60 -j DROP'
  await lab.iptables(donor, `*filter\n:OUTPUT ACCEPT\n${rule}\nCOMMIT\n`)
  return () => lab.flush(donor)
}

/** Runs `at` while a node that has missed a few rows waits on 4568 for `donor`. */
export async function heldIst(
  cluster: Cluster,
  joiner: string,
  donor: string,
  at: (ended: AbortSignal) => Promise<void>,
): Promise<Started> {
  await cluster.write(donor, 20)
  const release = await holdIst(cluster.lab, donor)
  const from = (await cluster.server(joiner).logText()).length
  const ended = new AbortController()
  const started = cluster.start(joiner, [`--wsrep-sst-donor=${donor}`]).then((result) => {
    ended.abort(new Error(`the start of ${joiner} has ended:\n${result.log.slice(-4000)}`))
    return result
  })
  try {
    await cluster.server(joiner).logged(/Prepared IST receiver for/, from)
    await at(ended.signal)
  } catch (error) {
    await cluster.kill(joiner)
    throw error
  } finally {
    await release()
  }
  return started
}
