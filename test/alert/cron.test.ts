import { afterAll, beforeAll, expect, it } from 'vitest'
import { articleRuleset } from '../lab/article.ts'
import { toolBundle } from '../lab/bundle.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { type Cron, startCron } from './cron.ts'

/** As a reader of docs/monitoring.md writes it, but for the way to the nodes. */
const COMMAND = `${process.execPath} ${toolBundle()} --nodes n1=10.99.0.11,n2=10.99.0.12 --via 'ip netns exec {name}' --timeout 1.5 --state --confirm 2`

describeLab('run by cron', ['iptables', 'cron', 'faketime'], () => {
  let lab: Lab
  let cron: Cron
  beforeAll(async () => {
    lab = await createLab()
    cron = await startCron(lab, COMMAND)
  })
  afterAll(async () => {
    await lab?.close()
  })

  it('mails once that it is blocked, once that it is over, and nothing of what flaps', async () => {
    const block = () => lab.iptables('n2', articleRuleset({ rejectWith: 'icmp-host-prohibited' }))
    const open = () => lab.flush('n2')
    const codes: number[] = []
    const play = async (...scenes: (() => Promise<void>)[]) => {
      for (const scene of scenes) {
        await scene()
        codes.push(await cron.once())
      }
    }
    await play(open, open)
    // Blocked: told at the second run, and not at the third and fourth.
    await play(block, block, block, block)
    await cron.mails(1)
    // A moment of luck in between is no recovery.
    await play(open, block)
    await play(open, open, open)
    await cron.mails(2)
    // Flapping: never twice in a row.
    await play(block, open, block, open)
    await play(block, block)
    const mails = await cron.mails(3)
    await cron.stop()
    expect(codes).toEqual([0, 0, 2, 2, 2, 2, 0, 2, 0, 0, 0, 2, 0, 2, 0, 2, 2])
    expect(await lab.exec('holder', 'ls /run/lab/cron/mails | wc -l')).toMatchObject({ stdout: '3\n' })

    const bodies = mails.map((mail) => mail.slice(mail.indexOf('\n\n') + 2).split('\n'))
    expect(bodies.map(([subject]) => subject)).toEqual([
      'CRITICAL: n1->n2 galera 4567/tcp blocked at n2, +3 more',
      expect.stringMatching(
        /^OK: over after [0-9]+ (s|min): n1->n2 galera 4567\/tcp blocked at n2, \+3 more$/,
      ),
      'CRITICAL: n1->n2 galera 4567/tcp blocked at n2, +3 more',
    ])
    for (const mail of mails) {
      expect(mail).toContain('To: dba@example.org')
      expect(mail).toMatch(/^[ -~\n]*$/)
    }
    // The mail is enough to mend it.
    const commands = (bodies[0] ?? []).filter((line) => line.startsWith('iptables -I '))
    expect(commands).toHaveLength(4)
    expect((await lab.exec('n2', ['sh', '-e', '-c', commands.join('\n')])).code).toBe(0)
    expect((await lab.exec('admin', COMMAND)).code).toBe(0)
  }, 120_000)
})
