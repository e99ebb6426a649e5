import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { type Checked, CheckLoop, downOf, type Mode } from './checks.ts'
import { type Cluster, createCluster } from './cluster.ts'
import type { ClusterOptions } from './config.ts'
import type { Gate } from './gates.ts'
import { describeCluster } from './require.ts'
import { limit, rounds } from './rounds.ts'
import type { Started } from './server.ts'
import { heldIst, heldTransfer } from './transfer.ts'

interface Kind {
  name: string
  options: ClusterOptions
  /** Where the donor is held, so that checks meet the waiting joiner. */
  gates: readonly Gate[]
}

const KINDS: readonly Kind[] = [
  { name: 'mariabackup', options: { sst: 'mariabackup' }, gates: ['donor', 'data'] },
  { name: 'mariabackup with TLS', options: { sst: 'mariabackup', tls: true }, gates: ['donor', 'data'] },
  { name: 'rsync', options: { sst: 'rsync' }, gates: ['donor'] },
]

const MODES: readonly Mode[] = ['zero-touch', 'unprivileged', 'zero-touch']

/** The flow to the joiner's waiting port, as the checks saw it. */
function expectSeen(checks: readonly Checked[], service: 'sst' | 'ist'): void {
  for (const { mode, flows } of checks) {
    const flow = flows.get(`n2>n3 ${service}`)
    expect(flow?.listening, mode).toBe(true)
    if (mode === 'zero-touch') expect(flow?.status).toBe('OK')
    else expect(flow?.reason).toBe('transfer-in-progress')
  }
}

for (const { name, options, gates } of KINDS) {
  describeCluster(`a transfer completes while the check runs without a pause: ${name}`, [], () => {
    let lab: Lab
    let cluster: Cluster
    beforeAll(async () => {
      lab = await createLab()
      cluster = await createCluster(lab, options)
      await cluster.startAll(['n1', 'n2'])
    }, 120_000)
    afterAll(() => lab?.close())

    /** One transfer under checks from before its start to after its end. */
    async function underChecks(transfer: (loop: CheckLoop) => Promise<Started>): Promise<void> {
      const loop = new CheckLoop(cluster, MODES)
      const { ok, log } = await transfer(loop).finally(() => loop.stop())
      expect(ok, log.slice(-4000)).toBe(true)
      expect(downOf(loop.done)).toEqual([])
    }

    const ssts = rounds(1, 20)
    it(`SST, ${ssts} times`, { timeout: limit(ssts, 90) }, async () => {
      for (let i = 0; i < ssts; i++) {
        await cluster.stop('n3')
        await cluster.wipe('n3')
        await underChecks((loop) =>
          heldTransfer(cluster, 'n3', gates, async (_, ended) => {
            // 4568 has been served already: the donor connects there before its script begins.
            expect(await cluster.listening('n3')).toContain(4444)
            expectSeen(await loop.more(MODES.length, ended), 'sst')
          }),
        )
      }
    })

    const ists = rounds(1, 20)
    it(`IST, ${ists} times`, { timeout: limit(ists, 90) }, async () => {
      if (!cluster.runs('n3')) await cluster.start('n3')
      for (let i = 0; i < ists; i++) {
        await cluster.stop('n3')
        await underChecks((loop) =>
          heldIst(cluster, 'n3', 'n1', async (ended) => {
            expect(await cluster.listening('n3')).toContain(4568)
            expectSeen(await loop.more(MODES.length, ended), 'ist')
            expect(await cluster.listening('n3')).toContain(4568)
          }),
        )
      }
    })
  })
}
