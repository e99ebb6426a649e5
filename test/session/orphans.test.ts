import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { filter, openAgent } from '../agent/agents.ts'
import { toolBundle } from '../lab/bundle.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { failureOf } from './fixtures.ts'

/** `leftovers` looks every 20 ms: the two seconds of the requirement. */
const TWO_SECONDS = 100

describeLab('what could outlive a session does not', ['ssh', 'sudo', 'python3', 'iptables'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab({ ssh: true, sudo: true })
  })
  afterEach(async () => {
    expect(await lab.leftovers()).toEqual([])
  })
  afterAll(() => lab?.close())

  const commands = (host?: string) => lab.processes(host).map(({ args }) => args.join(' ').trim())
  const kill = (pids: readonly number[]) =>
    lab.exec('holder', ['/bin/kill', '-s', 'KILL', '--', ...pids.map(String)])

  it.each(['the agent is killed', 'the session is closed'])(
    'a ruleset dump that hangs, when %s',
    async (how) => {
      // It ignores the alarm, too, that it was started with.
      await lab.exec(
        'holder',
        `printf '#!/bin/sh\\ntrap "" ALRM TERM HUP PIPE\\nexec sleep 600\\n' >/run/lab/hang; chmod 755 /run/lab/hang`,
      )
      const cover = 'mount --bind /run/lab/hang "$(readlink -f "$(command -v iptables-save)")" && exec "$@"'
      const session = openAgent(lab, 'n1', { before: ['unshare', '--mount', 'sh', '-c', cover, 'sh'] })
      await session.hello()
      const rulesets = failureOf(session.rulesets())
      await expect.poll(() => commands('n1')).toContain('sleep 600')
      if (how === 'the session is closed') await session.close()
      else
        await kill(
          lab
            .processes('n1')
            .filter(({ args }) => /python3$/.test(args[0] ?? ''))
            .map(({ pid }) => pid),
        )
      expect(await lab.leftovers('n1', TWO_SECONDS)).toEqual([])
      expect((await rulesets).code).toBe(how === 'the session is closed' ? 'cancelled' : 'session-lost')
      await session.close()
    },
  )

  it("another user's client, which may not be killed, is not waited for", async () => {
    // As sudo does where it needs not stay: not one of its ids is the caller's any more.
    await lab.exec(
      'holder',
      'cp "$(readlink -f /usr/bin/python3)" /run/lab/setuid; chmod 4755 /run/lab/setuid',
    )
    const become = 'import os,time; os.setresuid(0,0,0); time.sleep(600)'
    const via = `/run/lab/setuid -S -c '${become}' {name}`
    const options = ['--format', 'json', '--timeout', '0.5', '--deadline', '1', '--via', via]
    const { stdout, code, timedOut } = await lab.execTool(['--nodes', 'n1,n2', ...options], { user: 'dba' })
    expect(timedOut).toBe(false)
    expect((JSON.parse(stdout) as Report).nodes.map(({ error }) => error?.code)).toEqual([
      'agent-silent',
      'agent-silent',
    ])
    expect(code).toBe(3)
    const left = lab.processes()
    expect(left.map(({ args }) => args[0])).toEqual(['/run/lab/setuid', '/run/lab/setuid'])
    await kill(left.map(({ pid }) => pid))
  })

  it("the user's shared connection (ControlPersist) is neither waited for nor ended", async () => {
    const options = ['ControlMaster=auto', 'ControlPath=/run/lab/mux-%n', 'ControlPersist=600']
    const argv = ['--nodes', 'n1,n2', '--only', 'galera', '--format', 'json', '--timeout', '0.5']
    for (const _run of ['opens it', 'uses it']) {
      const { stdout } = await lab.execTool([
        ...argv,
        ...options.flatMap((option) => ['--ssh-option', option]),
      ])
      expect((JSON.parse(stdout) as Report).nodes).toMatchObject(
        Array(2).fill({ reachable: true, privileged: true }),
      )
      expect(commands('admin').sort()).toEqual(['ssh: /run/lab/mux-n1 [mux]', 'ssh: /run/lab/mux-n2 [mux]'])
      expect(commands('n1').filter((command) => command.includes('python'))).toEqual([])
    }
    await kill(lab.processes('admin').map(({ pid }) => pid))
  })

  it('an agent whose host has lost its network ends at its own deadline', async () => {
    const rules = ['INPUT -p tcp --dport 3306:4568 -j DROP', 'INPUT -p udp --dport 3306:4568 -j DROP']
    await Promise.all(['n1', 'n2'].map((host) => lab.iptables(host, filter(...rules))))
    const argv = ['--nodes', 'n1,n2', '--format', 'json', '--timeout', '4', '--deadline', '5', '--no-raw']
    const tool = lab.spawn('admin', [process.execPath, toolBundle(), ...argv])
    const exited = once(tool, 'exit')
    let stdout = ''
    tool.stdout.on('data', (data) => {
      stdout += data
    })
    await expect
      .poll(async () => (await lab.listeners('n1')).map(({ port }) => port), { timeout: 10_000 })
      .toContain(4567)
    await lab.down('n1')
    await exited
    const [n1, n2] = (JSON.parse(stdout) as Report).nodes
    expect(n1?.error?.code).toBe('agent-silent')
    expect(n2?.name).toBe('n2')
    expect(commands('n1').join()).toContain('python')
    // Its deadline is the run's and a little more; nothing of the network tells it.
    await expect.poll(() => commands('n1').join(), { timeout: 15_000 }).not.toContain('python')
    expect((await lab.listeners('n1')).map(({ port }) => port)).not.toContain(4567)
    await lab.up('n1')
    await Promise.all(['n1', 'n2'].map((host) => lab.flush(host)))
    // sshd's half of the connection lasts as long as TCP tries: no affair of the tool's.
    await kill(lab.processes('n1').map(({ pid }) => pid))
  })
})
