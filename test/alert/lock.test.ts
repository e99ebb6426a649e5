import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Lock, takeLock } from '../../src/alert/lock.ts'
import { describeUnless } from '../lab/require.ts'

const DEADLINE = 60_000

describeUnless(process.platform === 'linux' ? [] : ['a lock needs /proc here: Linux'], 'the lock', () => {
  let directory: string
  let path: string
  const children: ChildProcess[] = []
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pxc-netcheck-lock-'))
    path = join(directory, 's.json')
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  const take = (pid = process.pid, nowMs = Date.now()) => takeLock(path, { pid, deadlineMs: DEADLINE, nowMs })
  const files = () => readdirSync(directory).filter((name) => name.startsWith('s.json.'))
  const taken = async (lock: Promise<Lock>) => {
    const each = await lock
    if (each.kind !== 'held') throw new Error(each.kind)
    return each
  }
  const other = async (): Promise<ChildProcess & { pid: number }> => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    children.push(child)
    await once(child, 'spawn')
    return child as ChildProcess & { pid: number }
  }

  it('is taken and given back without a trace', async () => {
    const lock = await taken(take())
    expect(files()).toHaveLength(1)
    await lock.release()
    expect(files()).toEqual([])
  })

  it('is not taken from a process that lives', async () => {
    const { pid } = await other()
    await taken(take(pid))
    const lock = await take()
    expect(lock).toMatchObject({ kind: 'busy', holder: { pid, overdue: false } })
    expect(files()).toHaveLength(1)
  })

  it('is taken over from one that was killed', async () => {
    const child = await other()
    await taken(take(child.pid))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await taken(take())
    expect(files()).toHaveLength(1)
  })

  it.each([
    ['another process with its number', /-[0-9]+-/, '-1-'],
    ['one from before a reboot', /^(s\.json\.lock-\d+-\d+)-\w+/, '$1-00000000'],
  ])('is taken over from %s', async (_, what, by) => {
    const { pid } = await other()
    await taken(take(pid))
    const [name = ''] = files()
    expect(name.replace(what, by)).not.toBe(name)
    renameSync(join(directory, name), join(directory, name.replace(what, by)))
    await (await taken(take())).release()
    expect(files()).toEqual([])
  })

  it.each([
    ['of another host', /^(s\.json\.lock-\d+-\d+-\w+)-\w+/],
    ['of another pid namespace', /^(s\.json\.lock-\d+-\d+-\w+-\w+)-\w+/],
  ])('is not taken from a process %s before it must have ended', async (_, what) => {
    await taken(take())
    const [name = ''] = files()
    renameSync(join(directory, name), join(directory, name.replace(what, '$1-x')))
    expect((await take()).kind).toBe('busy')
    await taken(take(process.pid, Date.now() + DEADLINE + 120_000))
    expect(files()).toHaveLength(1)
  })

  it('tells once of a process that should have ended', async () => {
    const child = await other()
    const held = await taken(take(child.pid))
    const past = Date.now() / 1000 - 3600
    for (const name of files()) utimesSync(join(directory, name), past, past)
    const told: boolean[] = []
    for (let run = 0; run < 3; run++) {
      const lock = await take()
      if (lock.kind !== 'busy') throw new Error(lock.kind)
      expect(lock.holder.overdue).toBe(true)
      told.push(await lock.holder.tellOnce())
    }
    expect(told).toEqual([true, false, false])
    await held.release()
    expect(files()).toEqual([])
  })

  it('is no matter to what else lies there', async () => {
    for (const name of [
      's.json',
      's.json.corrupt',
      's.json.lock-',
      's.json.lock-x',
      't.json.lock-1-1-a-b-c-1',
    ]) {
      writeFileSync(join(directory, name), '')
    }
    await (await taken(take())).release()
    expect(readdirSync(directory)).toHaveLength(5)
  })

  it('says why there can be none', async () => {
    expect(await takeLock(`${directory}/no/s.json`, { pid: process.pid, deadlineMs: 1, nowMs: 0 })).toEqual({
      kind: 'failed',
      code: 'ENOENT',
    })
  })

  it('is held by one at a time, of many that want it, some of whom are killed', async () => {
    const script = join(directory, 'take.cjs')
    buildSync({
      entryPoints: ['test/alert/take-forever.ts'],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
    })
    const journal = join(directory, 'journal')
    const start = () => {
      const child = spawn(process.execPath, [script, path, journal, '25'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      children.push(child)
      return child
    }
    const workers = Array.from({ length: 4 }, start)
    const [victim] = workers
    const ended = workers.map(async (child) => once(child, 'exit'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    victim?.kill('SIGKILL')
    const codes = (await Promise.all(ended)).map(([code]) => code)
    // 1: it found somebody else inside.
    expect(codes.slice(1)).toEqual([0, 0, 0])
  })
})
