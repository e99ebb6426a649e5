import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bootstrapArgv } from '../../src/agent/bootstrap.ts'
import { AGENT_PROGRAM } from '../../src/agent/program.ts'
import { type FlowResult, parseMessage } from '../../src/session/messages.ts'
import type { ProbeRequest } from '../../src/session/requests.ts'
import { readSigns } from '../../src/signs.ts'
import { judge } from '../../src/verdict.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'

const SECRET = 'conformance'
const TIMEOUT_MS = 1000

/** What both probers must conclude of a target that nobody looks into; the second verdict where an errno tells less. */
interface Case {
  readonly name: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** Default: n2's. */
  readonly address?: string
  readonly agent: string
  readonly inProcess?: string
}

// biome-ignore format: a table is read in columns
const CASES: readonly Case[] = [
  { name: 'a listener', port: 7001, protocol: 'tcp', agent: 'OK answered -' },
  { name: 'no listener', port: 7002, protocol: 'tcp', agent: 'UNKNOWN refused -' },
  { name: 'DROP', port: 7003, protocol: 'tcp', agent: 'DOWN dropped -' },
  { name: 'REJECT icmp-host-prohibited', port: 7004, protocol: 'tcp', agent: 'DOWN icmp-host-prohibited target', inProcess: 'DOWN icmp-host-unreachable -' },
  { name: 'REJECT icmp-net-unreachable', port: 7005, protocol: 'tcp', agent: 'DOWN icmp-net-unreachable target', inProcess: 'DOWN icmp-net-unreachable -' },
  // Node cannot see the ICMP error: for it a REJECT with port-unreachable is a refusal, which proves nothing.
  { name: 'REJECT icmp-port-unreachable', port: 7006, protocol: 'tcp', agent: 'DOWN icmp-port-unreachable target', inProcess: 'UNKNOWN refused -' },
  { name: 'no route', port: 7001, protocol: 'tcp', address: '203.0.113.1', agent: 'DOWN no-route source' },
  { name: 'UDP, no listener', port: 7002, protocol: 'udp', agent: 'UNKNOWN icmp-port-unreachable -', inProcess: 'UNKNOWN refused -' },
  { name: 'UDP DROP', port: 7003, protocol: 'udp', agent: 'UNKNOWN no-answer -' },
  { name: 'UDP, own OUTPUT DROP', port: 7007, protocol: 'udp', agent: 'DOWN send-not-permitted source' },
]

const RULES = `*filter
-A INPUT -p tcp --dport 7003 -j DROP
-A INPUT -p udp --dport 7003 -j DROP
-A INPUT -p tcp --dport 7004 -j REJECT --reject-with icmp-host-prohibited
-A INPUT -p tcp --dport 7005 -j REJECT --reject-with icmp-net-unreachable
-A INPUT -p tcp --dport 7006 -j REJECT --reject-with icmp-port-unreachable
COMMIT
`

describeLab('both probers', ['iptables'], () => {
  let lab: Lab
  let folder: string
  const conclusions = new Map<string, string>()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
    const program = join(folder, 'prober.mjs')
    await build({
      entryPoints: ['test/probe/in-process-main.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      logLevel: 'error',
    })
    lab = await createLab()
    await lab.iptables('n2', RULES)
    // A source each: what n2 may answer one peer with ICMP errors is limited.
    for (const source of ['n1', 'n3']) {
      await lab.iptables(source, '*filter\n-A OUTPUT -p udp --dport 7007 -j DROP\nCOMMIT\n')
    }
    await lab.serve('n2', { port: 7001, protocol: 'tcp' })
    const requests: ProbeRequest[] = CASES.map(({ name, port, protocol, address }) => ({
      id: name,
      method: protocol === 'udp' ? 'datagram' : 'connect',
      address: address ?? '10.99.0.12',
      port,
      echo: false,
    }))
    const [inProcess, agent] = await Promise.all([
      lab.exec('n3', [
        process.execPath,
        program,
        JSON.stringify({ requests, secret: SECRET, timeoutMs: TIMEOUT_MS }),
      ]),
      runAgent(requests),
    ])
    expect(inProcess.stderr).toBe('')
    conclude('in-process', inProcess.stdout)
    conclude('agent', agent)
  })
  afterAll(async () => {
    await lab?.close()
    if (folder) rmSync(folder, { recursive: true })
  })

  /** The agent's stdin stays open until it has said `probed`: its end is what ends the agent. */
  function runAgent(requests: readonly ProbeRequest[]): Promise<string> {
    const config = {
      token: 1,
      secret: SECRET,
      deadlineSeconds: 30,
      raw: false,
      peers: [],
      ports: [],
      udpPorts: [],
    }
    const child = lab.spawn('n1', bootstrapArgv(false))
    child.stdin.write(`${AGENT_PROGRAM}${JSON.stringify(config)}\n`)
    child.stdin.write(`${JSON.stringify({ do: 'probe', timeoutMs: TIMEOUT_MS, probes: requests })}\n`)
    return new Promise((resolve) => {
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes('"probed"')) child.stdin.end()
      })
      child.on('close', () => resolve(text))
    })
  }

  function conclude(prober: string, output: string): void {
    for (const line of output.split('\n')) {
      const message = parseMessage(line)
      if (message?.type !== 'flow') continue
      conclusions.set(`${prober} ${message.id}`, verdictOf(message))
    }
  }

  function verdictOf(flow: FlowResult): string {
    const { status, reason, blockedAt } = judge(
      readSigns(
        flow.attempts.map(
          (attempt) => ({ kind: 'probe' as const, method: flow.method, ...attempt }) as never,
        ),
        {
          protocol: flow.method === 'datagram' ? 'udp' : 'tcp',
          expects: 'always',
          sourceAddresses: ['10.99.0.11', '10.99.0.13'],
          targetAddresses: ['10.99.0.12'],
        },
      ),
    )
    return `${status} ${reason} ${blockedAt ?? '-'}`
  }

  it.each(CASES)('$name', ({ name, agent, inProcess }) => {
    expect({
      agent: conclusions.get(`agent ${name}`),
      inProcess: conclusions.get(`in-process ${name}`),
    }).toEqual({ agent, inProcess: inProcess ?? agent })
  })
})
