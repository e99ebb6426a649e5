import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const BY_SSH = ['--nodes', 'n1,n2,n3']
const VIA = 'ip netns exec {name}'
const BY_PREFIX = ['--nodes', 'n1=10.99.0.11,n2=10.99.0.12,n3=10.99.0.13', '--via', VIA]
const AS_NOBODY = `${VIA} setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all`

describeLab('a mesh of three', ['ssh', 'iptables', 'loss'], () => {
  let lab: Lab
  beforeEach(async () => {
    lab = await createLab({ ssh: true })
  })
  afterEach(async () => {
    await lab?.close()
  })

  it.each([
    ['over ssh', BY_SSH],
    ['over ssh, without raw sockets', [...BY_SSH, '--no-raw']],
    ['over ssh as a user without rights', [...BY_SSH, '--user', 'dba']],
    ['through an exec prefix', BY_PREFIX],
  ])('healthy, %s: exit 0 and every path proven', async (_how, args) => {
    const { code, report } = await check(lab, args)
    expect(code).toBe(0)
    expect(report.status).toBe('OK')
    expect(report.flows).toHaveLength(30)
    expect(report.flows.filter(({ proof }) => proof !== 'witness' && proof !== 'echo')).toEqual([])
    expect(report.fixes).toEqual([])
  })

  it('a node that ssh does not reach: its row is unknown with the reason, the others are measured, exit 3', async () => {
    await lab.exec('n3', 'iptables -A INPUT -p tcp --dport 22 -j REJECT')
    const { code, report } = await check(lab, BY_SSH)
    expect(code).toBe(3)
    const n3 = report.nodes.find(({ name }) => name === 'n3')
    expect(n3).toMatchObject({ reachable: false, error: { code: 'ssh-refused' } })
    expect(n3?.error?.message).toMatch(/start sshd/)
    const byEnds = (from: string, to: string) => report.flows.filter((f) => f.from === from && f.to === to)
    expect(byEnds('n3', 'n1').map(({ status, reason }) => [status, reason])).toEqual(
      Array(5).fill(['UNKNOWN', 'source-unreachable']),
    )
    expect(byEnds('n1', 'n2').map(({ status }) => status)).toEqual(['CLOSED', 'CLOSED', 'OK', 'OK', 'OK'])
    // Towards it: a refusal that nobody witnessed proves nothing.
    expect(byEnds('n1', 'n3').filter(({ status }) => status !== 'UNKNOWN')).toEqual([])

    await lab.exec('n2', 'iptables -A INPUT -p tcp --dport 4567 -j DROP')
    const down = await check(lab, BY_SSH)
    expect(down.code).toBe(2)
  })

  it('eight REJECTed services at once, TCP and UDP: all DOWN at the target, none mistaken', async () => {
    const services = ['a', 'b', 'c', 'd'].flatMap((name, i) => ['--service', `${name}=${7001 + i}/tcp`])
    for (const node of ['n1', 'n2', 'n3']) {
      await lab.exec(
        node,
        'iptables -A INPUT -p tcp -m multiport --dports 4444,4567,4568,7001:7004 -j REJECT',
      )
      await lab.exec(node, 'iptables -A INPUT -p udp --dport 4567 -j REJECT')
    }
    const { code, report } = await check(lab, [...BY_PREFIX, ...services])
    expect(code).toBe(2)
    const shut = report.flows.filter(({ service }) => service !== 'mysql')
    expect(shut).toHaveLength(6 * 8)
    expect(shut.filter((flow) => flow.status !== 'DOWN' || flow.blockedAt !== 'target')).toEqual([])
    expect(report.flows.filter(({ service, status }) => service === 'mysql' && status !== 'CLOSED')).toEqual(
      [],
    )
    // The pacer keeps within what the kernel may send: every REJECT is seen as one, TCP and UDP.
    expect([...new Set(shut.map(({ reason }) => reason))]).toEqual(['icmp-port-unreachable'])
  })

  it.each([
    ['half-open', VIA],
    ['temporary listeners', AS_NOBODY],
  ])('loss of a fifth, by %s: no blocked flow is OK and no open one is DOWN', async (_how, via) => {
    await lab.exec('n2', 'iptables -A INPUT -p tcp -m multiport --dports 4444,4568 -j DROP')
    await lab.loss(20)
    for (let round = 0; round < 3; round++) {
      const { report } = await check(lab, [...BY_PREFIX.slice(0, 3), via])
      const wrong = report.flows.filter((flow) => {
        const blocked = flow.to === 'n2' && (flow.port === 4444 || flow.port === 4568)
        return blocked ? flow.status !== 'DOWN' : flow.status === 'DOWN'
      })
      expect(wrong).toEqual([])
    }
  })

  it('reads as a table at once: the answer first, the fix, one summary line last', async () => {
    await lab.exec('n2', 'iptables -A INPUT -p tcp --dport 4567 -j DROP')
    const { stdout } = await lab.execTool(BY_SSH)
    expect(stdout).toMatch(/^4567\/tcp galera/m)
    expect(stdout).toMatch(/n2 is blocked on 4567\/tcp from 2 of 2 peers \(n1, n3\) by its own INPUT/)
    expect(stdout).toMatch(
      /^iptables -I INPUT 1 --protocol tcp --match tcp --dport 4567 --source 10\.99\.0\.11 --jump ACCEPT$/m,
    )
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^CRITICAL: 2 of 30 flows DOWN/)
    const esc = String.fromCharCode(27)
    expect(stdout).not.toContain(esc)
  })
})
