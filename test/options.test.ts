import { describe, expect, it } from 'vitest'
import { type Options, parseOptions } from '../src/options.ts'
import { isSafe } from '../src/terminal/escape.ts'

function run(line: string): Options {
  const parsed = parseOptions(split(line), '1.2.3')
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
  return parsed.options
}

function fail(argv: readonly string[]) {
  const parsed = parseOptions(argv, '1.2.3')
  if (parsed.kind !== 'error') throw new Error(`not an error: ${argv.join(' ')}`)
  return parsed
}

function split(line: string): string[] {
  return line.split(' ').filter(Boolean)
}

describe('parseOptions', () => {
  it('has defaults for all but the nodes', () => {
    const { nodes, services, ...rest } = run('-n a,b')
    expect(nodes.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(services.map(({ name }) => name)).toEqual(['mysql', 'galera', 'ist', 'sst', 'galera-udp'])
    expect(rest).toEqual({
      command: 'check',
      via: { kind: 'ssh' },
      ssh: { user: null, options: [], connectTimeoutMs: 10_000 },
      become: false,
      forks: 32,
      timeoutMs: 3500,
      deadlineMs: 60_000,
      raw: true,
      mtu: true,
      rtt: false,
      galeraTls: 'unknown',
      mysqlDefaultsFile: null,
      allowConnect: false,
      requireListening: false,
      discover: true,
      dryRun: false,
      printConfig: false,
      proveWithKernel: false,
      pmm: null,
      pmmKind: 'auto',
      pmmCredentialsFile: null,
      pmmInsecureTls: false,
      ntp: null,
      sourceNetworks: [],
      clouds: [],
      explain: null,
      format: 'table',
      output: null,
      quiet: 0,
      color: 'auto',
      ascii: false,
      alert: null,
      ignore: [],
      rules: [],
      fixFor: null,
      script: false,
      apply: null,
    })
  })

  it.each<[string, Partial<Options>]>([
    ['check -n a,b', { command: 'check' }],
    ['fix -n a,b', { command: 'fix' }],
    ['-n a,b fix', { command: 'fix' }],
    ['pmm -n a --pmm-server p --ntp time.lab', { command: 'pmm', ntp: 'time.lab' }],
    ['-n a --pmm-server p --pmm 2 --pmm-insecure-tls', { pmmKind: '2', pmmInsecureTls: true }],
    ['fix -n a,b --apply', { apply: { yes: false, seconds: 60 } }],
    [
      'fix -n a,b --for b --apply --yes --rollback-after 15',
      { fixFor: 'b', apply: { yes: true, seconds: 15 } },
    ],
    ['fix -n a,b --for b --script', { command: 'fix', fixFor: 'b', script: true }],
    [
      '-n a,b --become --dry-run --allow-connect --require-listening --ascii',
      { become: true, dryRun: true, allowConnect: true, requireListening: true, ascii: true },
    ],
    ['-n a,b -T 0.5 --deadline 90 -f 4', { timeoutMs: 500, deadlineMs: 90_000, forks: 4 }],
    ['-n a,b --no-raw', { raw: false }],
    ['-n a,b --json', { format: 'json' }],
    ['-n a,b --format json', { format: 'json' }],
    ['-n a,b -q', { quiet: 1 }],
    ['-n a,b -qq', { quiet: 2 }],
    ['-n a,b --quiet -q -q', { quiet: 2 }],
    ['-n a,b --color always', { color: 'always' }],
    ['-n a,b --no-color', { color: 'never' }],
    [
      '-n a,b --user dba --ssh-option Port=2222 --ssh-option ProxyJump=j --connect-timeout 5',
      { ssh: { user: 'dba', options: ['Port=2222', 'ProxyJump=j'], connectTimeoutMs: 5000 } },
    ],
    [
      '-n a,b --cloud aws,gcp=db --cloud kubernetes',
      {
        clouds: [
          { kind: 'aws', group: null },
          { kind: 'gcp', network: 'db' },
          { kind: 'kubernetes', pods: null },
        ],
      },
    ],
    ['-n a,b --explain a,b,sst', { explain: { from: 'a', to: 'b', service: 'sst' } }],
    ['-n a,b --explain a,b,4567', { explain: { from: 'a', to: 'b', service: 'galera' } }],
    ['-n a,b --explain a,b,4567/udp', { explain: { from: 'a', to: 'b', service: 'galera-udp' } }],
    [
      '-n a,b --service galera-udp=8443/udp --pmm-server p:8443 --explain a,p,8443',
      { explain: { from: 'a', to: 'p', service: 'pmm-server' } },
    ],
    ['-n a,b --service x=1/tcp --explain b,a,x', { explain: { from: 'b', to: 'a', service: 'x' } }],
    [
      '-n a --via none --explain here,a,galera',
      { via: { kind: 'none' }, explain: { from: 'here', to: 'a', service: 'galera' } },
    ],
  ])('%s', (line, expected) => {
    expect(run(line)).toMatchObject(expected)
  })

  it('takes nodes by commas and by repetition, with spaces around them', () => {
    const parsed = parseOptions(['-n', 'a, b', '--nodes', 'c=root@10.0.0.3 ,d'], '1')
    expect(parsed).toMatchObject({
      options: {
        nodes: [
          { name: 'a' },
          { name: 'b' },
          { name: 'c', address: '10.0.0.3', user: 'root' },
          { name: 'd' },
        ],
      },
    })
  })

  it('takes an exec prefix', () => {
    expect(parseOptions(['-n', 'a,b', '--via', 'docker exec -i {name}'], '1')).toMatchObject({
      options: { via: { kind: 'exec', template: ['docker', 'exec', '-i', '{name}'] } },
    })
  })
})

describe('usage errors', () => {
  // Commander's own exit code for them is 1, which monitoring reads as WARNING.
  it.each([
    ['an unknown option, with a suggestion', ['--node', 'a,b'], 'usage', /--nodes\?\)/],
    ['a missing value', ['-n'], 'usage', /argument missing.*--help/],
    ['no nodes', [], 'no-nodes', /--nodes n1,n2,n3/],
    ['one node that is not asked for the others', ['-n', 'a', '--no-discover'], 'single-node', /--via none/],
    ['node names as words', ['a', 'b', 'c'], 'nodes-as-words', /pxc-netcheck --nodes a,b,c$/],
    ['node names behind fix', ['fix', 'a', 'b'], 'nodes-as-words', /pxc-netcheck fix --nodes a,b$/],
    ['spaces behind the commas', ['-n', 'a,', 'b,', 'c'], 'nodes-as-words', /pxc-netcheck --nodes a,b,c$/],
    [
      'a mistyped command',
      ['fixx', '-n', 'a,b'],
      'unknown-command',
      /check \(the default\), fix, analyze, pmm and explain/,
    ],
    ['help as a word', ['help'], 'unknown-command', /pxc-netcheck --help$/],
    ['--apply as a word', ['fix', 'apply', '-n', 'a,b'], 'unknown-command', /fix --apply --nodes/],
    ['--explain as a word', ['explain', 'x,y,sst'], 'explain-form', /--nodes x,y --explain x,y,sst$/],
    ['explain with nodes', ['explain', '-n', 'a,b'], 'explain-form', /--nodes a,b --explain a,b,galera$/],
    [
      'explain with a file',
      ['explain', '/var/log/my sql.log'],
      'explain-form',
      /explain <'\/var\/log\/my sql\.log'$/,
    ],
    ['explain with a word', ['explain', 'this'], 'explain-form', /stdin, .*explain <FILE$/],
    ['explain with --become', ['explain', '--become'], 'option-conflict', /--become has no use/],
    [
      'explain with --no-mtu',
      ['explain', '--no-mtu'],
      'option-conflict',
      /--no-mtu has no use|--mtu has no use/,
    ],
    ['explain with -q', ['explain', '-q', '--json'], 'option-conflict', /--quiet has no use/],
    ['--nodes as a word', ['nodes', 'a,b'], 'unknown-command', /--nodes is an option/],
    [
      'node names behind analyze',
      ['analyze', 'a', 'b=10.0.0.2'],
      'nodes-as-words',
      /analyze --nodes a=ADDRESS,b=10.0.0.2 --rules a=FILE --rules b=FILE$/,
    ],
    [
      'files behind analyze',
      ['analyze', '/tmp/n1.rules', 'n2=x.txt', '--rules', 'n2=n2.json'],
      'nodes-as-words',
      /analyze --nodes n1=ADDRESS,n2=ADDRESS --rules n1=\/tmp\/n1.rules --rules n2=n2.json --rules n2=x.txt$/,
    ],
    ['a timeout too short', ['-n', 'a,b', '-T', '0.4'], 'usage', /from 0.5 to 60/],
    ['a timeout too long', ['-n', 'a,b', '-T', '60.5'], 'usage', /from 0.5 to 60/],
    ['a timeout in words', ['-n', 'a,b', '-T', '1e1'], 'usage', /number of seconds/],
    ['no forks', ['-n', 'a,b', '-f', '0'], 'usage', /whole number from 1/],
    ['half a fork', ['-n', 'a,b', '-f', '1.5'], 'usage', /whole number/],
    ['an unknown format', ['-n', 'a,b', '--format', 'xml'], 'usage', /table, json/],
    ['an unknown colour', ['-n', 'a,b', '--color', 'red'], 'usage', /auto, always, never/],
    ['a deadline below the timeout', ['-n', 'a,b', '--deadline', '3'], 'option-conflict', /--deadline/],
    ['--for without fix', ['-n', 'a,b', '--for', 'a'], 'option-conflict', /fix --for NODE/],
    ['--script without fix', ['-n', 'a,b', '--script'], 'option-conflict', /--script belongs to fix/],
    ['pmm without a server', ['pmm', '-n', 'a'], 'option-conflict', /add --pmm-server/],
    [
      'pmm from here',
      ['pmm', '-n', 'a', '--pmm-server', 'p', '--via', 'none'],
      'option-conflict',
      /--via none asks none/,
    ],
    [
      'pmm for a node',
      ['pmm', '-n', 'a', '--pmm-server', 'p', '--for', 'a'],
      'option-conflict',
      /belong to fix/,
    ],
    [
      'pmm of one flow',
      ['pmm', '-n', 'a', '--pmm-server', 'p', '--explain', 'a,p,pmm-server'],
      'option-conflict',
      /--explain belongs to check/,
    ],
    [
      '--ntp without a server',
      ['-n', 'a,b', '--ntp', 'time'],
      'option-conflict',
      /--ntp is about a PMM server/,
    ],
    [
      'a file without a server',
      ['-n', 'a,b', '--pmm-credentials-file', 'f'],
      'option-conflict',
      /is about a PMM server/,
    ],
    ['--ntp of nobody', ['-n', 'a,b', '--pmm-server', 'p', '--ntp', 'a b'], 'bad-ntp', /--ntp/],
    ['--script for all nodes', ['fix', '-n', 'a,b', '--script'], 'option-conflict', /add --for NODE/],
    ['--apply without fix', ['-n', 'a,b', '--apply'], 'option-conflict', /fix --apply/],
    ['--yes alone', ['fix', '-n', 'a,b', '--yes'], 'option-conflict', /belong to --apply/],
    ['a time alone', ['fix', '-n', 'a,b', '--rollback-after', '60'], 'option-conflict', /belong to --apply/],
    ['--apply on no node', ['fix', '-n', 'a,b', '--apply', '--via', 'none'], 'option-conflict', /none/],
    [
      '--apply as a script',
      ['fix', '-n', 'a,b', '--apply', '--script', '--for', 'a'],
      'option-conflict',
      /Drop one/,
    ],
    ['--apply dry', ['fix', '-n', 'a,b', '--apply', '--dry-run'], 'option-conflict', /Drop one/],
    ['--apply as JSON', ['fix', '-n', 'a,b', '--apply', '--json'], 'option-conflict', /Drop one/],
    ['--apply quietly', ['fix', '-n', 'a,b', '--apply', '-q'], 'option-conflict', /Drop one/],
    [
      'no time to check again',
      ['fix', '-n', 'a,b', '--apply', '--rollback-after', '14'],
      'option-conflict',
      /Raise it/,
    ],
    [
      '--script as JSON',
      ['fix', '-n', 'a,b', '--script', '--for', 'a', '--json'],
      'option-conflict',
      /"fixes"/,
    ],
    ['--explain as JSON', ['-n', 'a,b', '--explain', 'a,b,sst', '--json'], 'option-conflict', /Drop one/],
    ['--explain of fix', ['fix', '-n', 'a,b', '--explain', 'a,b,sst'], 'option-conflict', /belongs to check/],
    ['--explain quietly', ['-q', '-n', 'a,b', '--explain', 'a,b,sst'], 'option-conflict', /Drop one/],
    [
      '--cloud with --explain',
      ['-n', 'a,b', '--explain', 'a,b,sst', '--cloud', 'aws'],
      'option-conflict',
      /Drop one/,
    ],
    [
      '--cloud in a script',
      ['fix', '-n', 'a,b', '--for', 'a', '--script', '--cloud', 'aws'],
      'option-conflict',
      /run on the node/,
    ],
    ['--rtt of fix', ['fix', '-n', 'a,b', '--rtt'], 'option-conflict', /belongs to check/],
    ['--rtt of pmm', ['pmm', '-n', 'a', '--pmm-server', 'p', '--rtt'], 'option-conflict', /Drop pmm/],
    ['--rtt without raw sockets', ['-n', 'a,b', '--rtt', '--no-raw'], 'option-conflict', /raw sockets/],
    ['--rtt of nothing', ['-n', 'a,b', '--rtt', '--dry-run'], 'option-conflict', /sends nothing/],
    ['--rtt of one flow', ['-n', 'a,b', '--rtt', '--explain', 'a,b,sst'], 'option-conflict', /all pairs/],
    ['another cloud', ['-n', 'a,b', '--cloud', 'oracle'], 'unknown-cloud', /aws, gcp, azure, kubernetes/],
    ['--user without ssh', ['-n', 'a,b', '--via', 'none', '--user', 'x'], 'option-conflict', /--user/],
    [
      '--ssh-option without ssh',
      ['-n', 'a,b', '--via', 'none', '--ssh-option', 'Port=1'],
      'option-conflict',
      /--ssh-option/,
    ],
    ['a login without ssh', ['-n', 'x@a,b', '--via', 'none'], 'option-conflict', /login/],
    ['a bad login', ['-n', 'a,b', '--user', '-x'], 'bad-user', /"-x"/],
    ['--for another node', ['fix', '-n', 'a,b', '--for', 'c'], 'unknown-node', /"c".*a, b/],
    ['--explain of another node', ['-n', 'a,b', '--explain', 'a,c,sst'], 'unknown-node', /"c"/],
    ['--explain from another node', ['-n', 'a,b', '--explain', 'c,b,sst'], 'unknown-node', /"c"/],
    ['--explain of itself', ['-n', 'a,b', '--explain', 'a,a,sst'], 'bad-explain', /two different nodes/],
    [
      '--explain of a flow turned round',
      ['-n', 'a,b', '--pmm-server', 'p', '--pmm', '1', '--explain', 'a,p,pmm-mysql'],
      'flow-not-planned',
      /from the PMM server to a node\. Turn it round: --explain p,a,pmm-mysql$/,
    ],
    [
      '--explain between the wrong hosts',
      ['-n', 'a,b', '--pmm-server', 'p', '--explain', 'a,b,pmm-server'],
      'flow-not-planned',
      /from a node to the PMM server\. Name two such hosts/,
    ],
    ['--explain of no port', ['-n', 'a,b', '--explain', 'a,b,4569'], 'unknown-service', /"4569"/],
    ['--pmm without a server', ['-n', 'a,b', '--pmm', '1'], 'option-conflict', /--pmm is about a PMM server/],
    ['--explain in part', ['-n', 'a,b', '--explain', 'a,b'], 'bad-explain', /--explain a,b,galera/],
    [
      '--explain of a skipped service',
      ['-n', 'a,b', '--skip', 'sst', '--explain', 'a,b,sst'],
      'unknown-service',
      /mysql, galera, ist, galera-udp/,
    ],
    [
      'an unsafe ssh option',
      ['-n', 'a,b', '--ssh-option', 'StrictHostKeyChecking=no'],
      'ssh-option-refused',
      /known_hosts/,
    ],
    ['an unknown service', ['-n', 'a,b', '--only', 'pmm'], 'unknown-service', /Known are/],
  ])('%s', (_, argv, code, message) => {
    const error = fail(argv)
    expect(error).toMatchObject({ code, exitCode: 3, format: argv.includes('--json') ? 'json' : 'table' })
    expect(error.message).toMatch(message)
  })

  it.each([[['--json']], [['--format', 'json']], [['--format=json', '--nope']], [['--nope', '--json']]])(
    'is to be JSON when %j asks for it',
    (argv) => {
      expect(fail(argv).format).toBe('json')
    },
  )

  it('repeats nothing raw', () => {
    const hostile = '\x1b]0;x\x07\u202e\x1b[2J\n'
    for (const argv of [
      [`--${hostile}`],
      [hostile],
      ['-n', hostile],
      ['-n', 'a,b', '-T', hostile],
      ['-n', 'a,b', '--explain', hostile],
      ['-n', 'a,b', '--user', hostile],
      ['-n', 'a,b', '--via', hostile],
      ['fix', '-n', 'a,b', '--for', hostile],
      ['-n', 'a,b', '--color', hostile],
      ['-n', 'a,b', '--cloud', hostile],
    ]) {
      expect(isSafe(fail(argv).message)).toBe(true)
    }
  })
})

it('explain takes how to print, and nothing else', () => {
  expect(parseOptions(['explain', '--json', '--ascii'], '1.2.3')).toEqual({
    kind: 'explain',
    options: { format: 'json', quiet: 0, color: 'auto', ascii: true },
  })
  expect(parseOptions(['explain', '--no-color'], '1.2.3')).toMatchObject({
    kind: 'explain',
    options: { color: 'never' },
  })
})

describe('help and version', () => {
  it('exit 0', () => {
    expect(parseOptions(['--version'], '1.2.3')).toEqual({
      kind: 'print',
      text: 'pxc-netcheck 1.2.3\n',
      exitCode: 0,
    })
    expect(parseOptions(['-V'], '1.2.3')).toMatchObject({ kind: 'print' })
    expect(parseOptions(['fix', '-h'], '1.2.3')).toMatchObject({ kind: 'print', exitCode: 0 })
  })

  it('help fits 80 columns, has no colours, and reads well', async () => {
    const parsed = parseOptions(['--help'], '1.2.3')
    if (parsed.kind !== 'print') throw new Error(parsed.kind)
    for (const line of parsed.text.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80)
      expect(isSafe(line)).toBe(true)
    }
    await expect(parsed.text).toMatchFileSnapshot('terminal/help.txt')
  })

  it('every example of the help is a command line that works', () => {
    const parsed = parseOptions(['--help'], '1.2.3')
    if (parsed.kind !== 'print') throw new Error(parsed.kind)
    const examples = [...parsed.text.matchAll(/^ {2}pxc-netcheck (.*)$/gm)].map(([, line]) => line ?? '')
    expect(examples.length).toBeGreaterThanOrEqual(4)
    for (const example of examples) {
      const argv = [...example.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
      expect(parseOptions(argv, '1'), example).toMatchObject({ kind: 'run' })
    }
  })
})
