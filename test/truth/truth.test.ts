import { expect, it } from 'vitest'
import type { Report, ReportFlow } from '../../src/report/report.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { CAUSES, type Cause, type Expected } from './causes.ts'

const AS_NOBODY = 'setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all'

async function arrange(cause: Cause): Promise<Lab> {
  const second = cause.routed ? '10.98.0.12' : '10.99.0.12'
  const lab = await createLab({
    hosts: [
      { name: 'n1', address: '10.99.0.11' },
      { name: 'n2', address: second },
    ],
  })
  for (const [host, rules] of Object.entries(cause.rules ?? {})) {
    const tool = cause.ipv6 ? 'ip6tables' : 'iptables'
    const policies = rules.startsWith(':') ? rules : `:INPUT ACCEPT\n${rules}`
    await lab.iptables(host, `*filter\n${policies}\nCOMMIT\n`, { tool })
  }
  for (const [host, command] of Object.entries(cause.run ?? {})) {
    const { code, stderr } = await lab.exec(host, command)
    expect(stderr).toBe('')
    expect(code).toBe(0)
  }
  if (cause.unplug !== undefined) await lab.down(cause.unplug)
  if (cause.listener) await lab.serve('n2', { port: 7001, protocol: 'tcp' })
  return lab
}

async function flows(lab: Lab, cause: Cause, via: string): Promise<Record<string, ReportFlow>> {
  const address = (name: string) => (cause.ipv6 ? lab.host(name).address6 : lab.host(name).address)
  const { stdout, stderr } = await lab.execTool([
    '--nodes',
    `n1=${address('n1')},n2=${address('n2')}`,
    '--via',
    via,
    '--service',
    'one=7001/tcp',
    '--service',
    'two=7001/udp',
    '--only',
    'one,two',
    '--timeout',
    String(cause.timeout ?? 1.5),
    '--format',
    'json',
  ])
  expect(stderr).toBe('')
  const report = JSON.parse(stdout) as Report
  expect(report.error).toBeUndefined()
  return Object.fromEntries(report.flows.map((flow) => [`${flow.from}>${flow.to} ${flow.protocol}`, flow]))
}

const verdict = (flow: ReportFlow | undefined): Expected | null =>
  flow === undefined ? null : [flow.status, flow.reason, flow.blockedAt]

/** A lab of its own for each kind of probe: routers and targets remember how many ICMP errors they have sent. */
async function measure(cause: Cause, privileged: boolean) {
  const lab = await arrange(cause)
  try {
    return await flows(lab, cause, privileged ? lab.via : `${lab.via} ${AS_NOBODY}`)
  } finally {
    await lab.close()
  }
}

const verdicts = (got: Record<string, ReportFlow>, cause: Cause) => ({
  tcp: cause.tcp && verdict(got['n1>n2 tcp']),
  udp: cause.udp && verdict(got['n1>n2 udp']),
})

describeLab('every cause a firewall, a router or a host has, as the kernel makes it', ['iptables'], () => {
  it.concurrent.each(CAUSES)('$name', async (cause) => {
    const [asRoot, asUser] = await Promise.all([measure(cause, true), measure(cause, false)])
    const { tcp, udp, tcpUser, udpUser } = cause
    expect({ root: verdicts(asRoot, cause), user: verdicts(asUser, cause) }).toEqual({
      root: { tcp, udp },
      user: { tcp: tcp && (tcpUser ?? tcp), udp: udp && (udpUser ?? udp) },
    })
    // Where a rule of n1 or n2 blocks, it is named.
    const ruled = cause.ruleNamed !== false && (cause.rules?.n1 ?? cause.rules?.n2) !== undefined
    for (const flow of [asRoot['n1>n2 tcp'], asRoot['n1>n2 udp']]) {
      if (ruled && flow?.status === 'DOWN') expect(flow.blockedBy?.rule, flow.protocol).toMatch(/DROP|REJECT/)
    }
  })
})
