import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { buildSync } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../src/alert/decide.ts'
import { readStateFile, setAside, writeStateFile } from '../../src/alert/state-file.ts'
import { Random } from '../firewall/lab/random.ts'
import { CHANGE, down, run } from './runs.ts'

const SEED = Number(process.env.PXC_NETCHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
const { state } = decide(null, run([down('a', 'b')]), CHANGE, 1_000_000)

describe('the state file', () => {
  let directory: string
  let path: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pxc-netcheck-state-'))
    path = join(directory, 's.json')
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('is read as it was written, and is for its owner alone', async () => {
    expect(await readStateFile(path)).toEqual({ kind: 'none' })
    expect(await writeStateFile(path, state)).toBeNull()
    expect(await readStateFile(path)).toEqual({ kind: 'state', state })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['s.json'])
  })

  it.each<[string, string, string]>([
    ['nothing', '', 'corrupt'],
    ['half of it', JSON.stringify(state).slice(0, -20), 'corrupt'],
    ['something else', '{"schemaVersion":1}', 'corrupt'],
    ['no object', 'null', 'corrupt'],
    ['an older one than there is', '{"version":0}', 'corrupt'],
    ['a track of nothing', JSON.stringify({ ...state, tracks: [{ told: null, turn: null }] }), 'corrupt'],
    ['a time that is none', JSON.stringify({ ...state, lastToldMs: 1e300 }), 'corrupt'],
    ['a newer one', '{"version":2}', 'newer'],
    ['a newer one with all that ours has', JSON.stringify({ ...state, version: 7 }), 'newer'],
  ])('with %s in it', async (_, text, kind) => {
    writeFileSync(path, text)
    expect(await readStateFile(path)).toEqual({ kind })
  })

  it('is no device and no directory', async () => {
    expect(await readStateFile('/dev/null')).toEqual({ kind: 'unreadable', code: 'not-a-file' })
    expect(await readStateFile(directory)).toEqual({ kind: 'unreadable', code: 'not-a-file' })
    expect(await readStateFile(`${directory}/s/s.json`)).toEqual({ kind: 'none' })
    expect(await writeStateFile(`${directory}/s/s.json`, state)).toBe('ENOENT')
  })

  it('that is damaged is kept aside', async () => {
    writeFileSync(path, 'x')
    expect(await setAside(path)).toBeNull()
    expect(readFileSync(`${path}.corrupt`, 'utf8')).toBe('x')
    expect(await setAside(path)).toBe('ENOENT')
  })

  it('follows no link that somebody laid in its way', async () => {
    const other = join(directory, 'other')
    writeFileSync(other, 'mine')
    const { symlinkSync } = await import('node:fs')
    symlinkSync(other, `${path}.new`)
    expect(await writeStateFile(path, state)).toBeNull()
    expect(readFileSync(other, 'utf8')).toBe('mine')
  })

  it(`is never half there, whenever its writer is killed, PXC_NETCHECK_SEED=${SEED}`, async () => {
    const random = new Random(SEED)
    const script = join(directory, 'write.cjs')
    buildSync({
      entryPoints: ['test/alert/write-forever.ts'],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
    })
    let midWrite = 0
    for (let kill = 0; kill < 25; kill++) {
      const child: ChildProcess = spawn(process.execPath, [script, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(child, 'exit')
      await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended])
      await delay(random.next() * 20)
      child.kill('SIGKILL')
      await ended
      const read = await readStateFile(path)
      expect(read.kind).toBe('state')
      if (read.kind === 'state') expect(read.state.tracks).toHaveLength(400)
      if (readdirSync(directory).includes('s.json.new')) midWrite++
    }
    // Else the kills came at no bad time, and prove nothing.
    expect(midWrite).toBeGreaterThan(0)
    expect(await writeStateFile(path, state)).toBeNull()
    expect(readdirSync(directory).toSorted()).toEqual(['s.json', 'write.cjs'])
  })
})
