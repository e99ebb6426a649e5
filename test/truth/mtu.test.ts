import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'

/** The way to n2 is narrow behind the router, as a tunnel is; the way back is not. */
const NARROW = 'ip route change 10.98.0.0/24 dev eth1 mtu lock 1400'
/** Linux forwards IPv6 by the link's MTU, which narrows both ways. */
const NARROW6 = 'ip link set eth1 mtu 1400'
const MUTE =
  'iptables -A OUTPUT -p icmp -j DROP; ip6tables -A OUTPUT -p ipv6-icmp --icmpv6-type packet-too-big -j DROP'
const CLAMP = 'iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1360'

describeLab('full-sized packets', ['iptables', 'ip6tables'], () => {
  let lab: Lab
  beforeEach(async () => {
    lab = await createLab({
      hosts: [
        { name: 'n1', address: '10.99.0.11' },
        { name: 'n2', address: '10.98.0.12' },
      ],
    })
  })
  afterEach(async () => {
    await lab?.close()
  })

  async function check(args: readonly string[] = [], ipv6 = false) {
    const address = (name: string) => (ipv6 ? lab.host(name).address6 : lab.host(name).address)
    const nodes = `n1=${address('n1')},n2=${address('n2')}`
    const { code, stdout, stderr } = await lab.execTool([
      '--nodes',
      nodes,
      '--via',
      lab.via,
      '--json',
      ...args,
    ])
    expect(stderr).toBe('')
    const report = JSON.parse(stdout) as Report
    const towards = report.flows.filter(({ from, protocol }) => from === 'n1' && protocol === 'tcp')
    return {
      code,
      findings: report.findings,
      statuses: towards.map(({ status, reason }) => `${status} ${reason}`),
    }
  }

  it.each([
    ['IPv4', false],
    ['IPv6', true],
  ])('a black hole: handshakes work, and the size that dies is named (%s)', async (_family, ipv6) => {
    await lab.exec('router', `${ipv6 ? NARROW6 : NARROW}; ${MUTE}`)
    const { code, findings, statuses } = await check([], ipv6)
    expect(code).toBe(2)
    expect(new Set(statuses)).toEqual(new Set(['DOWN payload-lost']))
    expect(findings.filter(({ args }) => args.from === 'n1')).toMatchObject([
      { code: 'mtu-black-hole', args: { from: 'n1', to: 'n2', passes: 1400, dies: 1420, clamped: false } },
    ])
  })

  it('a narrow link that says so by ICMP is fine', async () => {
    await lab.exec('router', NARROW)
    const { code, findings } = await check()
    expect({ code, findings }).toEqual({ code: 0, findings: [] })
  })

  it('a black hole for all but TCP, whose MSS the router lowers: a warning, and no flow is DOWN', async () => {
    await lab.exec('router', `${NARROW}; ${MUTE}; ${CLAMP}`)
    const { code, findings, statuses } = await check()
    expect(code).toBe(1)
    expect(statuses.filter((status) => status.startsWith('DOWN'))).toEqual([])
    expect(findings).toMatchObject([{ code: 'mtu-black-hole', args: { passes: 1400, clamped: true } }])
  })

  it("the target's own interface is smaller: TCP keeps to what it announces, so no flow is DOWN", async () => {
    await lab.exec('n2', 'ip link set dev eth0 mtu 1400')
    const { code, findings, statuses } = await check()
    await lab.exec('n2', 'ip link set dev eth0 mtu 1500')
    expect(code).toBe(1)
    expect(statuses.filter((status) => status.startsWith('DOWN'))).toEqual([])
    expect(findings).toMatchObject([{ code: 'mtu-differs', args: { from: 'n1', to: 'n2', toMtu: 1400 } }])
  })

  it('nothing is claimed where the network stops the test packets whatever their size', async () => {
    await lab.exec('router', `${NARROW}; ${MUTE}; iptables -A FORWARD -p tcp --tcp-flags RST RST -j DROP`)
    expect((await check()).findings).toEqual([])
  })

  it('no full-sized packet is sent with --no-mtu', async () => {
    await lab.exec('router', `${NARROW}; ${MUTE}`)
    expect((await check(['--no-mtu'])).findings).toEqual([])
  })
})
