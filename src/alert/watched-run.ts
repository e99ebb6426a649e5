import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../check/environment.ts'
import type { Outcome } from '../commands/run.ts'
import { InputError } from '../inventory/input-error.ts'
import type { Options } from '../options.ts'
import { acknowledge, expiredIgnores } from '../report/acknowledge.ts'
import { errorReport } from '../report/render/json.ts'
import type { Report } from '../report/report.ts'
import { decide } from './decide.ts'
import { type Lock, takeLock } from './lock.ts'
import { forgetful, type Memory, remember } from './memory.ts'
import { alertMessage } from './message.ts'
import type { AlertOptions } from './options.ts'
import { readProblems } from './read-problems.ts'
import type { Self } from './self.ts'
import { errnoOf, readStateFile } from './state-file.ts'
import { stateDirectory, stateFileName } from './state-path.ts'
import { busyLine, INTERRUPTED, lockTrouble, noPlace } from './troubles.ts'

/**
 * A run whose report is compared with those before it, and which prints no more than what is to be told. Only one runs at a time
 * for a state file. What is told is remembered after it is printed: a run that is ended in between is told again, never lost.
 */
export async function watchedRun(
  alert: AlertOptions,
  options: Options,
  environment: Environment,
  self: Self,
  tool: Report['tool'],
  check: () => Promise<Report>,
): Promise<Outcome> {
  const run = () => check().catch((error) => notRun(error, environment, tool))
  const path = await placeOf(alert, options, self)
  if (path === null) return finish(forgetful(noPlace()), await run(), alert, options, environment)
  const lock = await takeLock(path, {
    pid: self.pid,
    deadlineMs: options.deadlineMs,
    nowMs: environment.now(),
  })
  if (lock.kind === 'busy') return busyOutcome(lock, path, self)
  const release = lock.kind === 'held' ? lock.release : async () => {}
  try {
    const memory = lock.kind === 'failed' ? forgetful(lockTrouble(path, lock.code)) : await remember(path)
    const outcome = await finish(memory, await run(), alert, options, environment)
    const { settle } = outcome
    const settleAndRelease = async (printed: boolean) => {
      try {
        return settle === undefined ? '' : await settle(printed)
      } finally {
        await release()
      }
    }
    return { ...outcome, settle: settleAndRelease }
  } catch (error) {
    await release()
    throw error
  }
}

/** That no run could be made is one more thing to tell of once, and not each minute. */
function notRun(error: unknown, environment: Environment, tool: Report['tool']): Report {
  if (!(error instanceof InputError)) throw error
  const { code, message } = error
  const at = new Date(environment.now()).toISOString()
  return errorReport({ tool, startedAt: at, finishedAt: at, durationMs: 0 }, { code, message })
}

async function finish(
  memory: Memory,
  found: Report,
  alert: AlertOptions,
  options: Options,
  environment: Environment,
): Promise<Outcome> {
  // What a run that was broken off did not see is no news.
  if (environment.interrupted.aborted) return { stdout: INTERRUPTED, stderr: '', exitCode: 3 }
  const nowMs = environment.now()
  const { requireListening, ignore } = options
  const report = acknowledge(found, ignore, { nowMs, requireListening })
  const { exitCode } = report
  const seen = readProblems(report, requireListening)
  const expired = expiredIgnores(ignore, nowMs)
  const decided = decide(memory.previous, { ...seen, exitCode, expired }, alert, nowMs)
  const message = decided.alert === null ? '' : await alertMessage(decided.alert, report, nowMs)
  return {
    stdout: [message, ...memory.troubles].filter(Boolean).join('\n'),
    stderr: '',
    exitCode,
    settle: async (printed) => (printed ? memory.keep(decided.state) : ''),
  }
}

/** The state file; null where there is no place for one. */
async function placeOf({ file }: AlertOptions, options: Options, self: Self): Promise<string | null> {
  if (file !== null) return file
  const directory = stateDirectory(self)
  if (directory === null) return null
  // What is wrong with it shows when the lock is made in it.
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch(errnoOf)
  return join(directory, stateFileName(options))
}

/**
 * The run before is still at work, and tells what is to be told; so this one has nothing to say to cron, and ends as the last
 * one that came to its end. One that should have ended is told of once.
 */
async function busyOutcome(
  { holder }: Extract<Lock, { kind: 'busy' }>,
  path: string,
  { interactive }: Self,
): Promise<Outcome> {
  const read = await readStateFile(path)
  const last = read.kind === 'state' ? read.state.exitCode : 3
  const isTold = interactive || (holder.overdue && (await holder.tellOnce()))
  return {
    stdout: isTold ? busyLine(holder) : '',
    stderr: '',
    exitCode: holder.overdue ? 3 : last,
  }
}
