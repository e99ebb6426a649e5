import { CommanderError } from 'commander'
import type { AlertOptions } from './alert/options.ts'
import type { Net } from './firewall/address.ts'
import { type Cloud, parseClouds } from './inventory/cloud.ts'
import { parseRepeat } from './inventory/duration.ts'
import { type FlowChoice, nodeNamed, parseFlowChoice } from './inventory/flow-choice.ts'
import { hostsOf } from './inventory/hosts.ts'
import { type Ignore, parseIgnore } from './inventory/ignore.ts'
import { InputError } from './inventory/input-error.ts'
import { requireLiterals } from './inventory/literal-nodes.ts'
import { type Node, parseNodes } from './inventory/nodes.ts'
import { type PmmKind, parseHost, parsePmm, refuseNode } from './inventory/pmm.ts'
import { parseRulesFiles, type RulesFile } from './inventory/rules-files.ts'
import { chooseServices } from './inventory/services.ts'
import { parseSourceNetworks } from './inventory/source-network.ts'
import { checkSshOption } from './inventory/ssh-option.ts'
import { parseVia, type Via } from './inventory/via.ts'
import type { GaleraTls } from './probe/method.ts'
import { GALERA_SERVICES, type Service } from './services.ts'
import { type Command, commandOf } from './terminal/command-words.ts'
import { refuseConflicts, refuseForExplain } from './terminal/conflicts.ts'
import { escapeText } from './terminal/escape.ts'
import { errorFormatOf, type Format } from './terminal/formats.ts'
import {
  createProgram,
  deadlineSeconds,
  givenOptions,
  optionNames,
  type RawOptions,
  rollbackSeconds,
} from './terminal/program.ts'

export interface Options {
  readonly command: 'check' | 'fix' | 'analyze' | 'pmm'
  readonly nodes: readonly Node[]
  readonly services: readonly Service[]
  /** The PMM server, as one more host that is asked and probed; null without `--pmm-server`. */
  readonly pmm: Node | null
  readonly pmmKind: PmmKind
  /** A file with `user:password` of the PMM server; null: the environment. */
  readonly pmmCredentialsFile: string | null
  /** Send them also where no certificate proves that it is the right server. */
  readonly pmmInsecureTls: boolean
  /** An NTP server that the nodes compare their clocks and the PMM server's with. */
  readonly ntp: string | null
  readonly via: Via
  readonly ssh: SshSettings
  /** Run the agent through `sudo -n`. */
  readonly become: boolean
  /** Nodes that are worked on at a time. */
  readonly forks: number
  /** Per probe. */
  readonly timeoutMs: number
  /** For the whole run. */
  readonly deadlineMs: number
  /** False: no raw sockets, even where they are allowed. */
  readonly raw: boolean
  /** Send full-sized packets too, where both ends have raw sockets. */
  readonly mtu: boolean
  /** Measure round trips between the members, where the source has raw sockets. */
  readonly rtt: boolean
  readonly allowConnect: boolean
  /** Whether Galera's port speaks TLS: only where it does not, an agent without root may talk to it. */
  readonly galeraTls: GaleraTls
  /** Ask the nodes' own settings for ports, addresses, and, where one node is given, for the others. */
  readonly discover: boolean
  /** An option file with the account for a live 3306. */
  readonly mysqlDefaultsFile: string | null
  readonly requireListening: boolean
  readonly dryRun: boolean
  /** Nothing is probed: what the nodes' own settings say is shown. */
  readonly printConfig: boolean
  /** Load each node's rules into a scratch host of this machine and prove the commands with packets. */
  readonly proveWithKernel: boolean
  /** Fixes name the network instead of a peer in it. */
  readonly sourceNetworks: readonly Net[]
  /** Whose commands are wanted for what is lost on the network. */
  readonly clouds: readonly Cloud[]
  readonly explain: FlowChoice | null
  readonly format: Format
  /** The file that takes the report, instead of stdout. */
  readonly output: string | null
  /** 0: all; 1: only when something is wrong; 2: nothing. */
  readonly quiet: number
  readonly color: 'auto' | 'always' | 'never'
  readonly ascii: boolean
  /** What is remembered from run to run, and what of it is told; null: each run tells all. */
  readonly alert: AlertOptions | null
  readonly ignore: readonly Ignore[]
  /** Of `analyze`: the files to judge. */
  readonly rules: readonly RulesFile[]
  /** Of `fix` and `analyze`: the one node whose commands are wanted, or null for all. */
  readonly fixFor: string | null
  /** As a shell script; only together with `fixFor`. */
  readonly script: boolean
  /** Of `fix`: run the commands on the nodes; null: only show them. */
  readonly apply: ApplyOptions | null
}

export interface ApplyOptions {
  /** Nobody is asked. */
  readonly yes: boolean
  /** A node has restored its rules by then, unless it is told to keep the change. */
  readonly seconds: number
}

interface SshSettings {
  /** Login for nodes that were given without one; null leaves it to ssh. */
  readonly user: string | null
  /** Values for `-o`, checked. */
  readonly options: readonly string[]
  readonly connectTimeoutMs: number
}

export type ParsedArguments =
  | { readonly kind: 'run'; readonly options: Options }
  /** `explain`: what stands on stdin, with no node. */
  | { readonly kind: 'explain'; readonly options: Pick<Options, 'format' | 'quiet' | 'color' | 'ascii'> }
  | { readonly kind: 'print'; readonly text: string; readonly exitCode: 0 }
  /** `format` tells the form that the error, too, is to have. */
  | {
      readonly kind: 'error'
      readonly code: string
      readonly message: string
      readonly exitCode: 3
      readonly format: Format
    }

/** The command line (without node and script) as checked options; it never exits, writes or throws on bad input. */
export function parseOptions(argv: readonly string[], version: string): ParsedArguments {
  let printed = ''
  const program = createProgram(version, (text) => {
    printed += text
  })
  try {
    program.parse(argv, { from: 'user' })
    const raw = program.opts<RawOptions>()
    const command = commandOf(program.args, {
      nodes: raw.nodes,
      rules: raw.rules,
      options: optionNames(program),
    })
    if (command !== 'explain') return { kind: 'run', options: checkOptions(raw, command) }
    refuseForExplain(givenOptions(program), raw)
    return { kind: 'explain', options: outputOf(raw) }
  } catch (error) {
    const format = errorFormatOf(argv)
    if (error instanceof InputError) {
      return { kind: 'error', code: error.code, message: error.message, exitCode: 3, format }
    }
    if (!(error instanceof CommanderError)) throw error
    // Commander's own code for a usage error is 1, which monitoring reads as WARNING.
    if (error.exitCode === 0) return { kind: 'print', text: printed, exitCode: 0 }
    return { kind: 'error', code: 'usage', message: usageMessage(error.message), exitCode: 3, format }
  }
}

function outputOf(raw: RawOptions): Pick<Options, 'format' | 'quiet' | 'color' | 'ascii'> {
  return {
    format: raw.json ? 'json' : raw.format,
    quiet: Math.min(raw.quiet, 2),
    color: raw.color === false ? 'never' : raw.color,
    ascii: raw.ascii,
  }
}

function checkOptions(raw: RawOptions, command: Exclude<Command, 'explain'>): Options {
  const pmm = raw.pmmServer === undefined ? null : parsePmm(raw.pmmServer, raw.pmm)
  const catalogue = [...GALERA_SERVICES, ...(pmm?.services ?? [])]
  const services = chooseServices(command === 'pmm' ? (pmm?.services ?? catalogue) : catalogue, {
    add: raw.service,
    only: raw.only,
    skip: raw.skip,
  })
  const allowSingle = raw.via === 'none' || pmm !== null || (raw.discover && command !== 'analyze')
  const nodes = parseNodes(raw.nodes, { allowSingle, services: services.length })
  if (pmm) refuseNode(pmm.node, nodes)
  const hosts = hostsOf({ nodes, pmm: pmm?.node ?? null })
  const via = parseVia(raw.via, nodes.length)
  refuseConflicts(raw, command, nodes)
  if (command === 'analyze') requireLiterals(hosts)
  return {
    command,
    nodes,
    services,
    pmm: pmm?.node ?? null,
    pmmKind: raw.pmm,
    pmmCredentialsFile: raw.pmmCredentialsFile ?? null,
    pmmInsecureTls: raw.pmmInsecureTls,
    ntp: raw.ntp === undefined ? null : parseHost('--ntp', raw.ntp).address,
    via,
    ssh: {
      user: raw.user === undefined ? null : checkUser(raw.user),
      options: raw.sshOption.map(checkSshOption),
      connectTimeoutMs: raw.connectTimeout * 1000,
    },
    become: raw.become,
    forks: raw.forks,
    timeoutMs: raw.timeout * 1000,
    deadlineMs: deadlineSeconds(raw) * 1000,
    raw: raw.raw,
    mtu: raw.mtu,
    rtt: raw.rtt,
    allowConnect: raw.allowConnect,
    galeraTls: raw.galeraTls,
    discover: raw.discover && command !== 'analyze',
    mysqlDefaultsFile: raw.mysqlDefaultsFile ?? null,
    requireListening: raw.requireListening,
    dryRun: raw.dryRun,
    printConfig: raw.printConfig,
    proveWithKernel: raw.proveWithKernel,
    sourceNetworks: parseSourceNetworks(raw.sourceNetwork),
    clouds: parseClouds(raw.cloud),
    explain: raw.explain === undefined ? null : parseFlowChoice(raw.explain, hosts, services, via),
    ...outputOf(raw),
    output: raw.output ?? null,
    alert: alertOf(raw),
    ignore: raw.ignore.map((text) => parseIgnore(text, { hosts, services, open: isOpen(raw, nodes, via) })),
    rules: parseRulesFiles(raw.rules, hosts),
    fixFor: raw.for === undefined ? null : nodeNamed('--for', raw.for, hosts),
    script: raw.script,
    apply: raw.apply ? { yes: raw.yes, seconds: rollbackSeconds(raw) } : null,
  }
}

function alertOf({ state, alert, repeat, confirm }: RawOptions): AlertOptions | null {
  if (state === undefined) return null
  return {
    file: state === true ? null : state,
    mode: alert ?? 'change',
    repeatMs: parseRepeat(repeat ?? '24h'),
    confirm: confirm ?? 1,
  }
}

/** Whether there may be nodes in the run that the command line does not name. */
function isOpen({ discover }: RawOptions, nodes: readonly Node[], via: Via): boolean {
  return via.kind === 'none' || (discover && nodes.length === 1)
}

function checkUser(user: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/.test(user)) return user
  throw new InputError('bad-user', `--user "${escapeText(user, 80)}" is not a login name.`)
}

function usageMessage(message: string): string {
  const lines = message.replace(/^error: /, '').split('\n')
  const text = lines.map((line) => escapeText(line, 200)).join(' ')
  return `${text.replace(/\.$/, '')}. See pxc-netcheck --help`
}
