import { afterAll, beforeAll, expect, it } from 'vitest'
import { AFTER_FIVE_RULES } from '../lab/article.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { startPmmServer } from '../lab/pmm.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const NODES = ['--nodes', 'n1=10.99.0.11,n2=10.99.0.12', '--via', 'ip netns exec {name}']
const PMM = ['--pmm-server', 'pmm=10.99.0.50']

describeLab("the article's second half", ['ssh', 'iptables'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab({
      ssh: true,
      hosts: [
        { name: 'n1', address: '10.99.0.11' },
        { name: 'n2', address: '10.99.0.12' },
        { name: 'pmm', address: '10.99.0.50', ssh: false },
      ],
    })
    for (const node of ['n1', 'n2']) {
      await lab.serve(node, { port: 42000, protocol: 'tcp' })
      await lab.serve(node, { port: 42002, protocol: 'tcp' })
    }
    await startPmmServer(lab, 'pmm', { versions: ['1', '3'] })
  })
  afterAll(async () => lab?.close())

  it('its graphs are empty, rules 7 and 8 of each node are printed, and the graphs fill', async () => {
    for (const node of ['n1', 'n2']) await lab.iptables(node, AFTER_FIVE_RULES)
    const before = await check(lab, [...NODES, ...PMM, '--pmm', '1'])
    expect(before.code).toBe(2)
    const down = before.report.flows.filter(({ status }) => status === 'DOWN')
    expect(down.map(({ id }) => id)).toEqual([
      'pmm->n1/pmm-linux',
      'pmm->n1/pmm-mysql',
      'pmm->n2/pmm-linux',
      'pmm->n2/pmm-mysql',
    ])
    expect(down.every(({ proof, blockedAt }) => proof === 'witness' && blockedAt === 'target')).toBe(true)
    expect(before.report.flows.filter(({ service }) => service === 'pmm-server')).toMatchObject([
      { from: 'n1', to: 'pmm', status: 'OK', port: 443 },
      { from: 'n2', to: 'pmm', status: 'OK', port: 443 },
    ])
    for (const { node, commands, proven } of before.report.fixes) {
      expect(proven).toBe(true)
      expect(commands).toEqual([
        'iptables -I INPUT 11 --protocol tcp --match tcp --dport 42000 --source 10.99.0.50 --jump ACCEPT',
        'iptables -I INPUT 12 --protocol tcp --match tcp --dport 42002 --source 10.99.0.50 --jump ACCEPT',
      ])
      const pasted = await lab.exec(node, `set -e\n${commands.join('\n')}`)
      expect(pasted.code).toBe(0)
    }
    const after = await check(lab, [...NODES, ...PMM, '--pmm', '1'])
    expect(after.code).toBe(0)
    expect(after.report.fixes).toEqual([])
  })

  it('a node that nobody fetches from is well with its exporters shut, and only warned of where that is not known', async () => {
    for (const node of ['n1', 'n2']) await lab.iptables(node, AFTER_FIVE_RULES)
    const push = await check(lab, [...NODES, ...PMM, '--pmm', '3'])
    expect(push.code).toBe(0)
    expect(push.report.flows.some(({ port }) => port >= 42000)).toBe(false)
    const unknown = await check(lab, [...NODES, ...PMM])
    expect(unknown.code).toBe(1)
    expect(unknown.report.flows.filter(({ port }) => port >= 42000).every(({ required }) => !required)).toBe(
      true,
    )
  })

  it('without a login on the server the rules of the nodes tell, and --source-network opens its network', async () => {
    for (const node of ['n1', 'n2']) await lab.iptables(node, AFTER_FIVE_RULES)
    const { report, code } = await check(lab, [
      '--nodes',
      'n1,n2',
      ...PMM,
      '--pmm',
      '1',
      '--source-network',
      '10.99.0.48/29',
    ])
    expect(code).toBe(2)
    expect(report.findings).toMatchObject([{ code: 'pmm-not-asked', severity: 'info' }])
    const exporters = report.flows.filter(({ from }) => from === 'pmm')
    expect(exporters).toHaveLength(4)
    for (const flow of exporters) {
      expect(flow).toMatchObject({ status: 'DOWN', proof: 'rules', reason: 'icmp-host-prohibited' })
      expect(flow.blockedBy).toMatchObject({ chain: 'INPUT', position: 11 })
    }
    expect(report.fixes[0]?.commands[0]).toContain('--dport 42000 --source 10.99.0.48/29 --jump ACCEPT')
  })
})
