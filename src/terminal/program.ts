import { Command, InvalidArgumentError, Option } from 'commander'
import { PMM_KINDS, type PmmKind } from '../inventory/pmm.ts'
import { defaultDeadline, FORMATS, type Format } from './formats.ts'

/** What commander reads off the command line, before the values are checked against one another. */
export interface RawOptions {
  readonly nodes: readonly string[]
  readonly service: readonly string[]
  readonly only: readonly string[]
  readonly skip: readonly string[]
  readonly pmmServer?: string
  readonly pmm: PmmKind
  readonly pmmCredentialsFile?: string
  readonly pmmInsecureTls: boolean
  readonly ntp?: string
  readonly explain?: string
  readonly sourceNetwork: readonly string[]
  readonly cloud: readonly string[]
  readonly via: string
  readonly user?: string
  readonly become: boolean
  readonly sshOption: readonly string[]
  readonly connectTimeout: number
  readonly forks: number
  readonly timeout: number
  readonly deadline?: number
  readonly dryRun: boolean
  readonly proveWithKernel: boolean
  readonly raw: boolean
  readonly mtu: boolean
  readonly rtt: boolean
  readonly allowConnect: boolean
  readonly galeraTls: 'yes' | 'no' | 'unknown'
  readonly discover: boolean
  readonly printConfig: boolean
  readonly mysqlDefaultsFile?: string
  readonly requireListening: boolean
  readonly format: Format
  readonly json: boolean
  readonly output?: string
  readonly quiet: number
  /** False for `--no-color`. */
  readonly color: 'auto' | 'always' | 'never' | false
  readonly ascii: boolean
  /** True without a file. */
  readonly state?: string | true
  readonly alert?: 'change' | 'always'
  readonly repeat?: string
  readonly confirm?: number
  readonly ignore: readonly string[]
  readonly rules: readonly string[]
  readonly for?: string
  readonly script: boolean
  readonly apply: boolean
  readonly yes: boolean
  readonly rollbackAfter?: number
}

/** Not commander's default, as it depends on the format. */
export function deadlineSeconds({ deadline, format }: RawOptions): number {
  return deadline ?? defaultDeadline(format)
}

/** Not commander's default: whether it was given is asked for. */
export function rollbackSeconds({ rollbackAfter }: RawOptions): number {
  return rollbackAfter ?? 60
}

const INTRO = `Finds which Galera cluster flows are blocked between nodes, where, and what to
paste to open them. It changes nothing on any node, but by fix --apply.

Commands:
  check (default)                every node to every peer, and what to paste
  fix                            only the commands, by the node they belong on
  analyze                        rules in files: nothing is sent, no ssh
  pmm                            what pmm-admin check-network showed, and why
  explain                        what log lines on stdin mean, and prove`

const EXAMPLES = `
Examples:
  pxc-netcheck --nodes node1,node2,node3
  pxc-netcheck fix -n node1,node2,node3 --become
  pxc-netcheck fix -n node1,node2,node3 --apply
  pxc-netcheck -n a=192.168.70.61,b=192.168.70.62 --service mysql=3307/tcp
  pxc-netcheck -n node1,node2,node3 --explain node1,node2,galera
  pxc-netcheck pmm -n node1,node2 --pmm-server pmm.example.org --pmm 1
  tail -n 2000 /var/log/mysqld.log | pxc-netcheck explain
  pxc-netcheck analyze -n a=10.0.0.1,b=10.0.0.2 --rules a=FILE --rules b=FILE
  pxc-netcheck -n pxc-0,pxc-1 --via 'kubectl exec -i {name} -c pxc --'

Exit codes: 0 OK, 1 WARNING, 2 CRITICAL (a required flow is DOWN), 3 UNKNOWN.`

/** The grammar of the command line. `print` gets the help and version texts; nothing here exits or writes by itself. */
export function createProgram(version: string, print: (text: string) => void): Command {
  const program = new Command('pxc-netcheck')
    .usage('[check|fix|analyze|pmm] --nodes NODE,NODE,... [options]')
    .description(INTRO)
    .argument('[words...]')
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ visibleArguments: () => [], optionTerm, optionDescription })
    .addHelpText('after', EXAMPLES)
  addWhat(program)
  addReach(program)
  addProbes(program)
  addOutput(program, version)
  return program
}

/** Long names, with `--`; that of the help too. */
export function optionNames(program: Command): string[] {
  return ['--help', ...program.options.flatMap(({ long }) => long ?? [])]
}

/** Long names of the options that the command line has. */
export function givenOptions(program: Command): string[] {
  return program.options.flatMap((option) =>
    option.long != null && program.getOptionValueSource(option.attributeName()) === 'cli' ? option.long : [],
  )
}

function addWhat(program: Command): void {
  program
    .optionsGroup('What to check:')
    .option('-n, --nodes <LIST>', 'nodes: [user@]HOST or NAME=ADDRESS, by commas', list, [])
    .option('--service <NAME=PORT/PROTO>', 'add a service, or move one of the catalogue', collect, [])
    .option('--only <LIST>', 'only these: mysql,galera,ist,sst,galera-udp', list, [])
    .option('--skip <LIST>', 'all services but these', list, [])
    .option('--pmm-server <HOST[:PORT]>', 'the PMM server, its ports too (default: 443)')
    .addOption(
      new Option('--pmm <KIND>', 'its version, or who fetches metrics').choices(PMM_KINDS).default('auto'),
    )
    .option('--pmm-credentials-file <FILE>', 'user:password; or PMM_USER, PMM_PASSWORD')
    .option('--pmm-insecure-tls', 'send them to a server that nothing proves', false)
    .option('--ntp <HOST>', 'compare clocks with that of this NTP server')
    .option('--explain <FROM,TO,SERVICE>', 'one flow: each observation and the reasoning')
}

function addReach(program: Command): void {
  program
    .optionsGroup('How to reach the nodes:')
    .option('--via <VIA>', "ssh, none (from here), 'docker exec -i {name}'", 'ssh')
    .option('--user <USER>', 'ssh login for all nodes')
    .option('--become', 'use sudo -n there: more is proven', false)
    .option('--ssh-option <KEY=VALUE>', 'passed to ssh as -o (repeatable)', collect, [])
    .option('--connect-timeout <SECONDS>', 'per ssh login', seconds(1, 300), 10)
    .option('-f, --forks <N>', 'nodes at a time', integer(1, 1000), 32)
}

function addProbes(program: Command): void {
  program
    .optionsGroup('How to probe:')
    .option('-T, --timeout <SECONDS>', 'per probe', seconds(0.5, 60), 3.5)
    .option('--deadline <SECONDS>', 'for the whole run (default: 60, nagios: 9)', seconds(1, 3600))
    .option('--no-raw', 'never use raw sockets, even where allowed')
    .option('--mtu', 'full-sized packets too (on by default)', true)
    .option('--no-mtu', 'send no full-sized packets')
    .option('--rtt', 'round trip, jitter and loss between the nodes', false)
    .option('--allow-connect', 'connect to 4444/4568 of nodes not inspected', false)
    .addOption(
      new Option('--galera-tls <KIND>', 'is 4567 encrypted')
        .choices(['yes', 'no', 'unknown'])
        .default('unknown'),
    )
    .option('--no-discover', "leave the nodes' own settings unread")
    .option('--mysql-defaults-file <FILE>', 'account for a live 3306, [client]')
    .option('--require-listening', 'an open port with no listener is a failure', false)
    .option('--print-config', "what the nodes' settings say, and where from", false)
    .option('--dry-run', 'show what would be run and probed', false)
}

function addOutput(program: Command, version: string): void {
  program
    .optionsGroup('Output:')
    .addOption(new Option('--format <FORMAT>', 'form of the report').choices(FORMATS).default('table'))
    .option('--json', 'same as --format json', false)
    .option('--output <FILE>', 'the report goes there, whole or not at all')
    .option('--prove-with-kernel', 'try the commands on this Linux, in a scratch host', false)
    .option('--source-network <CIDR>', 'fixes open it, not each peer (repeatable)', collect, [])
    .option('--cloud <LIST>', 'also cloud commands: aws,gcp,azure,kubernetes', list, [])
    .option('-q, --quiet', 'print only what is wrong; -qq: nothing', (_, count) => count + 1, 0)
    .addOption(new Option('--color <WHEN>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .option('--no-color', 'same as --color never')
    .option('--ascii', 'no box drawing characters', false)
    .optionsGroup('Alerts, for cron:')
    .option('--state [FILE]', 'print only what changed since the last run')
    .addOption(new Option('--alert <WHEN>', 'when to print').choices(['change', 'always']))
    .option('--repeat <TIME>', 'print again what lasts: 30m, 7d, never (24h)')
    .option('--confirm <N>', 'a change counts after N equal runs (1)', integer(1, 100))
    .option('--ignore <WHAT>', 'known: FROM,TO,SERVICE[@UNTIL] (repeatable)', collect, [])
    .optionsGroup('Of analyze:')
    .option('--rules <NODE=FILE>', 'what iptables-save printed there (repeatable)', collect, [])
    .optionsGroup('Of fix:')
    .option('--for <NODE>', 'only the commands of this node')
    .option('--script', 'as a shell script, for one node', false)
    .option('--apply', 'run them; undone unless a second check finds all well', false)
    .option('--yes', 'apply without asking', false)
    .option('--rollback-after <SECONDS>', 'a node undoes it by then (default: 60)', integer(6, 3600))
    .optionsGroup('Other:')
    .version(`pxc-netcheck ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
}

function optionTerm(option: Option): string {
  return option.flags.replace(/[<>]/g, '')
}

/** As commander's own, without the default of flags: `(default: false)` tells nobody anything. */
function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`
  const shown = typeof defaultValue === 'string' || (typeof defaultValue === 'number' && defaultValue > 0)
  return `${description}${choices}${shown ? ` (default: ${defaultValue})` : ''}`
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function list(value: string, before: readonly string[]): readonly string[] {
  return [...before, ...value.split(',').map((item) => item.replace(/^ +| +$/g, ''))]
}

function integer(min: number, max: number): (value: string) => number {
  return number(/^[0-9]{1,6}$/, min, max, 'a whole number')
}

function seconds(min: number, max: number): (value: string) => number {
  return number(/^[0-9]{1,6}(\.[0-9]{1,3})?$/, min, max, 'a number of seconds')
}

function number(form: RegExp, min: number, max: number, what: string): (value: string) => number {
  return (value) => {
    if (!form.test(value) || Number(value) < min || Number(value) > max) {
      throw new InvalidArgumentError(`Give ${what} from ${min} to ${max}.`)
    }
    return Number(value)
  }
}
