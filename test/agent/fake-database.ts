import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Lab } from '../lab/lab.ts'

/** What it puts in the place of its own command line; its socket takes clients and never says a word. */
const SCRIPT = `import ctypes, os, socket, sys
words, log, path, ports = eval(sys.argv[1])
fields = open("/proc/self/stat").read().rpartition(")")[2].split()
start, end = int(fields[45]), int(fields[46])
if words:
    line = "\\0".join(words).encode() + b"\\0"
    assert len(line) <= end - start
    ctypes.memmove(start, line.ljust(end - start, b"\\0"), end - start)
if log:
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
kept = []
for port in ports:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(8)
    kept += [server, socket.create_connection(("127.0.0.1", port)), server.accept()]
if path:
    own = socket.socket(socket.AF_UNIX)
    own.bind(path)
    own.listen(8)
print("ready", flush=True)
sys.stdin.read()
`

interface FakeProgram {
  /** As the kernel shall name it. */
  readonly name: string
  /** Its command line. */
  readonly args?: readonly string[]
  readonly log?: string
  readonly socket?: string
  /** On 127.0.0.1, each with a connection from itself. */
  readonly ports?: readonly number[]
  /** Put before its command line. */
  readonly before?: readonly string[]
}

/** Something that looks like a program of the cluster to whoever reads /proc. It ends with its stdin. */
export async function startFake(
  lab: Lab,
  host: string,
  folder: string,
  { name, args = [], log, socket, ports = [], before = [] }: FakeProgram,
): Promise<ChildProcessWithoutNullStreams> {
  const [program, script] = [join(folder, name), join(folder, `${name}.py`)]
  symlinkSync('/usr/bin/python3', program)
  writeFileSync(script, SCRIPT)
  const wanted = `(${JSON.stringify(args)}, ${JSON.stringify(log ?? '')}, ${JSON.stringify(socket ?? '')}, ${JSON.stringify(ports)})`
  const child = lab.spawn(host, [...before, program, '-B', script, wanted, 'x'.repeat(500)])
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const started = once(createInterface(child.stdout), 'line')
  await Promise.race([
    started,
    once(child, 'exit').then(() => {
      throw new Error(`${name} did not start: ${said}`)
    }),
  ])
  return child
}
