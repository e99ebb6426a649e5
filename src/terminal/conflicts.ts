import { InputError } from '../inventory/input-error.ts'
import type { Node } from '../inventory/nodes.ts'
import type { Options } from '../options.ts'
import { formatConflicts } from './format-conflicts.ts'
import { deadlineSeconds, type RawOptions, rollbackSeconds } from './program.ts'

type Conflict = readonly [applies: boolean, message: string]
type Command = Options['command']

/** An option that would silently do nothing is refused: the user believes that it did something. */
export function refuseConflicts(raw: RawOptions, command: Command, nodes: readonly Node[]): void {
  const conflicts: readonly Conflict[] = [
    [
      raw.via !== 'ssh' && raw.user !== undefined,
      '--user is the login of ssh; it has no use with another --via.',
    ],
    [raw.via !== 'ssh' && raw.sshOption.length > 0, '--ssh-option has no use with another --via than ssh.'],
    [
      raw.via !== 'ssh' && nodes.some(({ user }) => user !== undefined),
      'A node is written with a login (user@), which only --via ssh uses. Write it without.',
    ],
    ...formatConflicts(raw, command),
    [
      deadlineSeconds(raw) <= raw.timeout,
      '--deadline ends the run before one probe can time out. Raise it above --timeout.',
    ],
    [
      command === 'check' && raw.for !== undefined,
      '--for belongs to fix: pxc-netcheck fix --for NODE --nodes ...',
    ],
    [
      command === 'check' && raw.script,
      '--script belongs to fix: pxc-netcheck fix --for NODE --script --nodes ...',
    ],
    [
      raw.script && raw.for === undefined,
      '--script is for one node, as commands differ by node: add --for NODE.',
    ],
    [command !== 'fix' && raw.apply, '--apply belongs to fix: pxc-netcheck fix --apply --nodes ...'],
    [
      !raw.apply && (raw.yes || raw.rollbackAfter !== undefined),
      '--yes and --rollback-after belong to --apply. Add it, or drop them.',
    ],
    [
      raw.apply && raw.via === 'none',
      '--apply runs commands on the nodes, and --via none none. Drop one of the two.',
    ],
    [raw.apply && raw.script, '--script prints what --apply runs. Drop one of the two.'],
    [
      raw.proveWithKernel && raw.dryRun,
      '--dry-run finds no commands that --prove-with-kernel could try. Drop one of the two.',
    ],
    [raw.apply && raw.dryRun, '--dry-run runs nothing, --apply does. Drop one of the two.'],
    [
      raw.apply && (raw.json || raw.format === 'json' || raw.quiet > 0),
      '--apply tells people what it does: it has no use with --json and --quiet. Drop one of them.',
    ],
    [
      raw.apply && rollbackSeconds(raw) < 2 * raw.timeout + 8,
      '--rollback-after leaves no time for the second check. Raise it to 8 s and twice --timeout.',
    ],
    [
      raw.explain !== undefined && command === 'fix',
      '--explain belongs to check. Drop fix, or drop --explain.',
    ],
    [
      raw.explain !== undefined && (raw.json || raw.format === 'json'),
      '--explain is text; the JSON report has every observation in it already. Drop one of the two.',
    ],
    [raw.explain !== undefined && raw.quiet > 0, '--explain prints, --quiet does not. Drop one of the two.'],
    [
      raw.explain !== undefined && raw.cloud.length > 0,
      '--explain prints no commands, --cloud does. Drop one of the two.',
    ],
    [
      raw.script && raw.cloud.length > 0,
      "--script is run on the node, the cloud's commands are not. Drop one of the two.",
    ],
    [
      raw.script && (raw.json || raw.format === 'json'),
      '--script is a shell script, and the JSON report has the commands in "fixes". Drop one of the two.',
    ],
    ...alertConflicts(raw, command),
    ...printConfigConflicts(raw, command),
    ...rttConflicts(raw, command),
    ...analyzeConflicts(raw, command),
    ...pmmConflicts(raw, command),
  ]
  const conflict = conflicts.find(([applies]) => applies)
  if (conflict !== undefined) throw new InputError('option-conflict', conflict[1])
}

/** How `explain` prints; all other options are about a run. */
const OF_EXPLAIN: readonly string[] = ['--format', '--json', '--color', '--no-color', '--ascii']

/** `given`: the long names of the options on the command line. */
export function refuseForExplain(given: readonly string[], { format }: Pick<RawOptions, 'format'>): void {
  if (format !== 'table' && format !== 'json') {
    throw new InputError('option-conflict', `explain has no --format ${format}. Drop it, or take --json.`)
  }
  const other = given.find((name) => !OF_EXPLAIN.includes(name))
  if (other === undefined) return
  throw new InputError(
    'option-conflict',
    `explain reads log lines from stdin and reaches no node, so ${other} has no use with it. Drop it.`,
  )
}

function alertConflicts(raw: RawOptions, command: Command): Conflict[] {
  const alone = [
    raw.alert !== undefined && '--alert',
    raw.repeat !== undefined && '--repeat',
    raw.confirm !== undefined && '--confirm',
  ].find((name) => name !== false)
  const runless = [
    raw.explain !== undefined && '--explain',
    raw.dryRun && '--dry-run',
    raw.printConfig && '--print-config',
  ].find((name) => name !== false)
  const printing = [
    raw.json && '--json',
    raw.format !== 'table' && `--format ${raw.format}`,
    raw.output !== undefined && '--output',
    raw.quiet > 1 && '-qq',
  ].find((name) => name !== false)
  return [
    [
      raw.state === undefined && alone !== undefined,
      `${alone} is about what is told from run to run: add --state, or drop it.`,
    ],
    [
      typeof raw.state === 'string' && /^(check|fix|analyze|pmm|explain)?$/.test(raw.state),
      '--state takes the word behind it for its file. Write the command first, or --state=FILE.',
    ],
    [
      raw.state !== undefined && command !== 'check',
      `--state belongs to check. Drop ${command}, or drop --state.`,
    ],
    [
      raw.ignore.length > 0 && command === 'fix',
      '--ignore keeps from telling, and fix prints commands. Drop one of the two.',
    ],
    [
      raw.state !== undefined && runless !== undefined,
      `Nothing is remembered of a run with ${runless}, so --state has no use with it. Drop one of the two.`,
    ],
    [
      raw.ignore.length > 0 && runless !== undefined,
      `--ignore has no use with ${runless}. Drop one of the two.`,
    ],
    [
      raw.state !== undefined && printing !== undefined,
      `--state prints a text for a mail, and only when there is news; ${printing} is for every run. Drop one of the two.`,
    ],
  ]
}

function printConfigConflicts(raw: RawOptions, command: Command): Conflict[] {
  if (!raw.printConfig) return []
  const other = [
    !raw.discover && '--no-discover',
    raw.via === 'none' && '--via none',
    raw.rtt && '--rtt',
    raw.dryRun && '--dry-run',
    raw.explain !== undefined && '--explain',
    raw.apply && '--apply',
    raw.script && '--script',
    raw.quiet > 0 && '--quiet',
  ].find((name) => name !== false)
  return [
    [
      command !== 'check' && command !== 'analyze',
      `--print-config shows what the nodes are set to, and probes nothing. Drop ${command}, or drop --print-config.`,
    ],
    [
      other !== undefined,
      `--print-config asks the nodes for their settings, shows them and probes nothing, so ${other} has no use with it. Drop one of the two.`,
    ],
  ]
}

function pmmConflicts(raw: RawOptions, command: Command): Conflict[] {
  const [alone] = [
    raw.pmm !== 'auto' && '--pmm',
    raw.pmmCredentialsFile !== undefined && '--pmm-credentials-file',
    raw.pmmInsecureTls && '--pmm-insecure-tls',
    raw.ntp !== undefined && '--ntp',
  ].filter((name) => name !== false)
  return [
    [
      command === 'pmm' && raw.pmmServer === undefined,
      'pmm shows the way between the nodes and their PMM server: add --pmm-server HOST.',
    ],
    [
      command === 'pmm' && raw.via === 'none',
      'pmm asks from the nodes, and --via none asks none of them. Drop one of the two.',
    ],
    [
      raw.pmmServer === undefined && alone !== undefined,
      `${alone} is about a PMM server: add --pmm-server HOST, or drop it.`,
    ],
    [
      command === 'pmm' && raw.explain !== undefined,
      '--explain belongs to check. Drop pmm, or drop --explain.',
    ],
    [
      command === 'pmm' && (raw.for !== undefined || raw.script),
      '--for and --script belong to fix. Drop pmm, or these.',
    ],
  ]
}

function rttConflicts(raw: RawOptions, command: Command): Conflict[] {
  if (!raw.rtt || command === 'analyze') return []
  return [
    [command !== 'check', `--rtt belongs to check. Drop ${command}, or drop --rtt.`],
    [!raw.raw, '--rtt measures by raw sockets, --no-raw has none. Drop one of the two.'],
    [raw.dryRun, '--dry-run sends nothing that --rtt could measure. Drop one of the two.'],
    [raw.explain !== undefined, '--explain shows one flow, --rtt all pairs. Drop one of the two.'],
  ]
}

function analyzeConflicts(raw: RawOptions, command: Command): Conflict[] {
  if (command !== 'analyze') {
    return [
      [
        raw.rules.length > 0,
        '--rules belongs to analyze: pxc-netcheck analyze --rules NODE=FILE --nodes ...',
      ],
    ]
  }
  const reaching = [
    raw.via !== 'ssh' && '--via',
    raw.user !== undefined && '--user',
    raw.become && '--become',
    raw.sshOption.length > 0 && '--ssh-option',
    !raw.raw && '--no-raw',
    !raw.mtu && '--no-mtu',
    raw.rtt && '--rtt',
    raw.allowConnect && '--allow-connect',
    raw.galeraTls !== 'unknown' && '--galera-tls',
    !raw.discover && '--no-discover',
    raw.printConfig && '--print-config',
    raw.mysqlDefaultsFile !== undefined && '--mysql-defaults-file',
    raw.requireListening && '--require-listening',
    raw.cloud.length > 0 && '--cloud',
    raw.ntp !== undefined && '--ntp',
    raw.pmmCredentialsFile !== undefined && '--pmm-credentials-file',
    raw.pmmInsecureTls && '--pmm-insecure-tls',
    raw.dryRun && '--dry-run',
    raw.proveWithKernel && '--prove-with-kernel',
  ].find((name) => name !== false)
  return [
    [
      raw.rules.length === 0,
      'analyze judges rules in files: add --rules NODE=FILE, FILE with what iptables-save printed on the node.',
    ],
    [
      reaching !== undefined,
      `analyze reaches no node and sends nothing, so ${reaching} has no use with it. Drop it.`,
    ],
  ]
}
