import type { Fix, Report } from '../../src/report/report.ts'
import type { Lab } from '../lab/handle.ts'
import { openingKey } from './crossing.ts'
import { type Judged, judgeReport } from './judge.ts'
import { runTool, toolOf } from './play.ts'
import { addressOf, type Scenario, seenFrom } from './scenario.ts'

export interface FixOutcome {
  /** Nodes whose commands were pasted. */
  readonly pasted: number
  /** Sentences; empty when all is as it was promised. */
  readonly complaints: readonly string[]
  /** The report of the second run, held against the construction with what was opened. */
  readonly judged: readonly Judged[]
}

/** Pastes what is said to be proven, looks again, and takes it back. */
export async function tryFixes(
  lab: Lab,
  scenario: Scenario,
  report: Report,
  first: readonly Judged[],
): Promise<FixOutcome> {
  const fixes = report.fixes.filter(({ proven, commands }) => proven && commands.length > 0)
  if (fixes.length === 0) return { pasted: 0, complaints: [], judged: [] }
  const complaints: string[] = []
  const before = await rulesets(lab, scenario, fixes)
  for (const fix of fixes) complaints.push(...(await paste(lab, fix.node, fix.commands)))
  const opened = new Set(fixes.flatMap((fix) => openedBy(scenario, fix, first)))
  const judged = judgeReport(scenario, await runTool(lab, scenario), opened)
  for (const fix of fixes) complaints.push(...(await paste(lab, fix.node, fix.undo)))
  const after = await rulesets(lab, scenario, fixes)
  for (const [where, text] of before) {
    if (after.get(where) !== text)
      complaints.push(`undo on ${where} left\n${after.get(where)}instead of\n${text}`)
  }
  return { pasted: fixes.length, complaints, judged }
}

async function rulesets(lab: Lab, { family }: Scenario, fixes: readonly Fix[]): Promise<Map<string, string>> {
  const saved = new Map<string, string>()
  for (const { node } of fixes) {
    for (const backEnd of ['iptables', 'iptables-legacy'] as const) {
      const tool = toolOf(backEnd, family)
      saved.set(`${node} ${tool}`, await lab.iptablesSave(node, tool))
    }
  }
  return saved
}

async function paste(lab: Lab, node: string, commands: readonly string[]): Promise<string[]> {
  const { code, stderr } = await lab.exec(node, ['sh', '-e'], { input: `${commands.join('\n')}\n` })
  return code === 0 ? [] : [`pasting on ${node} failed: ${stderr.trim()}\n${commands.join('\n')}`]
}

/** Which packets, by the construction, the commands of a fix let through: those of the flows that it says it opens. */
function openedBy(scenario: Scenario, { node, opens }: Fix, first: readonly Judged[]): string[] {
  return opens.flatMap((id) => {
    const judged = first.find(({ flow }) => flow.id === id)
    if (judged === undefined) throw new Error(`a fix opens ${id}, which is no flow`)
    const { from, to, protocol, port } = judged.flow
    const atTarget = node === to
    const reply = judged.flow.blockedAt === 'reply'
    return [
      openingKey({
        host: node,
        hook: atTarget === reply ? 'out' : 'in',
        side: reply ? 'answer' : 'request',
        peer: atTarget ? seenFrom(scenario, from, to) : addressOf(scenario, to),
        protocol,
        port,
      }),
    ]
  })
}
