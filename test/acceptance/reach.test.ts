import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const BY_SSH = ['--nodes', 'n1,n2,n3']

describeLab('ways to the nodes', ['ssh', 'sudo', 'iptables'], () => {
  let lab: Lab
  beforeEach(async () => {
    lab = await createLab({ ssh: true })
  })
  afterEach(async () => {
    await lab?.close()
  })

  it('a node whose address is this host is probed without ssh', async () => {
    await lab.exec('n1', 'iptables -A INPUT -p tcp --dport 22 -j DROP')
    const { code, report } = await check(lab, BY_SSH, { from: 'n1' })
    expect(code).toBe(0)
    expect(report.nodes.map(({ via, reachable }) => [via, reachable])).toEqual([
      ['local', true],
      ['ssh', true],
      ['ssh', true],
    ])
  })

  it('--become makes a user see what root sees, and says what to do where sudo refuses', async () => {
    await lab.exec('n2', 'iptables -A INPUT -p tcp --dport 4567 -j DROP')
    const asUser = await check(lab, [...BY_SSH, '--user', 'dba'])
    expect(asUser.report.nodes.every(({ privileged }) => privileged)).toBe(false)
    const unproven = asUser.report.fixes.find(({ node }) => node === 'n2')
    expect(unproven?.proven ?? false).toBe(false)

    const refused = await check(lab, [...BY_SSH, '--user', 'dba', '--become'])
    expect(refused.code).toBe(3)
    expect(refused.report.nodes.map(({ error }) => error?.code)).toEqual(Array(3).fill('sudo-refused'))
    expect(refused.report.nodes[0]?.error?.message).toMatch(/without a password/)

    await lab.sudo(true)
    const asRoot = await check(lab, [...BY_SSH, '--user', 'dba', '--become'])
    expect(asRoot.code).toBe(2)
    expect(asRoot.report.nodes.every(({ privileged }) => privileged)).toBe(true)
    expect(asRoot.report.fixes).toMatchObject([{ node: 'n2', backend: 'iptables', proven: true }])
  })

  it('--via none probes from here only, and claims nothing that it cannot prove', async () => {
    await lab.serve('n2', { port: 4567, protocol: 'tcp' })
    await lab.exec('n3', 'iptables -A INPUT -p tcp --dport 4567 -j REJECT --reject-with icmp-host-prohibited')
    const { code, report } = await check(lab, [...BY_SSH, '--via', 'none', '--only', 'galera,sst'])
    const galera = Object.fromEntries(
      report.flows.filter(({ service }) => service === 'galera').map((flow) => [flow.to, flow]),
    )
    expect(galera.n2).toMatchObject({ status: 'OK', proof: 'handshake' })
    expect(galera.n1).toMatchObject({ status: 'UNKNOWN', reason: 'refused' })
    expect(galera.n3).toMatchObject({ status: 'DOWN', reason: 'icmp-host-prohibited', blockedAt: 'target' })
    expect(code).toBe(2)
  })

  it('without a usable Python here, the in-process prober takes the place of the agent', async () => {
    // A file that cannot be run over each interpreter, in the lab's own mount namespace.
    const hide =
      'for p in /usr/bin/python3 /usr/libexec/platform-python; do [ -e $p ] && mount --bind /etc/hosts $p; done; true'
    await lab.serve('n2', { port: 7001, protocol: 'tcp' })
    expect((await lab.exec('holder', hide)).stderr).toBe('')
    const args = ['--nodes', 'n2,n3', '--via', 'none', '--service', 'own=7001/tcp', '--only', 'own']
    const { report } = await check(lab, args)
    expect(report.nodes[0]).toMatchObject({ via: 'local', reachable: true, privileged: false })
    expect(report.flows.map(({ to, status, reason }) => [to, status, reason])).toEqual([
      ['n2', 'OK', 'answered'],
      ['n3', 'UNKNOWN', 'refused'],
    ])
  })

  it('user@host, options of ssh, an IPv6 literal', async () => {
    const { report } = await check(lab, ['--nodes', 'dba@n1,dba@n2', '--ssh-option', 'ServerAliveInterval=5'])
    expect(report.nodes.map(({ reachable }) => reachable)).toEqual([true, true])
    const ipv6 = ['--nodes', 'n1=fd00:99::11,n2=fd00:99::12', '--via', lab.via]
    const { code, report: over6 } = await check(lab, ipv6)
    expect(code).toBe(0)
    expect(over6.flows.map(({ address }) => address)).toContain('fd00:99::12')
  })

  it('a node that never answers ends with the deadline, and the others are told', async () => {
    const via = `sh -c 'case {name} in n3) exec sleep 100;; *) exec ip netns exec {name} "$@";; esac' sh`
    const nodes = 'n1=10.99.0.11,n2=10.99.0.12,n3=10.99.0.13'
    const { code, report } = await check(lab, ['--nodes', nodes, '--via', via, '--deadline', '5'])
    expect(code).toBe(3)
    expect(report.nodes.map(({ reachable }) => reachable)).toEqual([true, true, false])
    expect(report.nodes[2]?.error?.code).toBe('agent-silent')
  })
})
