import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { reportOf } from './checks.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { VIA_NOBODY } from './machine.ts'
import { describeCluster } from './require.ts'
import { limit, rounds } from './rounds.ts'
import { until } from './until.ts'

// Datagrams to n3 are lost: its agent holds every port, those of mysqld among them, until the probes have timed out.
const LOSE_UDP = '*filter\n-A INPUT -p udp --dport 4567 -j DROP\nCOMMIT\n'
const PORTS = [3306, 4444, 4567, 4568]

describeCluster('mysqld gets its ports although a check holds them', [], () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await createLab()
    cluster = await createCluster(lab, { sst: 'mariabackup' })
    await cluster.startAll()
    await lab.iptables('n3', LOSE_UDP)
  }, 120_000)
  afterAll(() => lab?.close())

  const often = rounds(3, 50)
  it(`${often} times`, { timeout: limit(often, 60) }, async () => {
    for (let i = 0; i < often; i++) {
      await cluster.stop('n3')
      const report = reportOf(cluster, ['--via', VIA_NOBODY])
      await until(async () => {
        const ports = await cluster.listening('n3')
        return PORTS.every((port) => ports.includes(port))
      })
      const { ok, log } = await cluster.start('n3')
      expect(ok, log.slice(-4000)).toBe(true)
      // The ports are free for a node that needs them all at once, too.
      expect(log).not.toMatch(/Address already in use|bind/i)
      // Its agent held them, as was seen, and let them go: a listener that stays until it is asked for is `opened`. Whether a
      // probe had come by then is a matter of luck.
      const held = (await report).flows
        .filter(({ to, protocol }) => to === 'n3' && protocol === 'tcp')
        .flatMap(({ observations }) => observations.filter((seen) => seen.kind === 'listener'))
      expect(held.map(({ opened }) => opened)).toEqual(Array.from({ length: 8 }, () => false))
    }
  })
})
