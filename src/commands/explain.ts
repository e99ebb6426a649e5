import { explainLog } from '../galera/log-explained.ts'
import { renderExplainLog } from '../report/render/explain-log.ts'
import { renderDocument } from '../report/render/json.ts'
import type { Input } from '../terminal/input.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Outcome, Tool } from './run.ts'

/** Far more than anybody pastes; the end of a log that matters is shorter. */
const MOST_BYTES = 4 * 1024 * 1024

const PROMPT = 'Paste lines of the error log of a node, then press Enter and Ctrl-D:\n'

/** `pxc-netcheck explain`: what lines on stdin mean. Exit code 0 when one was known, 3 when none was. Throws an `InputError`. */
export async function explainInput(
  input: Input,
  asJson: boolean,
  terminal: Pick<Terminal, 'columns' | 'color'>,
  tool: Tool,
  interrupted: AbortSignal,
): Promise<Outcome> {
  if (input.attended) input.prompt(PROMPT)
  const log = explainLog(await input.read(MOST_BYTES, interrupted))
  const exitCode = log.explained.length + log.ordinary > 0 ? 0 : 3
  const stdout = asJson
    ? renderDocument({ schemaVersion: 1, tool, exitCode, ...log })
    : await renderExplainLog(log, terminal)
  return { stdout, stderr: '', exitCode }
}
