import { readFileSync } from 'node:fs'
import type { NodeSettings } from '../../src/galera/node-settings.ts'
import { type Keys, settingsOf } from './settings.ts'

/**
 * A layout of fixtures/my-cnf: `@installed` what the server says of its version, then its option files in reading order, each behind an
 * `@file` with its path.
 */
function layout(name: string): { installed: string; files: Record<string, string> } {
  const text = readFileSync(new URL(`../../fixtures/my-cnf/${name}.txt`, import.meta.url), 'utf8')
  const installed = /^@installed (.*)$/m.exec(text)?.[1] ?? ''
  const files = text.split(/^@file /m).slice(1)
  return {
    installed,
    files: Object.fromEntries(
      files.map((file) => {
        const end = file.indexOf('\n')
        return [file.slice(0, end), file.slice(end + 1)]
      }),
    ),
  }
}

/** The settings of a stopped node with such files. */
export function settingsOfLayout(name: string, keys: Keys = {}): NodeSettings {
  return settingsOf({ stopped: true, ...layout(name), ...keys })
}
