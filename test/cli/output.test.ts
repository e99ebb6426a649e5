import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AS_NOBODY, labAvailable } from '../lab/needs.ts'
import { describeUnless } from '../lab/require.ts'
import { run, runTool } from './run-tool.ts'

/** The prefix starts no agent: both nodes are not reached, and nothing is sent. */
const RUN = ['--nodes', 'n1=192.0.2.1,n2=192.0.2.2', '--via', "sh -c ': {name}'"]
const FORMATS = ['table', 'json', 'nagios', 'prometheus', 'tsv', 'markdown', 'junit', 'html'] as const
const OLD = 'the report of the last run\n'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
  file = join(folder, 'report')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (format: string, path = file) => runTool([...RUN, '--format', format, '--output', path])

function kindOf(path: string): 'none' | 'file' | 'other' {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined ? 'none' : found.isFile() ? 'file' : 'other'
}

describe('--output', () => {
  it.each(FORMATS)('%s: all that would go to stdout, and nothing there', async (format) => {
    const { stdout: wanted } = await runTool([...RUN, '--format', format])
    expect(wanted).not.toBe('')
    expect(await write(format)).toEqual({ code: 3, stdout: '', stderr: '' })
    // Times and durations differ, and with them widths.
    const still = (text: string) => text.replace(/\d[\d.TZ:-]*/g, '0')
    expect(still(readFileSync(file, 'utf8'))).toBe(still(wanted))
    expect(readdirSync(folder)).toEqual(['report'])
  })

  it('everybody may read it, whatever the umask, and whatever stood there before', async () => {
    writeFileSync(file, OLD, { mode: 0o600 })
    const tool = [process.execPath, 'dist/pxc-netcheck.cjs', ...RUN, '--format', 'tsv', '--output', file]
    const { code } = await run(['sh', '-c', 'umask 077; exec "$@"', 'sh', ...tool])
    expect(code).toBe(3)
    expect(statSync(file).mode & 0o7777).toBe(0o644)
    expect(readFileSync(file, 'utf8')).toMatch(/^from\t/)
  })

  it('takes what --print-config and --explain print', async () => {
    const { code, stdout } = await runTool([...RUN, '--print-config', '--output', file])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(readFileSync(file, 'utf8')).toContain('n1:')
  })

  it('has no colours of the terminal that the tool runs on', async () => {
    const program = 'import pty,sys; pty.spawn(sys.argv[1:])'
    const tool = [process.execPath, 'dist/pxc-netcheck.cjs', ...RUN, '--output', file]
    await run(['/usr/bin/python3', '-c', program, ...tool], { TERM: 'xterm-256color', LANG: 'C.UTF-8' })
    expect(readFileSync(file, 'utf8')).toMatch(/^[\n -~]+$/)
  })

  it.each<[string, () => string, RegExp]>([
    ['no directory', () => join(folder, 'none', 'report'), /cannot be written: its directory does not exist/],
    [
      'a file for a directory',
      () => {
        writeFileSync(file, OLD)
        return join(file, 'report')
      },
      /should be its directory is none/,
    ],
    ['a directory', () => folder, /is no regular file/],
    ['a directory by its slash', () => `${join(folder, 'new')}/`, /is no regular file/],
    [
      // As /dev/stdout may be; never a device of this machine, which a broken tool would replace.
      'a pipe',
      () => {
        execFileSync('mkfifo', [file])
        return file
      },
      /is no regular file/,
    ],
    [
      'a link',
      () => {
        writeFileSync(file, OLD)
        symlinkSync(file, join(folder, 'link'))
        return join(folder, 'link')
      },
      /is a link; give the file that it leads to/,
    ],
    [
      'a link to nothing',
      () => {
        symlinkSync(join(folder, 'none'), join(folder, 'link'))
        return join(folder, 'link')
      },
      /is a link/,
    ],
    ['a long name', () => join(folder, 'x'.repeat(300)), /the name is too long/],
    ['control characters', () => join(folder, '\u001b[2J', 'report'), /does not exist/],
  ])('%s: one line, exit 3, and nothing is changed', async (_, prepare, message) => {
    const path = prepare()
    const before = readdirSync(folder)
    const kind = kindOf(file)
    for (const format of ['prometheus', 'json']) {
      const { code, stdout, stderr } = await write(format, path)
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toMatch(message)
      expect(stderr).toMatch(/^pxc-netcheck: --output [ -~]+\n$/)
    }
    const nagios = await write('nagios', path)
    expect(nagios).toMatchObject({ code: 3, stderr: '' })
    expect(nagios.stdout).toMatch(/^PXC-NETCHECK UNKNOWN - --output [^\n]+\n$/)
    expect(readdirSync(folder)).toEqual(before)
    expect(kindOf(file)).toBe(kind)
    if (kind === 'file') expect(readFileSync(file, 'utf8')).toBe(OLD)
  })

  it('what cannot be written is told before any node is asked', async () => {
    const via = `sh -c 'touch "${join(folder, 'asked')}"; : {name}'`
    const { code } = await runTool([
      ...RUN.slice(0, 2),
      '--via',
      via,
      '--output',
      join(folder, 'none', 'report'),
    ])
    expect(code).toBe(3)
    expect(readdirSync(folder)).toEqual([])
    await runTool([...RUN.slice(0, 2), '--via', via, '--output', file])
    expect(readdirSync(folder).sort()).toEqual(['asked', 'report'])
  })

  it('bad options leave the file alone too', async () => {
    writeFileSync(file, OLD)
    const bad = await runTool([...RUN, '--nope', '--json', '--output', file])
    expect(bad).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^pxc-netcheck: unknown option/),
    })
    expect(readFileSync(file, 'utf8')).toBe(OLD)
  })
})

describe('whatever ends the tool while it writes', () => {
  /** Puts itself in front of one step of the writing. */
  const endingAt = (step: 'writeFile' | 'sync' | 'rename', signal: string) => {
    const hook = join(folder, 'hook.cjs')
    writeFileSync(
      hook,
      `const fs = require('node:fs/promises')
const act = async () => {
  const handled = new Promise((resolve) => process.once('${signal}', resolve))
  const waiting = setInterval(() => {}, 1_000_000)
  process.kill(process.pid, '${signal}')
  await handled
  clearInterval(waiting)
}
const open = fs.open
const rename = fs.rename
fs.open = async (...words) => {
  const file = await open(...words)
  const { writeFile, sync } = file
  file.writeFile = async (text) => {
    await writeFile.call(file, text.slice(0, text.length / 2))
    if ('${step}' === 'writeFile') await act()
    await writeFile.call(file, text.slice(text.length / 2))
  }
  file.sync = async () => {
    if ('${step}' === 'sync') await act()
    await sync.call(file)
  }
  return file
}
fs.rename = async (...words) => {
  if ('${step}' === 'rename') await act()
  await rename(...words)
}
`,
    )
    return { NODE_OPTIONS: `--require ${hook}` }
  }
  const steps = ['writeFile', 'sync', 'rename'] as const

  it.each(steps)('SIGTERM at %s: the new report whole', async (step) => {
    writeFileSync(file, OLD)
    const { code, stdout, stderr } = await runTool(
      [...RUN, '--format', 'prometheus', '--output', file],
      endingAt(step, 'SIGTERM'),
    )
    expect({ code, stdout, stderr }).toEqual({ code: 143, stdout: '', stderr: '' })
    expect(readFileSync(file, 'utf8')).toMatch(/^# HELP .*\npxc_netcheck_build_info\{[^\n]*\} 1\n$/s)
    expect(readdirSync(folder).sort()).toEqual(['hook.cjs', 'report'])
  })

  it.each(steps)('SIGKILL at %s: the old report whole, and no file that a reader takes', async (step) => {
    writeFileSync(file, OLD)
    const { code } = await runTool(
      [...RUN, '--format', 'prometheus', '--output', file],
      endingAt(step, 'SIGKILL'),
    )
    expect(code).toBe(null)
    expect(readFileSync(file, 'utf8')).toBe(OLD)
    const left = readdirSync(folder).filter((name) => name !== 'hook.cjs' && name !== 'report')
    expect(left).toEqual([expect.stringMatching(/^\.pxc-netcheck-[0-9a-f]{16}\.tmp$/)])
  })

  it('a file system that never answers makes no OK', async () => {
    writeFileSync(file, OLD)
    const hook = join(folder, 'hook.cjs')
    writeFileSync(hook, "require('node:fs/promises').rename = () => new Promise(() => {})")
    const { code } = await runTool([...RUN, '--format', 'tsv', '--output', file], {
      NODE_OPTIONS: `--require ${hook}`,
    })
    expect(code).toBe(3)
  })

  it('a run that is broken off before leaves the old report, and says so', async () => {
    writeFileSync(file, OLD)
    const via = "sh -c 'kill -TERM $PPID; while read -r line; do :; done; : {name}'"
    const { code, stdout, stderr } = await runTool([
      ...RUN.slice(0, 2),
      '--via',
      via,
      '--format',
      'tsv',
      '--output',
      file,
    ])
    expect({ code, stdout }).toEqual({ code: 143, stdout: '' })
    expect(stderr).toBe(`pxc-netcheck: interrupted; --output ${file} is left as it was\n`)
    expect(readFileSync(file, 'utf8')).toBe(OLD)
  })
})

describeUnless(labAvailable(), 'a full disk, on a real file system', () => {
  /** A tmpfs of the size in a mount namespace of its own: what the script leaves there is printed behind the tool's exit code. */
  const onDisk = (size: string, prepare: string, options = '') =>
    run([
      'unshare',
      '--user',
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      `mount -t tmpfs -o size=${size}${options} tmpfs "$0" && cd "$0" && { ${prepare}; } && tool=$1 && shift &&
       (cd "$tool" && "$@"); echo "code $?"; ls -A; wc -c <report; cat report`,
      folder,
      process.cwd(),
      process.execPath,
      'dist/pxc-netcheck.cjs',
      ...RUN,
      '--format',
      'prometheus',
      '--output',
      `${folder}/report`,
    ])

  it('no space: the old report stays, the beginning of the new one goes', async () => {
    const { stdout, stderr } = await onDisk(
      '8k',
      `printf '${OLD.trimEnd()}\\n' >report; head -c 1M /dev/zero >rest 2>/dev/null || :`,
    )
    expect(stderr).toBe(
      `pxc-netcheck: --output ${folder}/report cannot be written: no space is left on the device. What was there is left as it was.\n`,
    )
    expect(stdout).toBe(`code 3\nreport\nrest\n${OLD.length}\n${OLD}`)
  })

  it('room for half of it: the same', async () => {
    // Two pages: one for the old report, one for the first 4096 bytes of the new one.
    const nodes = Array.from({ length: 12 }, (_, i) => `m${i}=192.0.2.${i + 11}`).join(',')
    const { stdout, stderr } = await onDisk(
      '8k',
      `printf '${OLD.trimEnd()}\\n' >report; set -- "$@" --nodes ${nodes}`,
    )
    expect(stderr).toMatch(/no space is left on the device/)
    expect(stdout).toBe(`code 3\nreport\n${OLD.length}\n${OLD}`)
  })

  it('enough of it: no error', async () => {
    const { stdout, stderr } = await onDisk('64k', ':')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^code 3\nreport\n\d+\n# HELP /)
  })

  it('read-only', async () => {
    const { stdout, stderr } = await onDisk(
      '8k',
      `printf '${OLD.trimEnd()}\\n' >report; mount -o remount,ro "$0"`,
    )
    expect(stderr).toMatch(/the file system is read-only/)
    expect(stdout).toBe(`code 3\nreport\n${OLD.length}\n${OLD}`)
  })
})

describeUnless(labAvailable(['userns']), 'without the rights', () => {
  it('no right in the directory, and a file of somebody else in /tmp', async () => {
    const tool = [...AS_NOBODY, process.execPath, join(process.cwd(), 'dist/pxc-netcheck.cjs'), ...RUN]
    const root = process.getuid?.() === 0
    const nobody = root ? tool : tool.slice(AS_NOBODY.length)
    chmodSync(folder, 0o555)
    const closed = await run([...nobody, '--format', 'tsv', '--output', file])
    expect(closed).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/no right to write in its directory/),
    })
    chmodSync(folder, 0o755)
    if (!root) return
    const sticky = join(folder, 'tmp')
    mkdirSync(sticky)
    chmodSync(sticky, 0o1777)
    const theirs = join(sticky, 'report')
    writeFileSync(theirs, OLD)
    const refused = await run([...nobody, '--format', 'tsv', '--output', theirs])
    expect(refused).toEqual({ code: 3, stdout: '', stderr: expect.stringMatching(/belongs to another user/) })
    expect(readFileSync(theirs, 'utf8')).toBe(OLD)
    expect(readdirSync(sticky)).toEqual(['report'])
  })
})
