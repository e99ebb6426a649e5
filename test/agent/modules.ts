import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const AGENT = fileURLToPath(new URL('../../src/agent', import.meta.url))

/** What a Python expression of the agent's own modules comes to, as JSON; `input` is there as `given`. */
export function evaluate(module: string, expression: string, input: unknown = null): unknown {
  const program = `import json, sys; sys.path.insert(0, sys.argv[1])
import ${module}
given = json.loads(sys.stdin.read())
print(json.dumps(${expression}))`
  const options = { encoding: 'utf8', input: JSON.stringify(input), maxBuffer: 64 * 1024 * 1024 } as const
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', program, AGENT], options)
  if (stderr !== '') throw new Error(stderr)
  return JSON.parse(stdout)
}
