import { type Change, changeOf } from '../apply/change.ts'
import { confirm } from '../apply/confirm.ts'
import {
  applyingText,
  endText,
  keptText,
  leftText,
  notAppliedReason,
  question,
  refutedReason,
  UNATTENDED,
} from '../apply/sentences.ts'
import { applyAll, openTrials, type SettledWord, settleAll, type Trial } from '../apply/trial.ts'
import type { CheckResult } from '../check/assemble.ts'
import { check } from '../check/check.ts'
import type { Environment } from '../check/environment.ts'
import { InputError } from '../inventory/input-error.ts'
import type { ApplyOptions, Options } from '../options.ts'
import { renderTable } from '../report/render/table.ts'
import type { Report } from '../report/report.ts'
import type { Dialogue } from '../terminal/dialogue.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Outcome } from './run.ts'

/**
 * The second check ends so long before the nodes' own timers (which are early by the time that applying took) that its agents, which end a little after it even when the
 * network is gone, do not outlive them.
 */
const RESERVE_MS = 5000
const CRITICAL = 2
const UNKNOWN = 3

/**
 * `fix --apply`: check, show, ask, apply under guard, check again, and keep the change only if that bears it out. Throws
 * an InputError where nobody can be asked.
 */
export async function applyFixes(
  apply: ApplyOptions,
  given: Options,
  environment: Environment,
  dialogue: Dialogue,
  look: Terminal,
  version: string,
): Promise<Outcome> {
  if (!apply.yes && !dialogue.attended) throw new InputError('nobody-to-ask', UNATTENDED)
  const before = await check(given, environment, version)
  // The same nodes the second time, though the first may have found them itself.
  const options = { ...given, nodes: before.nodes }
  const { changes, left } = chooseChanges(before, options.fixFor)
  const ended = (stderr: string, exitCode: number): Outcome => ({ stdout: '', stderr, exitCode })
  dialogue.show(`${await render(before.report, 'fix', options, look)}\n${leftText(left)}`)
  if (environment.interrupted.aborted || changes.length === 0) {
    return ended('pxc-netcheck: nothing to apply\n', before.report.exitCode)
  }
  if (
    !apply.yes &&
    !(await dialogue.ask(question(changes, apply.seconds, look.columns), environment.interrupted))
  ) {
    return ended('pxc-netcheck: nothing was changed\n', before.report.exitCode)
  }
  dialogue.show(applyingText(changes, apply.seconds, look.columns))
  const { trials, failures } = await openTrials(changes, options, environment, apply.seconds)
  try {
    if (failures.length > 0 || environment.interrupted.aborted) {
      return ended(`pxc-netcheck: ${['nothing was changed', ...failures].join('; ')}\n`, UNKNOWN)
    }
    const end = await tryChanges(trials, before.report, apply, options, environment, version)
    if (end.kind === 'undone') return ended(`pxc-netcheck: ${end.text}\n`, end.exitCode)
    const stdout = keptText(changes, end.words) + (await render(end.report, 'check', options, look))
    return { stdout, stderr: '', exitCode: end.report.exitCode }
  } finally {
    await Promise.all(trials.map(({ session }) => session.close()))
  }
}

/** What is applied, and the nodes that have commands which are not. */
function chooseChanges({ plans }: CheckResult, only: string | null): { changes: Change[]; left: string[] } {
  const wanted = plans.filter(
    ({ node, fixes }) =>
      (only === null || node === only) && fixes.some(({ commands }) => commands.length > 0),
  )
  const changes = wanted.flatMap((plan) => changeOf(plan) ?? [])
  const chosen = new Set(changes.map(({ node }) => node))
  return { changes, left: wanted.map(({ node }) => node).filter((node) => !chosen.has(node)) }
}

type End =
  | { readonly kind: 'kept'; readonly report: Report; readonly words: readonly SettledWord[] }
  | { readonly kind: 'undone'; readonly text: string; readonly exitCode: number }

async function tryChanges(
  trials: readonly Trial[],
  before: Report,
  { seconds }: ApplyOptions,
  options: Options,
  environment: Environment,
  version: string,
): Promise<End> {
  const beganAt = environment.now()
  const leftSeconds = () => seconds - (environment.now() - beganAt) / 1000
  let tookMs = 0
  const undo = async (reason: string, exitCode: number): Promise<End> => {
    const words = await settleAll(trials, 'roll-back', tookMs)
    const text = `rolled back: ${reason}. ${endText(words, leftSeconds())}`
    return { kind: 'undone', text, exitCode: all(words, 'restored') ? exitCode : UNKNOWN }
  }
  const applied = await applyAll(trials, seconds)
  tookMs = environment.now() - beganAt
  if (environment.interrupted.aborted) return undo('interrupted', UNKNOWN)
  const failed = notAppliedReason(applied)
  if (failed !== '') return undo(failed, UNKNOWN)
  const deadlineMs = Math.min(options.deadlineMs, leftSeconds() * 1000 - tookMs - RESERVE_MS)
  if (deadlineMs <= options.timeoutMs) {
    return undo('too little time was left to check again; raise --rollback-after', UNKNOWN)
  }
  const { report: after } = await check({ ...options, deadlineMs }, environment, version)
  if (environment.interrupted.aborted) return undo('interrupted', UNKNOWN)
  const opens = new Set(trials.flatMap(({ change }) => change.opens))
  const confirmation = confirm(before, after, opens)
  if (confirmation.kind === 'refuted') {
    const told = [...confirmation.stillShut, ...confirmation.worse].every(({ status }) => status === 'DOWN')
    return undo(refutedReason(confirmation), told ? CRITICAL : UNKNOWN)
  }
  const words = await settleAll(trials, 'keep', tookMs)
  if (all(words, 'kept')) return { kind: 'kept', report: after, words }
  const text = `confirmed by the second check, but not kept everywhere. ${endText(words, leftSeconds())} Check again.`
  return { kind: 'undone', text, exitCode: UNKNOWN }
}

function all(words: readonly SettledWord[], outcome: SettledWord['outcome']): boolean {
  return words.every((word) => word.outcome === outcome)
}

function render(
  report: Report,
  view: 'check' | 'fix',
  { fixFor }: Options,
  { columns, color, ascii }: Terminal,
): Promise<string> {
  return renderTable(report, { columns, color, ascii, quiet: 0, view, node: view === 'fix' ? fixFor : null })
}
