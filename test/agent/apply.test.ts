import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { changeOf } from '../../src/apply/change.ts'
import { richRuleLines } from '../../src/fix/firewalld.ts'
import { planNode } from '../../src/fix/plan-fixes.ts'
import { richRulesOf } from '../../src/fix/script.ts'
import type { ApplyRequest } from '../../src/session/requests.ts'
import type { Session } from '../../src/session/session.ts'
import { galeraFlows, node } from '../fix/support.ts'
import { articleRuleset } from '../lab/article.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import type { LabProcess } from '../lab/processes.ts'
import { describeLab } from '../lab/require.ts'
import type { IptablesTool } from '../lab/rulesets.ts'
import { failureOf } from '../session/fixtures.ts'
import { openAgent } from './agents.ts'

const AGENT = fileURLToPath(new URL('../../src/agent', import.meta.url))
const RULES = articleRuleset({ rejectWith: 'icmp-host-prohibited' })
const RULE = 'INPUT -p tcp -m tcp --dport 4567 -j ACCEPT'
/** `leftovers` looks every 20 ms: two seconds. */
const TWO_SECONDS = 100

describeLab(
  'a change of the rules under guard',
  ['iptables', 'iptables-legacy', 'ip6tables', 'nft', 'python3'],
  () => {
    let lab: Lab
    let session: Session
    let before: string
    beforeAll(async () => {
      lab = await createLab()
    })
    beforeEach(async () => {
      await lab.flush('n1')
      await lab.iptables('n1', RULES)
      before = await lab.iptablesSave('n1')
      session = openAgent(lab, 'n1', { raw: false })
      await session.hello()
    })
    afterEach(async () => {
      await session.close()
      expect(await lab.leftovers(undefined, TWO_SECONDS)).toEqual([])
    })
    afterAll(() => lab?.close())

    const request = (change: Partial<ApplyRequest> = {}): ApplyRequest => ({
      script: `set -e\niptables -I ${RULE.replace('INPUT', 'INPUT 2')}\n`,
      seconds: 60,
      snapshots: [{ tool: 'iptables', table: 'filter' }],
      undoTables: [`iptables -D ${RULE}`],
      nftRules: [],
      undo: [],
      keep: [],
      ...change,
    })
    const rules = (tool: IptablesTool = 'iptables') => lab.iptablesSave('n1', tool)
    const APPLIED = { type: 'applied', code: 0, stdout: '', stderr: '' }
    const RESTORED = { type: 'settled', outcome: 'restored', detail: '' }

    const comm = async ({ pid }: LabProcess) =>
      (await lab.exec('holder', ['cat', `/proc/${pid}/comm`])).stdout.trim()
    /** The agent and its guardian, by name: their command lines are the same. */
    async function pythonOf(guardian: boolean): Promise<LabProcess> {
      for (const each of lab.processes('n1')) {
        if (/python3$/.test(each.args[0] ?? '') && ((await comm(each)) === 'pxc-rollback') === guardian)
          return each
      }
      throw new Error('it does not run')
    }
    const backAgain = () => expect.poll(rules, { timeout: 20_000, interval: 20 }).toBe(before)

    it('is kept when confirmed', async () => {
      expect(await session.apply(request())).toEqual(APPLIED)
      const after = await rules()
      expect(after).toContain(`-A ${RULE}`)
      expect(await session.settle('keep')).toEqual({ type: 'settled', outcome: 'kept', detail: '' })
      // The agent, too, has nothing more to do.
      expect(await lab.leftovers('n1', TWO_SECONDS)).toEqual([])
      expect(await rules()).toBe(after)
    })

    it('is taken back when told to, counters included', async () => {
      const counted = RULES.replace('-A INPUT -p icmp', '[7:700] -A INPUT -p icmp')
      await lab.exec('n1', ['iptables-restore', '-c'], { input: counted })
      expect(await session.apply(request())).toEqual(APPLIED)
      expect(await session.settle('roll-back')).toEqual(RESTORED)
      expect(await rules()).toBe(before)
      const { stdout } = await lab.exec('n1', 'iptables-save -c')
      expect(stdout).toContain('[7:700] -A INPUT -p icmp')
    })

    it('is taken back at its time, unasked, and a confirmation that comes later is told so', async () => {
      expect(await session.apply(request({ seconds: 5 }))).toEqual(APPLIED)
      expect(await rules()).not.toBe(before)
      await backAgain()
      expect(await lab.leftovers('n1', TWO_SECONDS)).toEqual([])
      expect(await session.settle('keep')).toEqual(RESTORED)
      expect(await rules()).toBe(before)
    })

    it('is taken back when the session is closed without a word', async () => {
      await session.apply(request())
      await session.close()
      await backAgain()
    })

    it('is taken back when the agent is killed', async () => {
      await session.apply(request())
      const settled = failureOf(session.settle('roll-back').then(() => session.account()))
      await lab.kill((await pythonOf(false)).pid, 'SIGKILL')
      await backAgain()
      await settled
    })

    it('is taken back when what ends a session ends the guardian, which a hang-up does not', async () => {
      await session.apply(request())
      const after = await rules()
      const { pid } = await pythonOf(true)
      await lab.kill(pid, 'SIGHUP')
      await lab.kill(pid, 'SIGINT')
      expect(await rules()).toBe(after)
      await lab.kill(pid, 'SIGTERM')
      await backAgain()
      expect(await session.settle('keep')).toEqual(RESTORED)
    })

    it('tells when its guardian was killed, and nothing is sure', async () => {
      await session.apply(request())
      await lab.kill((await pythonOf(true)).pid, 'SIGKILL')
      expect(await session.settle('keep')).toMatchObject({
        outcome: 'not-restored',
        detail: expect.stringMatching(/guards.*killed/),
      })
    })

    it('the guardian is in no session of the agent, holds none of its pipes and no file', async () => {
      await session.apply(request())
      const [guardian, agent] = [await pythonOf(true), await pythonOf(false)]
      const sid = async ({ pid }: LabProcess) =>
        (await lab.exec('holder', `cut -d' ' -f6 /proc/${pid}/stat`)).stdout.trim()
      expect(await sid(guardian)).toBe(String(guardian.pid))
      expect(await sid(agent)).not.toBe(String(guardian.pid))
      const { stdout } = await lab.exec('holder', `cd /proc/${guardian.pid}/fd && readlink *`)
      // Its socket to the agent, and the pipe of its own that a signal wakes it by.
      expect(stdout.replace(/\d+/g, 'N').trim().split('\n').sort()).toEqual([
        ...Array(3).fill('/dev/null'),
        'pipe:[N]',
        'pipe:[N]',
        'socket:[N]',
      ])
    })

    it('a script that fails half way is taken back at once, and what it said is told', async () => {
      const script = `iptables -I ${RULE}\necho half; echo why >&2; exit 3\n`
      expect(await session.apply(request({ script }))).toEqual({
        type: 'applied',
        code: 3,
        stdout: 'half\n',
        stderr: 'why\n',
      })
      expect(await session.settle('keep')).toEqual(RESTORED)
      expect(await rules()).toBe(before)
    })

    it('a script with an error in its last line is not begun', async () => {
      const applied = await session.apply(request({ script: 'echo begun\nif then\n' }))
      expect(applied).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/[Ss]yntax error/) })
      expect(await session.settle('keep')).toEqual(RESTORED)
    })

    it('no command of a script reads the rest of it, and a long one is run to its end', async () => {
      const script = `cat\n${': filler\n'.repeat(30_000)}echo end\n`
      expect(await session.apply(request({ script }))).toEqual({ ...APPLIED, stdout: 'end\n' })
      expect(await session.settle('keep')).toMatchObject({ outcome: 'kept' })
    })

    it.each(['its time is over', 'the agent is killed', 'it is told to roll back'])(
      'a script that hangs is killed with all it started when %s',
      async (how) => {
        const script = `iptables -I ${RULE}\ntrap '' TERM HUP\n(sleep 600; iptables -F) &\nsleep 600\n`
        const applied = session.apply(request({ script, seconds: how === 'its time is over' ? 2 : 60 }))
        applied.catch(() => {})
        await expect.poll(rules).toContain('--dport 4567')
        if (how === 'the agent is killed') await lab.kill((await pythonOf(false)).pid, 'SIGKILL')
        else if (how === 'it is told to roll back')
          expect(await session.settle('roll-back')).toEqual(RESTORED)
        await backAgain()
        expect(await lab.leftovers('n1', TWO_SECONDS)).toEqual([])
        if (how !== 'the agent is killed') expect((await applied).code).toBeNull()
      },
    )

    it.each(['cannot be saved', 'is not saved to its end'])(
      'nothing is changed when a table %s',
      async (how) => {
        const fails = how === 'cannot be saved' ? 'echo locked >&2; exit 4' : 'echo "*filter"; exit 0'
        await lab.exec('holder', `printf '#!/bin/sh\\n${fails}\\n' >/run/lab/fails; chmod 755 /run/lab/fails`)
        const cover =
          'mount --bind /run/lab/fails "$(readlink -f "$(command -v iptables-legacy-save)")" && exec "$@"'
        const other = openAgent(lab, 'n1', {
          raw: false,
          before: ['unshare', '--mount', 'sh', '-c', cover, 'sh'],
        })
        await other.hello()
        const snapshots = ['iptables', 'iptables-legacy'].map((tool) => ({ tool, table: 'filter' }))
        const applied = await other.apply(request({ snapshots }))
        expect(applied).toMatchObject({
          code: null,
          stderr: expect.stringMatching(/iptables-legacy -t filter could not be saved/),
        })
        expect(await other.settle('keep')).toEqual(RESTORED)
        expect(await rules()).toBe(before)
        await other.close()
      },
    )

    it.each([
      ['a tool that is none', { snapshots: [{ tool: 'sh', table: 'filter' }] }],
      ['a table that is none', { snapshots: [{ tool: 'iptables', table: 'filter;id' }] }],
      ['no time', { seconds: 0 }],
      ['a day', { seconds: 86_400 }],
    ])('refused is %s', async (_what, change) => {
      expect((await failureOf(session.apply(request(change)))).code).toBe('agent-crashed')
      expect(await rules()).toBe(before)
    })

    it('what others did meanwhile to the same table stays', async () => {
      await session.apply(request())
      await lab.exec(
        'n1',
        'iptables -I INPUT 1 -s 203.0.113.9 -j DROP; iptables -N f2b; iptables -A f2b -j RETURN',
      )
      expect(await session.settle('roll-back')).toEqual(RESTORED)
      const left = await rules()
      expect(left).toContain('-A INPUT -s 203.0.113.9/32 -j DROP')
      expect(left).toContain('-A f2b -j RETURN')
      expect(left).not.toContain('4567')
    })

    it('where our rules cannot be taken back one by one, the table is restored as it was', async () => {
      await session.apply(request())
      await lab.exec('n1', 'iptables -F INPUT')
      expect(await session.settle('roll-back')).toEqual(RESTORED)
      expect(await rules()).toBe(before)
    })

    describe('in a table that nft shares with iptables', () => {
      const native = async () =>
        (await lab.exec('n1', 'nft list chain ip filter early; nft list set ip filter own')).stdout
      let old: string
      beforeEach(async () => {
        await lab.nft(
          'n1',
          `table ip filter {\nset own {\ntype ipv4_addr\nelements = { 10.9.9.9 }\n}
chain early {\ntype filter hook input priority -10\ntcp dport 23 drop\n}\n}`,
        )
        old = await native()
        expect(old).toMatch(/dport 23 drop[\s\S]*10\.9\.9\.9/)
      })

      it('what iptables does not show stays', async () => {
        expect(await session.apply(request())).toEqual(APPLIED)
        expect(await session.settle('roll-back')).toEqual(RESTORED)
        expect(await rules()).toBe(before)
        expect(await native()).toBe(old)
      })

      it('what iptables does not show stays, and what is left is told, where our rule cannot be taken out', async () => {
        await session.apply(request({ undoTables: ['false'] }))
        expect(await session.settle('roll-back')).toMatchObject({
          outcome: 'not-restored',
          detail: expect.stringMatching(/iptables -t filter, and it also holds set own, chain early of nft/),
        })
        expect(await native()).toBe(old)
      })
    })

    describe('rules of nft', () => {
      const chain = 'inet own input'
      const ours = ['4567', '4444'].map((port) => ({
        chain,
        comment: `pxc-netcheck tcp ${port} from 10.9.9.9`,
      }))
      const add = ({ comment }: { comment: string }) =>
        `nft 'insert rule ${chain} ip saddr 10.9.9.9 counter accept comment "${comment}"'`
      const listed = async () => (await lab.exec('n1', `nft -s -a list chain ${chain}`)).stdout
      const change = (script: string) => request({ script, snapshots: [], undoTables: [], nftRules: ours })
      beforeEach(() =>
        lab.nft('n1', 'table inet own {\nchain input {\ntype filter hook input priority 0\ndrop\n}\n}'),
      )

      it('are taken out, and only those that the script has added', async () => {
        const [theirs, other] = ours.map(add) as [string, string]
        await lab.exec('n1', theirs)
        const old = await listed()
        // A copy before theirs is ours.
        expect(await session.apply(change(`${other}\n${theirs}`))).toEqual(APPLIED)
        expect((await listed()).match(/pxc-netcheck/g)).toHaveLength(3)
        expect(await session.settle('roll-back')).toEqual(RESTORED)
        expect(await listed()).toBe(old)
      })

      it('stay where the script has found them there already', async () => {
        await lab.exec('n1', ours.map(add).join('\n'))
        const old = await listed()
        expect(await session.apply(change(':'))).toEqual(APPLIED)
        expect(await session.settle('roll-back')).toEqual(RESTORED)
        expect(await listed()).toBe(old)
      })

      it('nothing is changed where the chain cannot be listed', async () => {
        await lab.exec('n1', 'nft delete table inet own')
        expect(await session.apply(change(`iptables -I ${RULE}`))).toMatchObject({
          code: null,
          stderr: expect.stringMatching(/inet own input could not be listed/),
        })
        expect(await session.settle('keep')).toEqual(RESTORED)
        expect(await rules()).toBe(before)
      })

      it('what the script did beside, and nothing takes back, is told of', async () => {
        await session.apply(change(`${ours.map(add).join('\n')}\nnft add table ip more`))
        expect(await session.settle('roll-back')).toMatchObject({
          outcome: 'not-restored',
          detail: 'the rules are not what they were before',
        })
        expect(await listed()).not.toContain('pxc-netcheck')
      })
    })

    it('what makes it last is run when it is kept, and what hindered it is told', async () => {
      const keep = ['nft add table ip lasting', 'echo why >&2; false']
      await session.apply(request({ keep }))
      const tables = async () => (await lab.exec('n1', 'nft list tables')).stdout
      expect(await tables()).not.toContain('lasting')
      expect(await session.settle('keep')).toEqual({ type: 'settled', outcome: 'kept', detail: 'why' })
      expect(await tables()).toContain('lasting')
    })

    it('a script that takes more than half of the time is stopped, for taking it back may take as long', async () => {
      const script = `iptables -I ${RULE}\nsleep 600`
      expect(await session.apply(request({ script, seconds: 4 }))).toMatchObject({
        code: null,
        stderr: expect.stringMatching(/half of the time was over/),
      })
      expect(await session.settle('keep')).toEqual(RESTORED)
      expect(await rules()).toBe(before)
    })

    it('it is taken back earlier by the time that the script took', async () => {
      const told = await drive(
        `guardian.due, guardian.took = time.monotonic() + 100, 30
class Poll:
    def register(self, *_): pass
    def poll(self, wait): print(round(wait / 10000.0)); return []
module.select.poll = Poll
guardian.order()`,
      )
      expect(told).toBe('7\n')
    })

    it('where no process can be had it is tried again', async () => {
      const told = await drive(
        `guardian.apply()
real, left = os.fork, [3]
def fork():
    left[0] -= 1
    if left[0] >= 0: raise OSError(11, "no process")
    return real()
os.fork = fork
guardian.put_back()
sys.stdout.write(ours.recv(9999).decode("ascii").split("\\n")[1])`,
      )
      expect(JSON.parse(told)).toEqual(RESTORED)
      expect(await rules()).toBe(before)
    })

    /** Runs Python lines on a guardian that lives in their own process. */
    async function drive(lines: string): Promise<string> {
      const input = `import json, os, socket, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(AGENT)})
import guardian as module
ours, theirs = socket.socketpair()
guardian = module.Guardian(theirs, json.loads(${JSON.stringify(JSON.stringify(request()))}))
${lines}\n`
      const { code, stdout, stderr } = await lab.exec('n1', ['python3', '-'], { input })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return stdout
    }

    describe('what is in no table of iptables', () => {
      const lines = { snapshots: [], undoTables: [] }
      const add = "nft add element ip own peers '{ 10.9.9.9 }'"
      const take = "nft delete element ip own peers '{ 10.9.9.9 }' # has a comment"
      const elements = async () => (await lab.exec('n1', 'nft list set ip own peers')).stdout
      beforeEach(() => lab.nft('n1', 'table ip own {\nset peers {\ntype ipv4_addr\n}\n}'))

      it('is taken back by its lines', async () => {
        expect(await session.apply(request({ ...lines, script: add, undo: [take] }))).toEqual(APPLIED)
        expect(await elements()).toContain('10.9.9.9')
        expect(await session.settle('roll-back')).toEqual(RESTORED)
        expect(await elements()).not.toContain('10.9.9.9')
      })

      it('is as before where the script broke off, though some lines had nothing to undo', async () => {
        const undo = ['nft delete table ip nothing', take]
        await session.apply(request({ ...lines, script: `${add}\nexit 1`, undo }))
        expect(await session.settle('roll-back')).toEqual(RESTORED)
        expect(await elements()).not.toContain('10.9.9.9')
      })

      it('is told of when one of its lines failed, though nft shows what it showed before', async () => {
        await session.apply(request({ ...lines, script: add, undo: [take, 'echo why >&2; false'] }))
        expect(await session.settle('roll-back')).toMatchObject({ outcome: 'not-restored', detail: 'why' })
        expect(await elements()).not.toContain('10.9.9.9')
      })

      it('is told of when it could not be taken back', async () => {
        await session.apply(request({ ...lines, script: add, undo: ['nft delete table ip nothing'] }))
        expect(await session.settle('roll-back')).toMatchObject({
          outcome: 'not-restored',
          detail: expect.stringMatching(/No such file/),
        })
      })
    })

    it('both families and the legacy back end at once', async () => {
      await lab.iptables('n1', RULES, { tool: 'iptables-legacy' })
      await lab.iptables('n1', '*filter\n:INPUT DROP\nCOMMIT\n', { tool: 'ip6tables' })
      const tools = ['iptables', 'iptables-legacy', 'ip6tables'] as const
      const old = await Promise.all(tools.map(rules))
      const script = tools.map((tool) => `${tool} -I ${RULE}`).join('\n')
      const snapshots = tools.map((tool) => ({ tool, table: 'filter' }))
      expect(await session.apply(request({ script, snapshots }))).toEqual(APPLIED)
      for (const tool of tools) expect(await rules(tool)).toContain('4567')
      expect(await session.settle('roll-back')).toEqual(RESTORED)
      expect(await Promise.all(tools.map(rules))).toEqual(old)
    })
  },
)

describeLab('what firewalld is told under guard', ['firewalld', 'nft', 'python3'], () => {
  it('is permanent only once it is kept, and what was permanent before stays', async () => {
    const lab = await createLab()
    try {
      await lab.firewalld('n1')
      const { stdout } = await lab.exec('n1', 'nft -j list ruleset')
      const plan = planNode(
        node([{ tool: 'nft', text: stdout }], galeraFlows(['10.99.0.12']), { firewalldActive: true }),
      )
      const change = changeOf(plan)
      const [first] = richRulesOf(plan)
      if (!change || !first) throw new Error('no change')
      const listed = async (option = '') => {
        const { stdout } = await lab.exec(
          'n1',
          `firewall-cmd ${option} --list-rich-rules; nft -s list ruleset`,
        )
        return stdout
      }
      await lab.exec('n1', richRuleLines(first).persist.join('\n'))
      const old = [await listed(), await listed('--permanent')]
      expect(old[1]).toContain(first.text)
      for (const order of ['roll-back', 'keep'] as const) {
        const session = openAgent(lab, 'n1', { raw: false })
        await session.hello()
        expect(await session.apply({ ...change.request, seconds: 60 })).toMatchObject({ code: 0, stderr: '' })
        for (const { text } of richRulesOf(plan)) expect(await listed()).toContain(text)
        expect((await listed('--permanent')).match(/^rule /gm)).toHaveLength(1)
        const settled = await session.settle(order)
        expect(settled).toMatchObject({ outcome: order === 'keep' ? 'kept' : 'restored', detail: '' })
        if (order === 'roll-back') expect([await listed(), await listed('--permanent')]).toEqual(old)
        else for (const { text } of richRulesOf(plan)) expect(await listed('--permanent')).toContain(text)
        await session.close()
      }
    } finally {
      await lab.close()
    }
  })
})
