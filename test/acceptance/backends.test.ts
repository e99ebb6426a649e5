import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { machineState } from '../lab/machine.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

// Taken before `describeLab` tries what works here.
const machine = machineState()
afterAll(() => {
  expect(machineState()).toBe(machine)
})

const BY_PREFIX = [
  '--nodes',
  'n1=10.99.0.11,n2=10.99.0.12,n3=10.99.0.13',
  '--via',
  'ip netns exec {name}',
  '--timeout',
  '1',
]
const WAYS: readonly (readonly [string, readonly string[]])[] = [
  ['by a prefix', BY_PREFIX],
  ['by ssh and sudo', ['--nodes', 'dba@n1,dba@n2,dba@n3', '--become', '--timeout', '1']],
]
const NFT = `table inet filter {
  chain input {
    type filter hook input priority filter; policy accept;
    ct state established,related accept
    iif "lo" accept
    tcp dport 22 accept
    meta l4proto { tcp, udp } jump cluster
  }
  chain cluster {
    tcp dport { 3306, 4444, 4567-4568 } counter reject with icmpx type admin-prohibited
    udp dport 4567 drop
  }
}
`

/** Who blocks on which node, in the words of what the rules are written in. */
const BLOCKED: Record<string, { backend: string; chain: RegExp; tcp: RegExp; udp: RegExp }> = {
  n1: {
    backend: 'nft',
    chain: /^cluster$/,
    tcp: /^tcp dport \{ 3306, 4444, 4567-4568 \} counter reject with icmpx admin-prohibited$/,
    udp: /^udp dport 4567 drop$/,
  },
  n2: {
    backend: 'firewalld',
    chain: /^filter_IN(PUT|_public)$/,
    tcp: /^reject with icmpx admin-prohibited$/,
    udp: /^reject with icmpx admin-prohibited$/,
  },
  n3: {
    backend: 'ufw',
    chain: /^ufw-user-input$/,
    tcp: /^-A ufw-user-input -s 10\.99\.0\.0\/24 -j DROP$/,
    udp: /./,
  },
}

// firewall-cmd takes a third of a second for each line.
const PATIENCE = 180_000

describeLab(
  'native nft, firewalld and ufw',
  ['ssh', 'sudo', 'nft', 'firewalld', 'ufw', 'ip6tables', 'python3'],
  () => {
    let lab: Lab
    beforeAll(async () => {
      lab = await createLab({ ssh: true, sudo: true })
      await Promise.all([
        lab.nft('n1', NFT),
        lab.firewalld('n2'),
        lab.ufw('n3', ['allow 22/tcp', 'deny from 10.99.0.0/24']),
      ])
    })
    afterAll(() => lab?.close())

    async function blockedOn(ways: readonly string[]): Promise<Report> {
      const { code, report } = await check(lab, ['fix', ...ways])
      expect(code).toBe(2)
      const down = report.flows.filter(({ status }) => status === 'DOWN')
      expect(down).toHaveLength(report.flows.length)
      for (const { to, protocol, blockedAt, blockedBy } of down) {
        const wanted = BLOCKED[to]
        expect(blockedAt).toBe('target')
        expect(blockedBy?.node).toBe(to)
        expect(blockedBy?.chain).toMatch(wanted?.chain ?? /never/)
        expect(blockedBy?.rule).toMatch(wanted?.[protocol] ?? /never/)
      }
      return report
    }

    it.each(WAYS)(
      'are told apart and opened, each in its own words, %s',
      async (_, ways) => {
        const report = await blockedOn(ways)
        expect(report.fixes.map(({ node, backend, proven }) => ({ node, backend, proven }))).toEqual(
          Object.entries(BLOCKED).map(([node, { backend }]) => ({ node, backend, proven: true })),
        )
        const { code, stdout } = await lab.execTool(['fix', ...ways])
        expect(code).toBe(2)
        for (const { node, commands, opens } of report.fixes) {
          expect(opens).toHaveLength(10)
          // As it is printed.
          const from = stdout.indexOf(`On ${node}, as root, paste:`)
          expect(from).toBeGreaterThanOrEqual(0)
          expect(stdout.slice(from)).toContain(`${commands.join('\n')}\n`)
          const pasted = await lab.exec(node, ['sh', '-e'], { input: commands.join('\n') })
          expect(pasted, node).toMatchObject({ code: 0, stderr: '' })
        }
        const fixed = await check(lab, ['fix', ...ways])
        expect(fixed.report.flows.filter(({ status }) => status === 'DOWN')).toEqual([])
        expect(fixed.code).toBe(0)
        expect(fixed.report.fixes).toEqual([])

        for (const { node, undo } of report.fixes) {
          expect(await lab.exec(node, ['sh', '-e'], { input: undo.join('\n') })).toMatchObject({ code: 0 })
        }
        expect(await lab.leftovers()).toEqual([])
      },
      PATIENCE,
    )
  },
)
