import type { Options } from '../options.ts'
import { defaultDeadline, type Format } from './formats.ts'
import type { RawOptions } from './program.ts'

type Conflict = readonly [applies: boolean, message: string]

/** What a reader takes as it stands: it has no shorter or coloured form. */
const WHOLE: readonly Format[] = ['nagios', 'prometheus', 'tsv', 'markdown', 'junit', 'html']
/** What monitoring takes for the state of a network that somebody has probed. */
const OF_MONITORING: readonly Format[] = ['nagios', 'prometheus']
/** What has no place for commands. */
const WITHOUT_COMMANDS: readonly Format[] = ['nagios', 'prometheus', 'tsv', 'junit']

/** Forms of the report and ways to put it out that have no use with what else was asked for. */
export function formatConflicts(raw: RawOptions, command: Options['command']): Conflict[] {
  return [...ofFormat(raw, command), ...ofOutput(raw)]
}

function ofFormat(raw: RawOptions, command: Options['command']): Conflict[] {
  const { format } = raw
  if (!WHOLE.includes(format)) return []
  const name = `--format ${format}`
  const without = [
    raw.json && '--json',
    raw.explain !== undefined && '--explain',
    raw.script && '--script',
    raw.apply && '--apply',
    raw.for !== undefined && '--for',
    raw.dryRun && '--dry-run',
    raw.printConfig && '--print-config',
    raw.quiet > 0 && '--quiet',
    raw.ascii && '--ascii',
    raw.color === 'always' && '--color always',
  ].find((other) => other !== false)
  const deadline = defaultDeadline(format)
  return [
    [
      without !== undefined,
      `${name} is the whole report in a form of its own, so ${without} has no use with it. Drop one of the two.`,
    ],
    [command === 'pmm', `pmm shows tables, or --json. Drop pmm, or drop ${name}.`],
    [
      command === 'analyze' && OF_MONITORING.includes(format),
      `analyze sends no packet, so it has nothing for monitoring. Drop ${name}, or check the nodes themselves.`,
    ],
    [
      command === 'fix' && WITHOUT_COMMANDS.includes(format),
      `fix shows commands, and ${name} has none. Drop one of the two.`,
    ],
    [
      raw.deadline === undefined && deadline <= raw.timeout,
      `--timeout has no room in the ${deadline} s of ${name}. Lower it, or give a --deadline.`,
    ],
  ]
}

function ofOutput({ output, apply, dryRun, quiet }: RawOptions): Conflict[] {
  if (output === undefined) return []
  return [
    [
      output === '' || output === '-',
      '--output wants the name of a file; without it the report goes to stdout.',
    ],
    [apply, '--apply tells people what it does, as it does it. Drop it, or drop --output.'],
    [dryRun, '--dry-run makes no report that --output could hold. Drop one of the two.'],
    [quiet > 0, '--output leaves nothing on stdout for --quiet to leave out. Drop one of the two.'],
  ]
}
