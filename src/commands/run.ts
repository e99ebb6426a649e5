import type { CheckResult } from '../check/assemble.ts'
import { check } from '../check/check.ts'
import type { Environment } from '../check/environment.ts'
import { InputError } from '../inventory/input-error.ts'
import type { Options, ParsedArguments } from '../options.ts'
import { errorReport, renderJson } from '../report/render/json.ts'
import type { Report } from '../report/report.ts'
import type { Dialogue } from '../terminal/dialogue.ts'
import { escapeText } from '../terminal/escape.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { dryRun } from './dry-run.ts'

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

export interface Tool {
  readonly name: string
  readonly version: string
}

type Printable = Pick<CheckResult, 'report' | 'scripts'>

/** From checked options to what is printed; a crash is an UNKNOWN, in the format that was asked for. */
export async function runCommand(
  options: Options,
  environment: Environment,
  terminal: Terminal,
  dialogue: Dialogue,
  tool: Tool,
): Promise<Outcome> {
  if (options.dryRun) return { stdout: await dryRun(options, environment), stderr: '', exitCode: 0 }
  let result: Printable
  try {
    if (options.printConfig) {
      const { printConfig } = await import('./print-config.ts')
      return await printConfig(options, environment, terminal)
    }
    if (options.apply !== null) {
      const { applyFixes } = await import('./apply.ts')
      return await applyFixes(options.apply, options, environment, dialogue, terminal, tool.version)
    }
    if (options.command === 'analyze') {
      const { analyzeFiles } = await import('./analyze.ts')
      result = await analyzeFiles(options, environment, tool.version)
    } else {
      result = await check(options, environment, tool.version)
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { code, message } = error
    return failedOutcome(
      { code, message, format: options.format },
      tool,
      new Date(environment.now()).toISOString(),
    )
  }
  return { stdout: await render(result, options, terminal), stderr: '', exitCode: result.report.exitCode }
}

async function render({ report, scripts }: Printable, options: Options, terminal: Terminal): Promise<string> {
  if (options.quiet >= 2) return ''
  if (options.format === 'json') return renderJson(report)
  if (options.command === 'pmm') {
    const { renderPmm } = await import('../report/render/pmm.ts')
    return renderPmm(report, { ...terminal, quiet: options.quiet })
  }
  if (options.explain !== null) {
    const { renderExplain } = await import('../report/render/explain.ts')
    return renderExplain(report, options.explain, terminal)
  }
  if (options.script && options.fixFor !== null) {
    return scripts.get(options.fixFor) ?? nothingToRun(options.fixFor, report)
  }
  const { renderTable } = await import('../report/render/table.ts')
  const { columns, color, ascii } = terminal
  // analyze --for is asked for the commands, as fix --for is.
  const view = options.command === 'fix' || options.fixFor !== null ? 'fix' : 'check'
  return renderTable(report, { columns, color, ascii, quiet: options.quiet, view, node: options.fixFor })
}

/** A script all the same, so that what is piped to a shell does nothing instead of failing. */
function nothingToRun(node: string, { fixes }: Report): string {
  const blocked = fixes.some((fix) => fix.node === node && fix.backend !== 'cloud')
  const why = blocked
    ? 'it is blocked, but its rules could not be read or tell too little for a script. Run again with --become, or see fix --for.'
    : 'no block was found there that a command would open.'
  return `#!/bin/sh\n# Nothing to run on ${escapeText(node)}: ${why}\n`
}

/** What is printed when there was no run: a JSON document for who asked for one, a sentence on stderr for people. */
export function failedOutcome(
  error: Pick<Extract<ParsedArguments, { kind: 'error' }>, 'code' | 'message' | 'format'>,
  tool: Tool,
  at: string,
): Outcome {
  const { code, message, format } = error
  if (format !== 'json') return { stdout: '', stderr: `pxc-netcheck: ${message}\n`, exitCode: 3 }
  const report = errorReport({ tool, startedAt: at, finishedAt: at, durationMs: 0 }, { code, message })
  return { stdout: renderJson(report), stderr: '', exitCode: 3 }
}
