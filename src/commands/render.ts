import type { CheckResult } from '../check/assemble.ts'
import type { Options } from '../options.ts'
import { renderJson } from '../report/render/json.ts'
import { renderNagios } from '../report/render/nagios.ts'
import type { Report } from '../report/report.ts'
import { escapeText } from '../terminal/escape.ts'
import type { Terminal } from '../terminal/terminal.ts'

export type Printable = Pick<CheckResult, 'report' | 'scripts'>

/** What a run prints, in the form and the view that were asked for; `expired`: the texts of the `--ignore` that have run out. */
export async function render(
  { report, scripts }: Printable,
  options: Options,
  terminal: Terminal,
  expired: readonly string[],
): Promise<string> {
  if (options.quiet >= 2) return ''
  if (options.format !== 'table') return renderAs(options.format, report, options.deadlineMs)
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
  return renderTable(report, {
    columns,
    color,
    ascii,
    quiet: options.quiet,
    view,
    node: options.fixFor,
    expired,
  })
}

/** The whole report in a form for programs, tickets or pages; `deadlineMs` is that of the run. */
export async function renderAs(
  format: Exclude<Options['format'], 'table'>,
  report: Report,
  deadlineMs: number,
): Promise<string> {
  switch (format) {
    case 'json':
      return renderJson(report)
    case 'nagios':
      return renderNagios(report, deadlineMs)
    case 'prometheus':
      return (await import('../report/render/prometheus.ts')).renderPrometheus(report)
    case 'tsv':
      return (await import('../report/render/tsv.ts')).renderTsv(report)
    case 'markdown':
      return (await import('../report/render/markdown.ts')).renderMarkdown(report)
    case 'junit':
      return (await import('../report/render/junit.ts')).renderJunit(report)
    case 'html':
      return (await import('../report/render/html.ts')).renderHtml(report)
  }
}

/** A script all the same, so that what is piped to a shell does nothing instead of failing. */
function nothingToRun(node: string, { fixes }: Report): string {
  const blocked = fixes.some((fix) => fix.node === node && fix.backend !== 'cloud')
  const why = blocked
    ? 'it is blocked, but its rules could not be read or tell too little for a script. Run again with --become, or see fix --for.'
    : 'no block was found there that a command would open.'
  return `#!/bin/sh\n# Nothing to run on ${escapeText(node)}: ${why}\n`
}
