import { afterEach, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { check } from './checks.ts'
import { createCluster } from './cluster.ts'
import { describeCluster } from './require.ts'

const udp = async (lab: Lab) => (await lab.listeners('n1')).filter(({ protocol }) => protocol === 'udp')

// src/check/multicast.ts tells from these sockets whether 4567/udp is needed.
describeCluster('the UDP sockets of a member', [], () => {
  let lab: Lab
  afterEach(() => lab?.close())

  it('are none by default', async () => {
    lab = await createLab()
    const cluster = await createCluster(lab, { nodes: ['n1', 'n2'], sst: 'mariabackup' })
    expect((await cluster.bootstrap('n1')).ok).toBe(true)
    expect(await udp(lab)).toEqual([])
    const { flows } = await check(cluster, 'zero-touch')
    expect(flows.get('n2>n1 galera-udp')).toMatchObject({ status: 'OK', listening: false })
  })

  it('are one on the group, and nothing is sent there, with gmcast.mcast_addr', async () => {
    lab = await createLab()
    const multicast = '239.192.0.11'
    const cluster = await createCluster(lab, { nodes: ['n1', 'n2'], sst: 'mariabackup', multicast })
    // Without a route for the group mysqld does not start: "No such device".
    await lab.exec('n1', 'ip route add 224.0.0.0/4 dev eth0')
    const { ok, log } = await cluster.bootstrap('n1')
    expect(ok, log).toBe(true)
    expect(await udp(lab)).toEqual([{ protocol: 'udp', address: multicast, port: 4567 }])
    const before = (await cluster.logLines('n1')).length
    const { flows } = await check(cluster, 'zero-touch')
    expect(flows.get('n2>n1 galera-udp')?.status).toBe('OK')
    const received = await lab.exec('n1', 'cat /proc/net/udp')
    // local address, remote address, state, tx:rx queue … drops
    expect(received.stdout).toMatch(/0B00C0EF:11D7 00000000:0000 07 00000000:00000000 .* 0\s*$/m)
    expect((await cluster.logLines('n1')).length).toBe(before)
  })
})
