import { count, nameList } from '../report/render/lists.ts'
import type { ReportFlow } from '../report/report.ts'
import { escapeText } from '../terminal/escape.ts'
import type { Change } from './change.ts'
import type { Confirmation } from './confirm.ts'
import type { AppliedWord, SettledWord } from './trial.ts'

/** What is told about a change, for a terminal: all text of nodes is escaped here. */

export const UNATTENDED =
  'fix --apply asks before it changes anything, and here is no terminal to ask on. ' +
  'Run it in a terminal, or add --yes if this may change the rules of the nodes unasked; never from cron.'

export function question(changes: readonly Change[], seconds: number): string {
  const nodes = names(changes.map(({ node }) => node))
  return `Apply this on ${nodes}? Unless a second check bears it out, it is undone within ${seconds} s. [y/N] `
}

export function applyingText(changes: readonly Change[], seconds: number): string {
  const nodes = names(changes.map(({ node }) => node))
  return `Applying on ${nodes}, then checking again. Each node restores its rules by itself within ${seconds} s unless that bears the change out.\n`
}

/** Commands that were shown above and will not be applied. */
export function leftText(nodes: readonly string[]): string {
  if (nodes.length === 0) return ''
  return `Not applied on ${names(nodes)}: only what is proven is. Read the notes above, and paste by hand.\n`
}

export function keptText(changes: readonly Change[]): string {
  const persisting = changes.filter(({ persist }) => persist.length > 0)
  const lines = [
    `Kept on ${names(changes.map(({ node }) => node))}: the second check found the flows open and no other flow worse.`,
    ...(persisting.length === 0 ? [] : ['A reboot undoes it, unless you run']),
    ...persisting.flatMap(({ node, persist }) => [
      `on ${escapeText(node)}:`,
      ...persist.map((line) => `  ${escapeText(line)}`),
    ]),
  ]
  return `${lines.join('\n')}\n\n`
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
