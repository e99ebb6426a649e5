import { type SpawnOptions, spawn } from 'node:child_process'

export interface ToolResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A small environment: nothing of the runner's colours or locale decides. */
const CLEAN_ENV = { PATH: process.env.PATH ?? '/usr/bin:/bin' }

/** Runs the built tool on this host as a user would; for command lines that send nothing anywhere. */
export function runTool(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: SpawnOptions = {},
): Promise<ToolResult> {
  return run([process.execPath, 'dist/pxc-netcheck.cjs', ...args], env, options)
}

export function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: SpawnOptions = {},
): Promise<ToolResult> {
  const [file, ...args] = argv as [string, ...string[]]
  const child = spawn(file, args, {
    ...options,
    env: { ...CLEAN_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
