import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Each notes its own name, its arguments and, where it reads a manifest, that. */
const PROGRAM = `#!/bin/sh
{
  printf '%s\\0' "\${0##*/}" "$@"
  case "\${0##*/} $1" in 'kubectl apply') printf '%s\\0' "$(cat)";; esac
  printf '\\001'
} >> "$RECORD"
case "\${0##*/} $1" in 'kubectl get') printf '%s' "$POLICIES";; esac
`

interface Ran {
  /** The words of each command that was run, its program first. */
  readonly calls: readonly (readonly string[])[]
  readonly stderr: string
}

/** Pastes the lines into a shell on whose PATH the cloud's programs only note what they were given. */
export function runCommands(
  lines: readonly string[],
  policies = 'networkpolicy.networking.k8s.io/default-deny\n',
): Ran {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-'))
  try {
    for (const name of ['aws', 'gcloud', 'az', 'kubectl']) {
      writeFileSync(join(folder, name), PROGRAM)
      chmodSync(join(folder, name), 0o755)
    }
    const record = join(folder, 'record')
    writeFileSync(record, '')
    const script = `${lines.join('\n')}\n`
    const env = { PATH: `${folder}:/usr/bin:/bin`, RECORD: record, POLICIES: policies }
    const checked = spawnSync('sh', ['-n'], { input: script, env, encoding: 'utf8' })
    const { status, stderr } = spawnSync('sh', ['-e'], { input: script, env, cwd: folder, encoding: 'utf8' })
    if (checked.status !== 0 || status !== 0) throw new Error(`${checked.stderr}${stderr}\n${script}`)
    const calls = readFileSync(record, 'utf8').split('\u0001').slice(0, -1)
    return { calls: calls.map((call) => call.split('\0').slice(0, -1)), stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
