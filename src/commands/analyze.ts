import { createReadStream } from 'node:fs'
import { type Analysis, analyze } from '../analyze/analyze.ts'
import type { RulesText } from '../analyze/read-rules.ts'
import type { Environment } from '../check/environment.ts'
import { InputError } from '../inventory/input-error.ts'
import type { RulesFile } from '../inventory/rules-files.ts'
import type { Options } from '../options.ts'
import { escapeText } from '../terminal/escape.ts'

/** 10,000 rules are about 1 MiB. */
const MOST_BYTES = 32 * 1024 * 1024

/** Reads the files of `--rules` and judges them. Throws an `InputError` for one that cannot be read or judged. */
export async function analyzeFiles(
  options: Options,
  environment: Pick<Environment, 'now' | 'interrupted'>,
  version: string,
): Promise<Analysis> {
  const startedAt = environment.now()
  const texts: RulesText[] = []
  for (const file of options.rules) texts.push(await readFile(file, environment.interrupted))
  return analyze(options, texts, { version, startedAt, finishedAt: environment.now() })
}

async function readFile({ node, path, family }: RulesFile, signal: AbortSignal): Promise<RulesText> {
  const shown = path === '-' ? 'What stdin gave' : `The file ${escapeText(path, 200)}`
  const chunks: Buffer[] = []
  let size = 0
  try {
    const stream = path === '-' ? createReadStream('', { fd: 0, signal }) : createReadStream(path, { signal })
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MOST_BYTES) {
        throw new InputError('rules-size', `${shown} is larger than 32 MiB, which no ruleset is.`)
      }
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new InputError('rules-unreadable', `${shown} cannot be read (${WHY[code] ?? code}).`)
  }
  return { node, shown, family, text: decode(Buffer.concat(chunks)) }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'no right to read it',
  EISDIR: 'it is a directory',
  ABORT_ERR: 'interrupted',
}

/** PowerShell writes what it redirects into a file as UTF-16. */
function decode(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}
