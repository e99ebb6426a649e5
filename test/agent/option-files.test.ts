import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeUnless } from '../lab/require.ts'
import { evaluate } from './modules.ts'

interface Told {
  readonly files: readonly { path: string; state: string; detail: string | null }[]
  readonly options: readonly {
    path: string
    line: number
    group: string
    name: string
    value: string | null
  }[]
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const write = (name: string, text: string | Buffer) => writeFileSync(at(name), text)

/** What the agent tells of this option file and of those that it includes. */
function read(name = 'my.cnf'): Told {
  const collect = `(lambda parts: (option_files.OptionFiles(parts.append).read(given), parts)[1])([])`
  const parts = evaluate('option_files', collect, at(name)) as [string, never][]
  return {
    files: parts.flatMap(([kind, value]) => (kind === 'file' ? [value] : [])),
    options: parts.flatMap(([kind, value]) => (kind === 'options' ? value : [])),
  }
}
const states = ({ files }: Told) =>
  Object.fromEntries(files.map(({ path, state }) => [path.slice(folder.length + 1), state]))
const values = ({ options }: Told) => options.map(({ name, value }) => `${name}=${value}`)

describe('an option file', () => {
  it('tells its options with group, line and their own order', () => {
    write(
      'my.cnf',
      '# x\n[mysqld]\nbind-address = 10.0.0.1 # why\n\n[sst]\nencrypt=4\n[mariadb-10.11]\nloose-wsrep_on\n',
    )
    const path = at('my.cnf')
    expect(read().options).toEqual([
      { path, line: 3, group: 'mysqld', name: 'bind_address', value: '10.0.0.1' },
      { path, line: 6, group: 'sst', name: 'encrypt', value: '4' },
      { path, line: 8, group: 'mariadb-10.11', name: 'loose_wsrep_on', value: null },
    ])
  })

  it('tells only what matters, of the groups that matter', () => {
    write(
      'my.cnf',
      '[mysqld]\nport=1\ninnodb_buffer_pool_size=1G\nskip-name-resolve\nserver_id=7\n[client]\nport=2\n[mysql]\nport=3\n[mysqld_safe]\nlog-error=x\nport=4\n[mysqldump]\nport=5\n[sst]\nport=6\nssl-ca=a\n',
    )
    expect(values(read())).toEqual(['port=1', 'skip_name_resolve=null', 'log_error=x', 'ssl_ca=a'])
  })

  it('keeps secrets', () => {
    const options =
      '"gcache.size=1M; socket.ssl_password_file = s3cret;gmcast.segment=1; X.PassPhrase=s3cret;a=b"'
    write(
      'my.cnf',
      `[mysqld]\nwsrep_sst_auth=sst:s3cret\nloose-wsrep-sst-auth=s3cret\nwsrep_x_password=s3cret\nssl_passphrase=s3cret\nWSREP_SST_AUTH=s3cret\nadmin_token=s3cret\nwsrep_provider_options=${options}\nwsrep_cluster_address=gcomm://a,b?socket.ssl_password=s3cret&pc.x=1\n[client]\npassword=s3cret\n[sst]\nwsrep_sst_auth=s3cret\n`,
    )
    const told = read()
    expect(JSON.stringify(told)).not.toContain('s3cret')
    expect(values(told)).toEqual([
      'wsrep_provider_options=gcache.size=1M; socket.ssl_password_file =***;gmcast.segment=1; X.PassPhrase=***;a=b',
      'wsrep_cluster_address=gcomm://a,b?socket.ssl_password=***&pc.x=1',
    ])
  })

  it('and what it includes, where it includes it: of a directory the .cnf files by their names', () => {
    mkdirSync(at('d'))
    write('my.cnf', `[mysqld]\nport=1\n!includedir ${folder}/d\n!include ${folder}/e.cnf\nport=9\n`)
    for (const name of ['b.cnf', 'a.b.cnf', 'B.cnf', 'c.txt', 'd.cnf~'])
      write(`d/${name}`, `[mysqld]\nport=${name}`)
    write('e.cnf', '[mysqld]\nport=5\n')
    const told = read()
    expect(values(told)).toEqual(['port=1', 'port=B.cnf', 'port=a.b.cnf', 'port=b.cnf', 'port=5', 'port=9'])
    expect(told.files.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      'my.cnf',
      'd/B.cnf',
      'd/a.b.cnf',
      'd/b.cnf',
      'e.cnf',
    ])
  })

  it('of any kind ends in a state, and costs the others nothing', () => {
    const names = [
      'fifo',
      'dir',
      'zero',
      'sparse',
      'binary',
      'loop',
      'gone',
      'open',
      'early',
      'bracket',
      'long',
    ]
    write(
      'my.cnf',
      `[mysqld]\n${names.map((name) => `!include ${at(name)}\n`).join('')}!includedir ${at('no')}\nport=1\n`,
    )
    spawnSync('/usr/bin/mkfifo', [at('fifo')])
    mkdirSync(at('dir'))
    symlinkSync('/dev/zero', at('zero'))
    write('sparse', '[mysqld]\nport=7\n')
    ftruncateSync(openSync(at('sparse'), 'r+'), 2 ** 31)
    write('binary', '[mysqld]\nport=8\n\0')
    symlinkSync(at('loop'), at('loop'))
    write('open', '[mysqld]\nport=9\n')
    chmodSync(at('open'), 0o666)
    write('early', 'port=2\n[mysqld]\n')
    write('bracket', '[mysqld]\nport=3\n[mysqld\nport=4\n')
    write('long', `[mysqld]\nport=5\n${'x\n'.repeat(1_000_000)}port=6\n`)
    const told = read()
    expect(states(told)).toEqual({
      'my.cnf': 'read',
      fifo: 'not-a-file',
      dir: 'not-a-file',
      zero: 'not-a-file',
      sparse: 'binary',
      binary: 'binary',
      loop: 'failed',
      gone: 'missing',
      open: 'failed',
      early: 'failed',
      bracket: 'failed',
      long: 'cut-off',
      no: 'missing',
    })
    expect(values(told)).toEqual(['port=3', 'port=5', 'port=1'])
    const details = Object.fromEntries(
      told.files.map(({ path, detail }) => [path.slice(folder.length + 1), detail]),
    )
    expect(details).toMatchObject({
      loop: 'Too many levels of symbolic links',
      open: 'the server ignores it: everybody may write to it',
      early: 'line 1: an option before the first [group]',
      bracket: 'line 3: a group without its ]',
    })
  })

  it('that includes itself, or more than a few hundred others, comes to an end', () => {
    write('my.cnf', `[mysqld]\nport=1\n!include ${at('b.cnf')}\n`)
    write('b.cnf', `[mysqld]\nport=2\n!include ${at('my.cnf')}\nport=3\n`)
    expect(values(read())).toEqual(['port=1', 'port=2', 'port=3'])
    mkdirSync(at('d'))
    for (let i = 0; i < 30; i++) write(`d/${i}.cnf`, `!includedir ${at('d')}\n[mysqld]\nport=1\n`)
    expect(read('d/1.cnf').files).toHaveLength(256)
  })

  it('of others ten deep at most, as the server has it', () => {
    for (let i = 0; i < 20; i++) write(`${i}.cnf`, `[mysqld]\nport=${i}\n!include ${at(`${i + 1}.cnf`)}\n`)
    expect(values(read('0.cnf')).at(-1)).toBe('port=10')
  })

  it('with hostile values tells no more than the caller takes', () => {
    write(
      'my.cnf',
      `[mysqld]\nwsrep_x=\u{1f600}\x1b[2J\xff\n${`wsrep_node_name=${'\u{1f600}'.repeat(1000)}\n`.repeat(5000)}`,
    )
    const { options } = read()
    expect(options[0]?.value).toBe('\u{1f600}\x1b[2J\xff')
    expect(options.length).toBeGreaterThan(100)
    expect(options.every(({ value }) => (value?.length ?? 0) <= 16_384)).toBe(true)
    write('many.cnf', `[mysqld]\n${'port=1\n'.repeat(5000)}`)
    expect(read('many.cnf').options).toHaveLength(4096)
    const cut = evaluate('shorten', '[shorten.shorten(each, 3) for each in given]', [
      'abcd',
      '\u{1f600}\u{1f600}',
      'ab',
    ])
    expect(cut).toEqual(['abc', '\u{1f600}', 'ab'])
  })
})

it.each([
  [['mysqld'], ['/etc/my.cnf', '/m/my.cnf', '/h/.my.cnf']],
  [['mysqld', '--defaults-file=/x', '--port=1'], ['/x']],
  [
    ['mysqld', '--defaults-group-suffix=.1', '--defaults-extra-file=/x'],
    ['/etc/my.cnf', '/m/my.cnf', '/x', '/h/.my.cnf'],
  ],
  [['mysqld', '--no-defaults'], []],
  [
    ['mysqld', '--port=1', '--defaults-file=/x'],
    ['/etc/my.cnf', '/m/my.cnf', '/h/.my.cnf'],
  ],
])('a server started as %j begins with %j', (args, files) => {
  const first =
    'option_files.first_files(given, {"HOME": "/h", "MYSQL_HOME": "/m"}, ("/etc/my.cnf", "~/.my.cnf"))'
  expect(evaluate('option_files', first, args)).toEqual(files)
})

const missing = existsSync('/usr/bin/my_print_defaults')
  ? []
  : ['the server’s own reader of option files is not here: apt-get install mariadb-server-core']
describeUnless(missing, 'the text of an option file', () => {
  const PIECES = [
    '[g]',
    '[h]',
    '[g ]',
    '[g',
    'a',
    'b-c',
    '=',
    ' = ',
    '"',
    "'",
    '\\',
    '\\n',
    '\\s',
    '#',
    ';',
    ' ',
    '\t',
    '\r',
    'x y',
    'é',
    '!',
    '!includ',
  ]

  it('means what my_print_defaults says', () => {
    const seed = Number(process.env.PXC_NETCHECK_SEED ?? Date.now() % 1e9)
    console.info(`seed ${seed}`)
    let state = seed
    const below = (limit: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return Math.floor((state / 2 ** 32) * limit)
    }
    const pick = () => PIECES[below(PIECES.length)] as string
    const line = () => {
      const text =
        Array.from({ length: below(9) }, pick).join('') +
        (below(15) === 0 ? 'z'.repeat(4085 + below(15)) : '')
      // An option without a name makes the real one read what is before it in its memory.
      return /^[ \t\r]*=/.test(text) ? '' : text
    }
    const texts = Array.from(
      { length: 150 },
      () => `[g]\n${Array.from({ length: below(9) }, line).join('\n')}`,
    )
    const told = evaluate(
      'option_text',
      '[[[part.decode("utf-8") if isinstance(part, bytes) else part for part in row] for row in option_text.statements(text.encode("utf-8"))] for text in given]',
      texts,
    ) as unknown[][][]
    for (const [index, text] of texts.entries()) {
      write('x.cnf', text)
      const theirs = spawnSync('/usr/bin/my_print_defaults', [`--defaults-file=${at('x.cnf')}`, 'g'], {
        encoding: 'utf8',
      })
      const rows = told[index] as unknown[][]
      const options = rows.filter(([kind, , group]) => kind === 'option' && group === 'g')
      const ours = options
        .map(([, , , name, value]) => `--${name}${value === null ? '' : `=${value}`}\n`)
        .join('')
      const fatal = rows.at(-1)?.[0] === 'error'
      expect({ text, fatal }).toEqual({ text, fatal: theirs.status !== 0 })
      if (!fatal) expect({ text, ours }).toEqual({ text, ours: theirs.stdout })
    }
  })
})
