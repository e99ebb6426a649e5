import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { bootstrapArgv } from '../../src/agent/bootstrap.ts'
import { AGENT_PROGRAM } from '../../src/agent/program.ts'
import { CONFIG } from '../session/fixtures.ts'
import { PYTHON_FLAGS, PYTHON_PROGRAM } from './agents.ts'

/** Runs Python code that ends as the agent: what surrounds it is not always as it should be. */
const AS_AGENT = 'import os,sys\nos.execv(sys.executable,[sys.executable]+sys.argv[1:])'
const behind = (code: string) => ['python3', '-c', `${code}\n${AS_AGENT}`, ...PYTHON_FLAGS, PYTHON_PROGRAM]

function start(argv: readonly string[] = bootstrapArgv(false)) {
  const [file = '', ...args] = argv
  const child = spawn(file, args, { stdio: 'pipe' }) as ChildProcessWithoutNullStreams
  child.stdin.on('error', () => {})
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>
  return { child, ended }
}
const configured = (deadlineSeconds: number) =>
  `${AGENT_PROGRAM}${JSON.stringify({ ...CONFIG, deadlineSeconds })}\n`

/** An answer of more than any pipe holds: every listener is refused, and each refusal told. */
const MANY = 5000
const LONG_ANSWER = `${JSON.stringify({
  do: 'listen',
  listeners: Array(MANY).fill({ protocol: 'tcp', address: '203.0.113.1', port: 9, guard: false }),
})}\n`

describe.concurrent('the agent ends', () => {
  it.each([
    ['nothing', ''],
    ['half a program', AGENT_PROGRAM.slice(0, 20_000)],
    ['a program without its configuration', AGENT_PROGRAM],
    ['all', configured(50)],
  ])('with its stdin, having been given %s', async (_name, input) => {
    const { child, ended } = start()
    child.stdin.end(input)
    let stderr = ''
    child.stderr.on('data', (data) => {
      stderr += data
    })
    child.stdout.resume()
    expect(await ended).toEqual([0, null])
    expect(stderr).toBe('')
  })

  it('when its caller is gone, and with it both pipes', async () => {
    const { child, ended } = start(['sh', '-c', 'exec "$@"', 'sh', ...bootstrapArgv(false)])
    child.stdin.write(configured(50))
    await once(child.stdout, 'data')
    child.stdin.destroy()
    child.stdout.destroy()
    expect(await ended).toEqual([0, null])
  })

  it('at its deadline, while it waits', async () => {
    const { child, ended } = start()
    child.stdin.write(configured(1))
    child.stdout.resume()
    expect(await ended).toEqual([null, 'SIGALRM'])
  })

  it('at its deadline, while it hangs', async () => {
    const { child, ended } = start()
    // Nobody reads: it hangs in its answer, and does not see that its stdin is closed.
    child.stdin.end(configured(3) + LONG_ANSWER)
    expect(await ended).toEqual([null, 'SIGALRM'])
  })

  it('at its deadline, though SIGALRM was ignored and blocked where it was started', async () => {
    const hostile =
      'import signal\nsignal.signal(signal.SIGALRM,signal.SIG_IGN)\nsignal.pthread_sigmask(signal.SIG_BLOCK,[signal.SIGALRM])'
    const { child, ended } = start(behind(hostile))
    child.stdin.write(configured(1))
    child.stdout.resume()
    expect(await ended).toEqual([null, 'SIGALRM'])
  })

  it('at a deadline of its first moments, when its program never arrives', async () => {
    const { child, ended } = start()
    child.stdin.write(AGENT_PROGRAM.slice(0, 20_000))
    expect(await ended).toEqual([null, 'SIGALRM'])
  })
})

describe('non-blocking pipes, as whoever shares them may leave them', () => {
  // Feeds the agent slowly, lets its answer fill the pipe to the brim, then reads it all.
  const feeder = `import array,fcntl,os,subprocess,sys,termios,time
program,command=sys.stdin.read().split("\\f")
def wait(reached):
    while not reached(): time.sleep(0.005)
def queued(fd):
    size=array.array("i",[0]); fcntl.ioctl(fd,termios.FIONREAD,size); return size[0]
into,say=os.pipe(); hear,out=os.pipe()
os.set_blocking(into,False); os.set_blocking(out,False)
agent=subprocess.Popen(sys.argv[1:],stdin=into,stdout=out)
os.close(out)
for part in (program[:9000],program[9000:],command):
    wait(lambda: queued(into)==0)
    for at in range(0,len(part),4096): os.write(say,part[at:at+4096].encode()); wait(lambda: queued(into)==0)
wait(lambda: queued(hear)>=65536-4096)
answer=b""
while not answer.endswith(b'"errno":"EADDRNOTAVAIL"}]}\\n'): answer+=os.read(hear,65536)
os.close(say)
while os.read(hear,65536): pass
sys.stdout.write(answer.decode()); sys.exit(agent.wait())`

  it('lose nothing', async () => {
    const { child, ended } = start([
      'python3',
      '-c',
      feeder,
      '/usr/bin/python3',
      ...PYTHON_FLAGS,
      PYTHON_PROGRAM,
    ])
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data) => {
      stdout += data
    })
    child.stderr.on('data', (data) => {
      stderr += data
    })
    child.stdin.end(`${configured(40)}\f${LONG_ANSWER}`)
    const ending = await ended
    expect([stderr, ...ending]).toEqual(['', 0, null])
    const answer = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
    expect(answer.listeners).toHaveLength(MANY)
  })
})
