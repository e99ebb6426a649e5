import { randomBytes, randomInt } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Environment } from './check/environment.ts'
import { failedOutcome, type Outcome, runCommand, type Tool } from './commands/run.ts'
import { parseDefaultsFile } from './inventory/defaults-file.ts'
import { InputError } from './inventory/input-error.ts'
import { accountOf, parseCredentials } from './inventory/pmm-account.ts'
import { type Options, type ParsedArguments, parseOptions } from './options.ts'
import { localAddresses, probeInProcess } from './probe/in-process.ts'
import type { HttpAccount, MysqlAccount } from './session/requests.ts'
import { Session } from './session/session.ts'
import { createDialogue } from './terminal/dialogue.ts'
import { escapeText } from './terminal/escape.ts'
import { errorFormat, errorFormatOf } from './terminal/formats.ts'
import { createInput } from './terminal/input.ts'
import { createProgress, type Progress } from './terminal/progress.ts'
import { inspectTerminal } from './terminal/terminal.ts'

/** Set by the build, from package.json. */
declare const __VERSION__: string

const TOOL: Tool = { name: 'pxc-netcheck', version: __VERSION__ }
type ExplainOptions = Extract<ParsedArguments, { kind: 'explain' }>['options']

/** 128 + n, as shells report a signal. */
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** null: no file was given. The error says what is wrong with the file, and nothing of what is in it. */
function readAccount(path: string | null): MysqlAccount | null | InputError {
  if (path === null) return null
  const shown = escapeText(path, 200)
  try {
    return parseDefaultsFile(readFileSync(path, 'utf8'), shown)
  } catch (error) {
    if (error instanceof InputError) return error
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    return new InputError(
      'defaults-file',
      `--mysql-defaults-file ${shown} cannot be read (${code}). Check its name and its rights.`,
    )
  }
}

/** Of the file, or else of the environment; a file that everybody on this host may read is refused. */
function readPmmAccount({ pmm, pmmCredentialsFile: path }: Options): HttpAccount | null | InputError {
  if (pmm === null) return null
  const shown = escapeText(path ?? '', 200)
  try {
    if (path === null) return accountOf(process.env)
    if ((statSync(path).mode & 0o007) !== 0) {
      return new InputError(
        'pmm-credentials',
        `--pmm-credentials-file ${shown} is open to everybody on this host. Close it: chmod 600`,
      )
    }
    return parseCredentials(readFileSync(path, 'utf8'), shown)
  } catch (error) {
    if (error instanceof InputError) return error
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    return new InputError(
      'pmm-credentials',
      `--pmm-credentials-file ${shown} cannot be read (${code}). Check its name and its rights.`,
    )
  }
}

function createEnvironment(
  interrupted: AbortSignal,
  progress: Progress,
  mysqlAccount: MysqlAccount | null,
  pmmAccount: HttpAccount | null,
): Environment {
  return {
    mysqlAccount,
    pmmAccount,
    now: Date.now,
    monotonic: () => performance.now(),
    token: () => randomInt(0x1_0000),
    secret: () => randomBytes(12).toString('hex'),
    localAddresses,
    hostname,
    resolve: async (host) => (await lookup(host).catch(() => null))?.address ?? null,
    openSession: (transport, become, config) => new Session(transport, become, config),
    probeInProcess,
    progress: progress.show,
    interrupted,
  }
}

async function explain(options: ExplainOptions, at: string): Promise<Outcome> {
  const interrupted = new AbortController()
  let exitCode: number | null = null
  for (const [signal, code] of Object.entries(SIGNAL_EXITS)) {
    process.once(signal, () => {
      exitCode = code
      interrupted.abort()
    })
  }
  try {
    const { explainInput } = await import('./commands/explain.ts')
    const terminal = inspectTerminal(process, options)
    const outcome = await explainInput(
      createInput(process),
      options.format === 'json',
      terminal,
      TOOL,
      interrupted.signal,
    )
    return exitCode === null ? outcome : { stdout: '', stderr: '', exitCode }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return failedOutcome({ code: error.code, message: error.message, format: options.format }, TOOL, at)
  }
}

async function main(): Promise<Outcome> {
  const parsed = parseOptions(process.argv.slice(2), TOOL.version)
  if (parsed.kind === 'print') return { stdout: parsed.text, stderr: '', exitCode: parsed.exitCode }
  const now = () => new Date().toISOString()
  if (parsed.kind === 'error') return failedOutcome(parsed, TOOL, now())
  if (parsed.kind === 'explain') return explain(parsed.options, now())
  const { options } = parsed
  const account = readAccount(options.mysqlDefaultsFile)
  const pmmAccount = readPmmAccount(options)
  const refused = ({ code, message }: InputError) =>
    failedOutcome({ code, message, format: errorFormat(options) }, TOOL, now())
  if (account instanceof InputError) return refused(account)
  if (pmmAccount instanceof InputError) return refused(pmmAccount)
  const { stdout, stderr, env } = process
  // A file is no terminal, wherever stdout leads.
  const terminal = inspectTerminal({ stdout: options.output === null ? stdout : {}, stderr, env }, options)
  const interrupted = new AbortController()
  let exitCode: number | null = null
  for (const [signal, code] of Object.entries(SIGNAL_EXITS)) {
    // Once: a second Ctrl-C ends the tool at once, and the agents notice that their stdin is closed.
    process.once(signal, () => {
      exitCode = code
      interrupted.abort()
    })
  }
  const progress = await createProgress(terminal.progress)
  try {
    const outcome = await runCommand(
      options,
      createEnvironment(interrupted.signal, progress, account, pmmAccount),
      terminal,
      createDialogue(process, progress.stop),
      TOOL,
      { pid: process.pid, uid: process.getuid?.() ?? null, env, interactive: stdout.isTTY === true },
    )
    return { ...outcome, exitCode: exitCode ?? outcome.exitCode }
  } catch (error) {
    const message = `internal error, please report it: ${escapeText(String((error as Error)?.stack ?? error), 4000)}`
    return failedOutcome({ code: 'internal-error', message, format: errorFormat(options) }, TOOL, now())
  } finally {
    progress.stop()
  }
}

/** Node ends a crash with 1, which monitoring reads as WARNING. */
function crash(error: unknown): void {
  if (errorFormatOf(process.argv.slice(2)) === 'nagios') {
    // Whoever runs a plugin reads its stdout alone.
    process.stdout.write('PXC-NETCHECK UNKNOWN - internal error, please report it\n')
  } else {
    process.stderr.write(
      `pxc-netcheck: internal error, please report it: ${String((error as Error)?.stack ?? error)}\n`,
    )
  }
  process.exit(3)
}

process.on('uncaughtException', crash)
process.on('unhandledRejection', crash)
// A reader that has seen enough (| head) is no error, and changes no verdict.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') crash(error)
})

// Node ends with 0 when it has nothing more to wait for, though no answer was found.
process.exitCode = 3
void main().then(async ({ stdout, stderr, exitCode, settle }) => {
  // Never process.exit() after output: it would cut what a pipe has not taken yet.
  process.exitCode = exitCode
  process.stderr.write(stderr)
  if (settle === undefined) {
    process.stdout.write(stdout)
    return
  }
  const printed = await new Promise<boolean>((resolve) => {
    process.stdout.write(stdout, (error) => resolve(error == null))
  })
  process.stdout.write(await settle(printed))
})
