import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { filter } from '../agent/agents.ts'
import { toolBundle } from '../lab/bundle.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import type { Listener } from '../lab/listeners.ts'
import type { LabProcess } from '../lab/processes.ts'
import { describeLab } from '../lab/require.ts'

const NODES = ['n1', 'n2', 'n3']
/** The requirement: this long after any end, nothing may be left. */
const LIMIT_MS = 2000

type Victim = 'the tool (SIGINT)' | 'the tool (SIGTERM)' | 'the tool' | 'its ssh clients' | 'the agents'
type Way = 'raw' | '--no-raw' | '--become'

const VICTIMS: readonly Victim[] = ['the tool (SIGINT)', 'the tool', 'its ssh clients', 'the agents']
const ROUNDS: readonly (readonly [victim: Victim, way: Way])[] = [
  ...[1, 2].flatMap(() =>
    (['raw', '--no-raw'] as const).flatMap((way) => VICTIMS.map((v) => [v, way] as const)),
  ),
  ...VICTIMS.map((victim) => [victim, '--become'] as const),
  ['the tool (SIGTERM)', 'raw'],
]

const tcpPorts = (listeners: readonly Listener[]) =>
  listeners.filter(({ protocol }) => protocol === 'tcp').map(({ port }) => port)

describeLab('no trace is left', ['ssh', 'sudo', 'python3', 'iptables'], () => {
  let lab: Lab
  let before: Listener[][]
  const listeners = () => Promise.all(NODES.map((host) => lab.listeners(host)))
  const agents = () =>
    lab.processes().filter(({ host, args }) => NODES.includes(host) && /python3$/.test(args[0] ?? ''))
  beforeAll(async () => {
    lab = await createLab({ ssh: true, sudo: true })
    // Nothing comes through but ssh, and nothing is refused: every probe lasts until its time is over.
    const rules = ['INPUT -p tcp --dport 3306:4568 -j DROP', 'INPUT -p udp --dport 3306:4568 -j DROP']
    await Promise.all(NODES.map((host) => lab.iptables(host, filter(...rules))))
    before = await listeners()
  })
  afterAll(() => lab?.close())

  /** Packets that the nodes have dropped. */
  async function dropped(): Promise<number[]> {
    const counts = NODES.map(async (host) => {
      const { stdout } = await lab.exec(host, 'iptables -nvxL INPUT')
      return [...stdout.matchAll(/^ +(\d+) +\d+ DROP/gm)].reduce((sum, row) => sum + Number(row[1]), 0)
    })
    return Promise.all(counts)
  }

  const kill = (pids: readonly number[]) =>
    lab.exec('holder', ['/bin/kill', '-s', 'KILL', '--', ...pids.map(String)])

  /** What still runs when nothing does any more or the time is over. */
  async function leftAfter(began: number): Promise<LabProcess[]> {
    let left = lab.processes()
    while (left.length > 0 && performance.now() - began < LIMIT_MS) {
      await delay(10)
      left = lab.processes()
    }
    return left
  }

  it.each(ROUNDS.map(([victim, way], index) => [index + 1, victim, way] as const))(
    'round %i: %s ends, %s',
    async (_round, victim, way) => {
      const start = await dropped()
      const user = way === '--become' ? 'dba@' : ''
      const nodes = NODES.map((name) => `${user}${name}`).join(',')
      const options = way === 'raw' ? [] : [way]
      const argv = [process.execPath, toolBundle(), '--nodes', nodes, '--timeout', '8', ...options]
      const tool = lab.spawn('admin', argv)
      const exited = once(tool, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
      tool.stdout.resume()
      tool.stderr.resume()
      // In flight: every node has dropped a probe of another one; without raw sockets the listeners are open too.
      await expect
        .poll(async () => (await dropped()).every((count, index) => count > (start[index] ?? 0)), {
          timeout: 20_000,
        })
        .toBe(true)
      const open = await listeners()
      expect(agents().length).toBeGreaterThanOrEqual(3)
      const held = way === '--no-raw' ? [3306, 4444, 4567, 4568] : []
      expect(open.map(tcpPorts)).toEqual(before.map((host) => [...tcpPorts(host), ...held]))

      const began = performance.now()
      if (victim === 'the tool (SIGINT)') tool.kill('SIGINT')
      else if (victim === 'the tool (SIGTERM)') tool.kill('SIGTERM')
      else if (victim === 'the tool') tool.kill('SIGKILL')
      else if (victim === 'the agents') await kill(agents().map(({ pid }) => pid))
      else
        await kill(
          lab
            .processes('admin')
            .filter(({ args }) => args[0] === 'ssh')
            .map(({ pid }) => pid),
        )

      expect(await leftAfter(began)).toEqual([])
      expect(await listeners()).toEqual(before)
      const [code, signal] = await exited
      const interrupted = { 'the tool (SIGINT)': 130, 'the tool (SIGTERM)': 143 } as Record<Victim, number>
      if (victim === 'the tool') expect(signal).toBe('SIGKILL')
      // What a node can no longer tell is UNKNOWN.
      else expect(code).toBe(interrupted[victim] ?? 3)
    },
  )

  it('Ctrl-C while ssh still waits for a host that does not answer', async () => {
    await lab.iptables('n3', filter('INPUT -p tcp --dport 22 -j DROP'))
    const tool = lab.spawn('admin', [process.execPath, toolBundle(), '--nodes', NODES.join(',')])
    const exited = once(tool, 'exit')
    tool.stdout.resume()
    tool.stderr.resume()
    await expect.poll(() => agents().length, { timeout: 20_000 }).toBe(2)
    const began = performance.now()
    tool.kill('SIGINT')
    expect(await leftAfter(began)).toEqual([])
    expect(await exited).toEqual([130, null])
  })

  it.each([1, 2, 3])('kill -9 of the tool while its agents are on their way: %i', async () => {
    await lab.flush('n3')
    const tool = lab.spawn('admin', [process.execPath, toolBundle(), '--nodes', NODES.join(',')])
    const exited = once(tool, 'exit')
    await expect
      .poll(() => lab.processes().some(({ host }) => NODES.includes(host)), { interval: 1 })
      .toBe(true)
    const began = performance.now()
    tool.kill('SIGKILL')
    expect(await leftAfter(began)).toEqual([])
    await exited
  })
})
