import { afterEach, beforeEach, expect, it } from 'vitest'
import { hostFindings } from '../../src/findings/host-findings.ts'
import { measuredLink } from '../../src/findings/links.ts'
import type { Report, ReportPath } from '../../src/report/report.ts'
import { cluster } from '../findings/view.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const NAMES = ['n1', 'n2', 'n3']

describeLab(
  'round trips between the nodes',
  ['iptables', 'ip6tables', 'loss', 'delay', 'ssh', 'sudo'],
  () => {
    let lab: Lab
    beforeEach(async () => {
      // n3 is in another place, behind a router.
      lab = await createLab({
        ssh: true,
        hosts: [
          { name: 'n1', address: '10.99.0.11' },
          { name: 'n2', address: '10.99.0.12' },
          { name: 'n3', address: '10.98.0.13' },
        ],
      })
    })
    afterEach(async () => {
      expect(await lab.leftovers()).toEqual([])
      await lab?.close()
    })

    const nodes = (ipv6 = false) => [
      '--nodes',
      NAMES.map((name) => `${name}=${ipv6 ? lab.host(name).address6 : lab.host(name).address}`).join(','),
    ]
    const viaRoot = (ipv6 = false) => [...nodes(ipv6), '--via', lab.via]
    const names = ({ paths }: Report) => (paths ?? []).map(({ from, to }) => `${from}>${to}`)
    const path = ({ paths }: Report, name: string): ReportPath => {
      const found = paths?.find(({ from, to }) => `${from}>${to}` === name)
      if (found === undefined) throw new Error(`no path ${name}`)
      return found
    }
    const ALL = NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => `${from}>${to}`))

    it.each([
      ['IPv4', false],
      ['IPv6', true],
    ])('every pair, and a long way as long as it is: %s', async (_, ipv6) => {
      await lab.delay('n3', 150)
      const { code, report } = await check(lab, [...viaRoot(ipv6), '--rtt'])
      expect(names(report)).toEqual(ALL)
      for (const each of report.paths ?? []) {
        const far = each.from === 'n3' || each.to === 'n3'
        expect(each).toMatchObject({ samples: 20, lost: 0 })
        expect(each.minMs ?? 0, `${each.from}>${each.to}`)[far ? 'toBeGreaterThanOrEqual' : 'toBeLessThan'](
          300,
        )
        expect(each.minMs ?? 0).toBeLessThan(600)
      }
      expect({ code, down: report.flows.filter(({ status }) => status === 'DOWN') }).toEqual({
        code: 0,
        down: [],
      })
    })

    it('as a second matrix', async () => {
      await lab.delay('n3', 150)
      const { stdout } = await lab.execTool([...viaRoot(), '--rtt'])
      const [, rtt = ''] = stdout.split('round trip, ms\n')
      const [head, n1, , n3] = rtt.split('\n').map((line) => line.split(/ {2,}/))
      expect(head).toEqual(['from \\ to', 'n1', 'n2', 'n3'])
      expect(n1?.slice(0, 2)).toEqual(['n1', '-'])
      expect(n1?.[2]).toMatch(/^\d+\.\d+ \(\d+\.\d+-\d+(\.\d+)?\)$/)
      expect(n3?.[1]).toMatch(/^\d{3} \(3\d\d-\d+\)$/)
      expect(rtt).toContain('Average (min-max) of 20 half-open probes a pair')
      expect((await lab.execTool([...viaRoot(), '--rtt', '--quiet'])).stdout).not.toContain('round trip')
    })

    it.each([
      [10, ['wan-segments info']],
      [300, ['rtt-timers warning', 'wan-segments info']],
    ])('a way of twice %i ms against the timers of Galera: %o', async (ms, findings) => {
      await lab.delay('n3', ms)
      const { report } = await check(lab, [...viaRoot(), '--rtt'])
      const view = { ...cluster(3), links: (report.paths ?? []).map(measuredLink) }
      expect(hostFindings(view).map(({ code, severity }) => `${code} ${severity}`)).toEqual(findings)
    })

    it('loss is counted, and no answer that was repeated is taken for a slow one', async () => {
      await lab.loss(20)
      const { report } = await check(lab, [...viaRoot(), '--rtt', '--timeout', '6'])
      await lab.loss(0)
      const paths = report.paths ?? []
      // Of 120 packets, each with two ways to be lost, and more through the router.
      expect(paths.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(10)
      for (const { maxMs, minMs } of paths) expect((maxMs ?? 0) - (minMs ?? 0)).toBeLessThan(900)
    })

    it('a pair whose every flow is blocked is not measured, the others are', async () => {
      await lab.exec('n2', 'iptables -A INPUT -s 10.99.0.11 -j DROP')
      const args = [...viaRoot(), '--rtt']
      const { report } = await check(lab, args)
      // The answers of n1 to n2 die in the same rule.
      expect(names(report)).toEqual(ALL.filter((name) => name !== 'n1>n2' && name !== 'n2>n1'))
      const { stdout } = await lab.execTool(args)
      expect(stdout).toContain('Not measured: n1 -> n2, n2 -> n1, where no TCP port')
    })

    it('the port is one that nobody listens at, where there is one', async () => {
      const servers = await Promise.all(
        [3306, 4567, 4568].map((port) => lab.serve('n2', { protocol: 'tcp', port })),
      )
      const { report } = await check(lab, [...viaRoot(), '--rtt'])
      expect([path(report, 'n1>n2').port, path(report, 'n2>n1').port]).toEqual([4444, 4568])
      const only = await check(lab, [...viaRoot(), '--rtt', '--only', 'galera,ist'])
      // Whoever listens at 4568 waits for a state transfer.
      expect(path(only.report, 'n1>n2').port).toBe(4567)
      expect(await Promise.all(servers.map((server) => server.accepted()))).toEqual([0, 0, 0])
    })

    it('without root nothing is measured, and it says what to do', async () => {
      const { report } = await check(lab, [...nodes(), '--user', 'dba', '--rtt'])
      expect(report.paths).toEqual([])
      const { stdout } = await lab.execTool([...nodes(), '--user', 'dba', '--rtt'])
      expect(stdout).toContain('Round trips not measured: from n1, n2, n3, which takes raw sockets')
      await lab.sudo(true)
      const become = await check(lab, [...nodes(), '--user', 'dba', '--become', '--rtt'])
      expect(names(become.report)).toEqual(ALL)
    })

    it('nothing of it is asked for or sent without --rtt', async () => {
      const count = 'iptables -I INPUT -p tcp --syn'
      await lab.exec('n2', count)
      const syns = async () =>
        Number(
          /^\[(\d+):/m.exec((await lab.exec('n2', "iptables-save -c | grep -- '--tcp-flags'")).stdout)?.[1],
        )
      const { report } = await check(lab, viaRoot())
      expect(report.paths).toBeUndefined()
      // Two sources, four services, and not one more.
      expect(await syns()).toBe(8)
      await check(lab, [...viaRoot(), '--rtt'])
      expect(await syns()).toBe(8 + 8 + 2 * 20)
    })
  },
)
