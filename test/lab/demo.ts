import type { Report } from '../../src/report/report.ts'
import { articleRuleset } from './article.ts'
import { connect, HOST_UNREACHABLE } from './connect.ts'
import type { Lab } from './handle.ts'
import { createLab } from './lab.ts'
import { labAvailable } from './needs.ts'

/** Plays the article "PXC loves firewalls" on real hosts, over real sshd, and says each step. */

const NODES = ['n1', 'n2', 'n3']
const MESH = ['--nodes', NODES.join(',')]

const say = (text = '') => console.log(text)
const heading = (text: string) => say(`\n=== ${text}\n`)

async function runTool(lab: Lab, args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  const shown = process.stdout.isTTY ? [...args, '--color', 'always'] : args
  say(`admin$ pxc-netcheck ${args.join(' ')}\n`)
  const { code, stdout, stderr } = await lab.execTool(shown)
  say(`${stdout}${stderr}`.trimEnd())
  say(`\n(exit ${code})`)
  return { code, stdout }
}

async function readFixes(lab: Lab): Promise<Report['fixes']> {
  const { stdout } = await lab.execTool([...MESH, '--json'])
  return (JSON.parse(stdout) as Report).fixes
}

/** As a user would: the printed lines, one after the other, in a root shell of their node. */
async function paste(lab: Lab, node: string, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    say(`${node}# ${line}`)
    const { code, stderr } = await lab.exec(node, line)
    if (code !== 0) throw new Error(`on ${node}: ${line}: exit ${code}: ${stderr}`)
  }
}

async function play(lab: Lab): Promise<void> {
  heading("1. Three nodes with the article's firewall: only SSH and MySQL are let in.")
  for (const node of NODES) await lab.iptables(node, articleRuleset({ rejectWith: 'icmp-host-prohibited' }))
  const before = await Promise.all(NODES.map((node) => lab.iptablesSave(node)))
  say(before[0])

  heading('2. The second node will not join. Which flows are blocked, and where?')
  await expectCode(runTool(lab, MESH), 2)

  heading('3. Paste what it printed, each block on its node.')
  const fixes = await readFixes(lab)
  for (const { node, commands } of fixes) await paste(lab, node, commands)

  heading('4. The same question again.')
  await expectCode(runTool(lab, MESH), 0)

  heading('5. A host that is no member still gets nothing.')
  for (const port of [4567, 4568, 4444]) {
    const errno = await connect(lab, 'stranger', lab.host('n2').address, port)
    if (errno !== HOST_UNREACHABLE) throw new Error(`the fix lets a stranger in: errno ${errno}`)
    say(`stranger -> n2 ${port}/tcp: no route to host (rejected)`)
  }

  heading('6. Undo gives the old rules back, to the byte.')
  for (const { node, undo } of fixes) await paste(lab, node, undo)
  const after = await Promise.all(NODES.map((node) => lab.iptablesSave(node)))
  if (after.join() !== before.join()) throw new Error('the rules differ from those before the fix')
  say('The rulesets of n1, n2 and n3 are what they were.')
}

async function expectCode(run: Promise<{ code: number | null }>, expected: number): Promise<void> {
  const { code } = await run
  if (code !== expected) throw new Error(`the tool ended with ${code}, not ${expected}`)
}

async function main(): Promise<void> {
  const missing = labAvailable(['ssh', 'iptables'])
  if (missing.length > 0) {
    console.error(
      `The demo makes its hosts out of network namespaces, and cannot here:\n  ${missing.join('\n  ')}`,
    )
    process.exitCode = 3
    return
  }
  say(
    'Making a lab: hosts n1, n2, n3, admin and stranger, each with a network namespace, a firewall and sshd of its own.',
  )
  say("Nothing of this touches this machine's own network or firewall.")
  const lab = await createLab({ ssh: true, stranger: true })
  try {
    await play(lab)
    heading('Done. The lab is gone; nothing is left on this machine.')
  } catch (error) {
    console.error(`\nThe demo failed: ${(error as Error).message}`)
    process.exitCode = 1
  } finally {
    await lab.close()
  }
}

void main()
