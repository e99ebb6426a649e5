import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { LAB_PATH } from './mode.ts'

export interface RunOptions {
  /** Added to the lab's own small environment; nothing of the test runner's is inherited. */
  env?: Record<string, string>
  /** Default `/`. */
  cwd?: string
  /** An account of the lab other than root. */
  user?: 'dba'
}

export interface ExecOptions extends RunOptions {
  /** What the command reads on its stdin; without it, stdin is at its end. */
  input?: string
  /** Then the command and its process group are killed (SIGKILL). Default 30 s. */
  timeoutMs?: number
}

export interface ExecResult {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  timedOut: boolean
}

const ACCOUNTS = { root: '/run/lab/home/root', dba: '/run/lab/home/dba' }

/** A command line that is run as `user` in `cwd`. */
function wrap(argv: readonly string[], { cwd, user }: RunOptions): string[] {
  const inDirectory = cwd ? ['sh', '-c', 'cd -- "$0" && exec "$@"', cwd, ...argv] : [...argv]
  return user
    ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...inDirectory]
    : inDirectory
}

/**
 * Starts a command behind `enter` (see Holder). nsenter must fork to enter a pid namespace and passes no signal
 * on, so `kill` of the returned child goes to the command itself; nsenter then ends as the command did.
 */
export function spawnIn(
  enter: readonly string[],
  argv: readonly string[],
  options: RunOptions = {},
): ChildProcessWithoutNullStreams {
  const [file = '', ...args] = [...enter, ...wrap(argv, options)]
  const HOME = ACCOUNTS[options.user ?? 'root']
  const env = { PATH: LAB_PATH, HOME, LANG: 'C.UTF-8', ...options.env }
  // A process group of its own, so that a time limit reaches what the command started too.
  const child = spawn(file, args, { env, detached: true })
  child.kill = (signal = 'SIGTERM') => {
    const inner = commandOf(child.pid)
    return inner === undefined ? killGroup(child, signal) : send(inner, signal)
  }
  return child
}

/** Runs a command to its end. A code other than 0 is a result, not an error. */
export function execIn(
  enter: readonly string[],
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const child = spawnIn(enter, argv, options)
  return new Promise((resolve, reject) => {
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      killGroup(child, 'SIGKILL')
    }, options.timeoutMs ?? 30_000)
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {}) // EPIPE: the command did not want it
    child.stdin.end(options.input ?? '')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8')
      resolve({ code, signal, stdout: text(out), stderr: text(err), timedOut })
    })
  })
}

/** The one child of nsenter, as the machine counts pids; undefined before the fork and after the end. */
function commandOf(nsenter: number | undefined): number | undefined {
  try {
    const children = readFileSync(`/proc/${nsenter}/task/${nsenter}/children`, 'utf8')
    return Number.parseInt(children, 10) || undefined
  } catch {
    return undefined
  }
}

const killGroup = (child: { pid?: number | undefined }, signal: NodeJS.Signals | number) =>
  child.pid !== undefined && send(-child.pid, signal)

function send(pid: number, signal: NodeJS.Signals | number): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false // it ended before us
  }
}
