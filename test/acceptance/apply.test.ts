import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { limit, rounds } from '../cluster/rounds.ts'
import { articleRuleset } from '../lab/article.ts'
import { toolBundle } from '../lab/bundle.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const NODES = ['n1', 'n2', 'n3']
const BY_SSH = ['--nodes', 'n1,n2,n3', '--timeout', '1']
const RULES = articleRuleset({ rejectWith: 'icmp-host-prohibited' })
/** `leftovers` looks every 20 ms: two seconds. */
const TWO_SECONDS = 100
/** Gives the tool a terminal: what is written to this is typed, what is read from it was shown. */
const ON_TERMINAL = ['python3', '-c', 'import os,pty,sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)']

describeLab('fix --apply', ['ssh', 'sudo', 'iptables', 'nft', 'python3'], () => {
  let lab: Lab
  let before: string[]
  beforeAll(async () => {
    lab = await createLab({ ssh: true, sudo: true })
  })
  beforeEach(async () => {
    await Promise.all(NODES.map((node) => lab.flush(node)))
    await Promise.all(NODES.map((node) => lab.iptables(node, RULES)))
    before = await rules()
  })
  afterEach(async () => {
    await lab.exec('holder', 'nft flush ruleset')
    expect(await lab.leftovers(undefined, TWO_SECONDS)).toEqual([])
  })
  afterAll(() => lab?.close())

  const rules = () => Promise.all(NODES.map((node) => lab.iptablesSave(node)))
  const apply = (...more: string[]) => lab.execTool(['fix', ...BY_SSH, '--apply', ...more])
  /** Frames between hosts that match are lost. */
  const lose = (match: string) =>
    lab.nft(
      'holder',
      `table bridge lose {\nchain forward {\ntype filter hook forward priority 0\n${match} drop\n}\n}`,
    )

  const spawnTool = (before: readonly string[], ...more: string[]) => {
    const tool = lab.spawn('admin', [
      ...before,
      process.execPath,
      toolBundle(),
      'fix',
      ...BY_SSH,
      '--apply',
      ...more,
    ])
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      tool[name].on('data', (data: Buffer) => {
        said[name] += data.toString()
      })
    }
    const ended = once(tool, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    return { tool, said, ended }
  }

  it('opens the article, keeps what the second check bears out, and leaves nothing', async () => {
    const { code, stdout, stderr } = await apply('--yes')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^On n1, as root, paste:\niptables -I INPUT 6 /)
    expect(stdout).toMatch(/Applying on n1, n2, n3, then checking again\.[\s\S]* within\s60\ss/)
    expect(stdout).toMatch(/Kept on n1, n2, n3: .*\nOn n1 a reboot undoes it/)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^OK: /)
    for (const text of await rules()) expect(text.match(/--dport/g)).toHaveLength(10)
    expect(await lab.leftovers('n1', TWO_SECONDS)).toEqual([])
    expect((await check(lab, BY_SSH)).code).toBe(0)
    const again = await apply('--yes')
    expect(again).toMatchObject({ code: 0, stderr: 'pxc-netcheck: nothing to apply\n' })
  })

  it('works through sudo, and on the one node that is asked for', async () => {
    const nodes = ['--nodes', 'dba@n1,dba@n2,dba@n3', '--timeout', '1', '--become']
    const { code, stdout } = await lab.execTool(['fix', ...nodes, '--apply', '--yes', '--for', 'n2'])
    expect(code).toBe(2)
    expect(stdout).toMatch(/Kept on n2: /)
    const [n1, n2, n3] = await rules()
    expect([n1, n3]).toEqual([before[0], before[2]])
    expect(n2?.match(/--dport/g)).toHaveLength(10)
  })

  it('asks nobody but at a terminal: elsewhere it refuses, before it connects', async () => {
    const { code, stdout, stderr } = await apply()
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/no terminal to ask on.*add --yes.*never from cron/)
    expect(await rules()).toEqual(before)
  })

  describe('at a terminal', () => {
    const answer = async (text: string, meanwhile: () => Promise<unknown> = async () => {}) => {
      const { tool, said, ended } = spawnTool(ON_TERMINAL)
      await expect.poll(() => said.stdout, { timeout: 30_000 }).toMatch(/within 60 s\. \[y\/N\] $/)
      await meanwhile()
      tool.stdin.write(text)
      return { code: (await ended)[0], shown: said.stdout }
    }

    it.each([
      ['no', 'n\n'],
      ['nothing', '\n'],
      ['the end of the input', '\x04'],
      ['something else', 'yellow\n'],
    ])('%s is a no', async (_name, text) => {
      const { code, shown } = await answer(text)
      expect(code).toBe(2)
      expect(shown).toMatch(/nothing was changed/)
      expect(await rules()).toEqual(before)
    })

    it('Ctrl-C ends it', async () => {
      expect((await answer('\x03')).code).toBe(130)
      expect(await rules()).toEqual(before)
    })

    it('yes applies', async () => {
      const { code, shown } = await answer('y\n')
      expect(code).toBe(0)
      expect(shown).toMatch(/Kept on n1, n2, n3/)
    })

    it('where a ruleset has changed meanwhile nothing is changed on any node', async () => {
      const change = () => lab.exec('n2', 'iptables -I INPUT 1 -p tcp --dport 9200 -j ACCEPT')
      const { code, shown } = await answer('y\n', change)
      expect(code).toBe(3)
      expect(shown).toMatch(/rolled back: the change could not be made on n2: .*changed since the analysis/)
      expect(shown).toMatch(/The rules are as before on n1, n2, n3\./)
      const [n1, n2, n3] = await rules()
      expect([n1, n3]).toEqual([before[0], before[2]])
      expect(n2).not.toMatch(/4567/)
    })
  })

  it('what does not help is rolled back, to the byte', async () => {
    // The answer is lost on its way: with the rule, the packet comes through, and the flow is as dead as before.
    await lose('ip saddr 10.99.0.12 tcp sport 4567')
    const { code, stdout, stderr } = await apply('--yes')
    expect(code).toBe(2)
    expect(stdout).not.toMatch(/Kept/)
    expect(stderr).toMatch(/rolled back: it did not open n1->n2\/galera \(DOWN, reply-lost\), n3->n2\/galera/)
    expect(stderr).toMatch(/The rules are as before on n1, n2, n3\.\n$/)
    expect(await rules()).toEqual(before)
  })

  it('native nft rules are taken back by their undo lines, and kept when confirmed', async () => {
    const nft = `table inet filter {\nchain input {\ntype filter hook input priority 0; policy drop
ct state established,related accept\niif lo accept\nip protocol icmp accept\ntcp dport { 22, 3306 } accept\n}\n}`
    await Promise.all(NODES.map(async (node) => [await lab.flush(node), await lab.nft(node, nft)]))
    const listed = async () => (await lab.exec('n2', 'nft list ruleset')).stdout
    const old = await listed()
    await lose('ip saddr 10.99.0.12 tcp sport 4567')
    const undone = await apply('--yes')
    expect(undone.code).toBe(2)
    expect(undone.stderr).toMatch(/The rules are as before on n1, n2, n3\./)
    expect(await listed()).toBe(old)
    await lab.exec('holder', 'nft flush ruleset')
    expect(await apply('--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Kept on n1, n2, n3/),
    })
    expect((await listed()).match(/dport 4567/g)).toHaveLength(4)
  })

  it('Ctrl-C while it checks again rolls back', async () => {
    await lose('tcp dport 4444')
    const { tool, said, ended } = spawnTool([], '--yes')
    await applied()
    tool.kill('SIGINT')
    expect((await ended)[0]).toBe(130)
    expect(said.stderr).toMatch(/rolled back: interrupted\. The rules are as before on n1, n2, n3\./)
    expect(await rules()).toEqual(before)
  })

  const applied = () =>
    expect
      .poll(async () => (await rules()).filter((text) => text.includes('--dport 4567')), {
        timeout: 30_000,
        interval: 10,
      })
      .toHaveLength(NODES.length)
  const pids = (host: RegExp, program: RegExp) =>
    lab
      .processes()
      .filter((each) => host.test(each.host) && program.test(each.args[0] ?? ''))
      .map(({ pid }) => pid)
  const kill = (list: readonly number[]) =>
    lab.exec('holder', ['/bin/kill', '-s', 'KILL', '--', ...list.map(String)])
  const guardians = async () => {
    const { stdout } = await lab.exec('holder', 'grep -lx pxc-rollback /proc/[0-9]*/comm || :')
    // Not the dead, which a lab has nobody to bury.
    const living = lab.processes().map(({ pid }) => pid)
    return [...stdout.matchAll(/\d+/g)].map(Number).filter((pid) => living.includes(pid))
  }

  const CUTS: readonly (readonly [string, (tool: ChildProcessWithoutNullStreams) => Promise<unknown>])[] = [
    ['the network is cut, without a FIN', () => lab.down('admin')],
    ['kill -9 of the tool', async (tool) => tool.kill('SIGKILL')],
    [
      'kill -9 of the agents',
      async () => {
        const guards = await guardians()
        return kill(pids(/^n/, /python3$/).filter((pid) => !guards.includes(pid)))
      },
    ],
    ["kill -9 of sshd's sessions", () => kill(pids(/^n/, /^sshd: /))],
  ]
  const ROLLBACK_SECONDS = 10
  const ROUNDS = rounds(CUTS.length, 20)

  describe(`right after applying the connection ends: ${ROUNDS} rounds`, () => {
    it.each(Array.from({ length: ROUNDS }, (_, index) => [index + 1, ...at(CUTS, index)] as const))(
      'round %i: %s',
      async (round, name, cut) => {
        // One port stays shut, whatever is applied: so the second check takes its time.
        await lose('tcp dport 4444')
        const { tool, said, ended } = spawnTool([], '--yes', '--rollback-after', String(ROLLBACK_SECONDS))
        await applied()
        const began = performance.now()
        expect(await guardians()).toHaveLength(NODES.length)
        await cut(tool)
        await expect.poll(rules, { timeout: ROLLBACK_SECONDS * 1000, interval: 20 }).toEqual(before)
        const seconds = (performance.now() - began) / 1000
        console.log(`round ${round}: ${name}: back after ${seconds.toFixed(2)} s`)
        // On the nodes themselves nothing runs any more; sshd notices a cut network when it is back.
        const ours = () => pids(/^n/, /python3$|iptables|\/sh$/)
        await expect.poll(ours, { timeout: 2000, interval: 20 }).toEqual([])
        await lab.up('admin')
        const [code] = await ended
        if (name.includes('tool')) return
        expect(code).toBe(3)
        expect(said.stderr).toMatch(/rolled back/)
        expect(said.stdout).not.toMatch(/Kept/)
        expect(await rules()).toEqual(before)
      },
      limit(1, 60),
    )
  })
})

/** The list from its begin again where it ends. */
function at<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T
}
