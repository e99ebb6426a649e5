import { count, nameList } from '../report/render/lists.ts'
import type { ReportFlow } from '../report/report.ts'
import { escapeText } from '../terminal/escape.ts'
import { wrap } from '../terminal/wrap.ts'
import type { Change } from './change.ts'
import type { Confirmation } from './confirm.ts'
import type { AppliedWord, SettledWord } from './trial.ts'

/** What is told about a change, for a terminal: all text of nodes is escaped here. */

export const UNATTENDED =
  'fix --apply asks before it changes anything, and here is no terminal to ask on. ' +
  'Run it in a terminal, or add --yes if this may change the rules of the nodes unasked; never from cron.'

export function question(changes: readonly Change[], seconds: number, columns: number): string {
  const nodes = names(changes.map(({ node }) => node))
  const text = `Apply this on ${nodes}? Unless a second check bears it out, it is undone within ${seconds} s. [y/N]`
  // What is typed needs room on the last line too.
  return `${wrap(text, columns - ' yes'.length).join('\n')} `
}

export function applyingText(changes: readonly Change[], seconds: number, columns: number): string {
  const nodes = names(changes.map(({ node }) => node))
  const text = `Applying on ${nodes}, then checking again. Each node restores its rules by itself within ${seconds} s unless that bears the change out.`
  return `${wrap(text, columns).join('\n')}\n`
}

/** Commands that were shown above and will not be applied. */
export function leftText(nodes: readonly string[]): string {
  if (nodes.length === 0) return ''
  return `Not applied on ${names(nodes)}: only what is proven is. Read the notes above, and paste by hand.\n`
}

export function keptText(changes: readonly Change[], words: readonly SettledWord[]): string {
  const hindrance = (node: string) => words.find((word) => word.node === node)?.detail.trim() ?? ''
  const lines = [
    `Kept on ${names(changes.map(({ node }) => node))}: the second check found the flows open and no other flow worse.`,
    ...changes.flatMap(({ node, lasting }) =>
      lasting.flatMap((part) => lastingLines(escapeText(node), part, hindrance(node))),
    ),
  ]
  return `${lines.join('\n')}\n\n`
}

/** What becomes of one back end's rules with the next boot: front ends have been told to keep theirs, if nothing hindered it. */
function lastingLines(
  node: string,
  { backend, persist }: Change['lasting'][number],
  hindrance: string,
): string[] {
  if (backend === 'firewalld' && hindrance !== '') {
    return [
      `On ${node} the next reload or reboot undoes it: firewalld did not take it as permanent: ${escapeText(hindrance, 300)}. Run there, as root:`,
      ...persist.map((line) => `  ${escapeText(line)}`),
    ]
  }
  if (backend === 'ufw' || backend === 'firewalld') {
    return [`On ${node} a reboot keeps what ${backend} was told: it has saved it.`]
  }
  if (persist.length === 0) return []
  const isComment = (line: string) => line.startsWith('#')
  if (persist.every(isComment)) {
    const why = persist.map((line) => escapeText(line.replace(/^# */, '')))
    return [`On ${node} a reboot undoes it: ${why.join('; ')}.`]
  }
  return [
    `On ${node} a reboot undoes it, unless you run there, as root:`,
    ...persist.map((line) => `  ${escapeText(line)}`),
  ]
}

export function notAppliedReason(words: readonly AppliedWord[]): string {
  const [first, ...more] = words.filter(({ outcome }) => outcome !== 'applied')
  if (first === undefined) return ''
  const others = more.length === 0 ? '' : ` (and ${count(more.length, 'other node')})`
  return `the change could not be made on ${escapeText(first.node)}${others}: ${escapeText(first.detail.trim(), 600)}`
}

export function refutedReason({ stillShut, worse }: Extract<Confirmation, { kind: 'refuted' }>): string {
  return [
    ...(stillShut.length === 0 ? [] : [`it did not open ${flowList(stillShut)}`]),
    ...(worse.length === 0 ? [] : [`no longer open is ${flowList(worse)}`]),
  ].join('; ')
}

/** How the nodes stand after a rollback, or after a confirmation that did not reach all. */
export function endText(words: readonly SettledWord[], leftSeconds: number): string {
  const of = (outcome: SettledWord['outcome']) => words.filter((word) => word.outcome === outcome)
  const list = (some: readonly SettledWord[]) => names(some.map(({ node }) => node))
  const silent = of('silent')
  return [
    ...(of('restored').length === 0 ? [] : [`The rules are as before on ${list(of('restored'))}.`]),
    ...(of('kept').length === 0 ? [] : [`The change is kept on ${list(of('kept'))}.`]),
    ...of('not-restored').map(
      ({ node, detail }) =>
        `NOT RESTORED is ${escapeText(node)}, look at its rules: ${escapeText(detail.trim(), 300)}.`,
    ),
    ...(silent.length === 0
      ? []
      : [
          `${list(silent)} did not answer (${escapeText(silent[0]?.detail ?? '', 300)}): it restores its rules by itself, in ${Math.max(0, Math.ceil(leftSeconds))} s at the latest.`,
        ]),
  ].join(' ')
}

function flowList(flows: readonly ReportFlow[]): string {
  return nameList(flows.map(({ id, status, reason }) => `${escapeText(id)} (${status}, ${reason})`))
}

function names(nodes: readonly string[]): string {
  return nameList(nodes.map((node) => escapeText(node)))
}
