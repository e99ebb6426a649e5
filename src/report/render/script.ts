import { escapeText } from '../../terminal/escape.ts'
import type { Report } from '../report.ts'
import { provenText } from './fixes.ts'
import { safeReport } from './safe.ts'

/** The commands for one node as a shell script; what is not to be run blindly stands in comments. */
export function renderScript(unsafe: Report, unsafeNode: string): string {
  const report = safeReport(unsafe)
  const node = escapeText(unsafeNode)
  const fixes = report.fixes.filter((fix) => fix.node === node && fix.commands.length > 0)
  const { name, version } = report.tool
  const lines = [
    '#!/bin/sh',
    `# ${name} ${version}, ${report.startedAt}: for ${node} only, as root.`,
    ...(fixes.length === 0
      ? ['# Nothing to run: this run found no block that a command here would open.']
      : []),
    ...fixes.flatMap((fix) => [
      `# ${provenText(fix)}`,
      ...(fix.note === undefined ? [] : [`# ${fix.note}`]),
      ...fix.commands,
      ...commented('To keep it over a reboot:', fix.persist),
      ...commented('To undo:', fix.undo),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

function commented(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`# ${title}`, ...lines.map((line) => `#   ${line}`)]
}
