import type { Self } from '../alert/self.ts'
import { check } from '../check/check.ts'
import type { Environment } from '../check/environment.ts'
import { InputError } from '../inventory/input-error.ts'
import type { Options, ParsedArguments } from '../options.ts'
import { acknowledge, expiredIgnores } from '../report/acknowledge.ts'
import { errorReport } from '../report/render/json.ts'
import type { Dialogue } from '../terminal/dialogue.ts'
import { escapeText } from '../terminal/escape.ts'
import { errorFormat } from '../terminal/formats.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { dryRun } from './dry-run.ts'
import { type Printable, render, renderAs } from './render.ts'

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  /** Called once stdout is written, with whether it was; what it resolves to is printed too. */
  settle?(printed: boolean): Promise<string>
}

export interface Tool {
  readonly name: string
  readonly version: string
}

/** From checked options to what is printed; a crash is an UNKNOWN, in the format that was asked for. */
export async function runCommand(
  options: Options,
  environment: Environment,
  terminal: Terminal,
  dialogue: Dialogue,
  tool: Tool,
  self: Self,
): Promise<Outcome> {
  if (options.dryRun) return { stdout: await dryRun(options, environment), stderr: '', exitCode: 0 }
  let result: Printable
  try {
    if (options.output !== null) {
      const { checkOutput } = await import('./write-output.ts')
      await checkOutput(options.output)
    }
    if (options.printConfig) {
      const { printConfig } = await import('./print-config.ts')
      return await deliver(await printConfig(options, environment, terminal), options, environment)
    }
    if (options.apply !== null) {
      const { applyFixes } = await import('./apply.ts')
      return await applyFixes(options.apply, options, environment, dialogue, terminal, tool.version)
    }
    if (options.alert !== null) {
      const { watchedRun } = await import('../alert/watched-run.ts')
      return await watchedRun(
        options.alert,
        options,
        environment,
        self,
        tool,
        async () => (await check(options, environment, tool.version)).report,
      )
    }
    if (options.command === 'analyze') {
      const { analyzeFiles } = await import('./analyze.ts')
      result = await analyzeFiles(options, environment, tool.version)
    } else {
      result = await check(options, environment, tool.version)
    }
    const nowMs = environment.now()
    const report = acknowledge(result.report, options.ignore, { ...options, nowMs })
    const expired = expiredIgnores(options.ignore, nowMs)
    const stdout = await render({ ...result, report }, options, terminal, expired)
    return await deliver({ stdout, stderr: '', exitCode: report.exitCode }, options, environment)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { code, message } = error
    return failedOutcome(
      { code, message, format: errorFormat(options) },
      tool,
      new Date(environment.now()).toISOString(),
    )
  }
}

/** What would go to stdout goes into the file of `--output`. A run that was broken off is no news: the report of the last one stays. */
async function deliver(
  outcome: Outcome,
  { output }: Options,
  { interrupted }: Environment,
): Promise<Outcome> {
  if (output === null) return outcome
  if (interrupted.aborted) {
    const left = `pxc-netcheck: interrupted; --output ${escapeText(output, 200)} is left as it was\n`
    return { ...outcome, stdout: '', stderr: left }
  }
  const { writeOutput } = await import('./write-output.ts')
  await writeOutput(output, outcome.stdout)
  return { ...outcome, stdout: '' }
}

/**
 * What is printed when there was no run: a document for who asked for one, the line of a plugin, else a sentence on stderr. A
 * report of no flows would be no news to who reads flows.
 */
export async function failedOutcome(
  error: Pick<Extract<ParsedArguments, { kind: 'error' }>, 'code' | 'message' | 'format'>,
  tool: Tool,
  at: string,
): Promise<Outcome> {
  const { code, message, format } = error
  if (format !== 'json' && format !== 'nagios' && format !== 'junit') {
    return { stdout: '', stderr: `pxc-netcheck: ${message}\n`, exitCode: 3 }
  }
  const report = errorReport({ tool, startedAt: at, finishedAt: at, durationMs: 0 }, { code, message })
  return { stdout: await renderAs(format, report, 0), stderr: '', exitCode: 3 }
}
