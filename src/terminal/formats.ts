/** Every form of the report that `--format` knows. */
export const FORMATS = ['table', 'json', 'nagios', 'prometheus', 'tsv', 'markdown', 'junit', 'html'] as const
export type Format = (typeof FORMATS)[number]

/** Seconds: plugins are expected to end within 10 (monitoring plugins development guidelines), as check_nrpe waits no longer. */
/** A plugin has 10 s, and closing the sessions takes some tenths of one. */
const NAGIOS_DEADLINE = 9
const DEADLINE = 60

export function defaultDeadline(format: Format): number {
  return format === 'nagios' ? NAGIOS_DEADLINE : DEADLINE
}

/**
 * The form that an error is told in. Asked before anything else is understood, so that a script gets its JSON and Nagios its
 * line even when the command line is wrong. With `--output` it is a sentence on stderr: the file is left as it was.
 */
export function errorFormatOf(argv: readonly string[]): Format {
  const asked = argv.includes('--json') ? 'json' : (valuesOf('--format', argv).at(-1) ?? 'table')
  const format = FORMATS.find((known) => known === asked) ?? 'table'
  return errorFormat({ format, output: valuesOf('--output', argv).at(-1) ?? null })
}

export function errorFormat({
  format,
  output,
}: {
  readonly format: Format
  readonly output: string | null
}): Format {
  return output === null || format === 'nagios' ? format : 'table'
}

function valuesOf(option: string, argv: readonly string[]): string[] {
  return argv.flatMap((word, index) =>
    word === option
      ? (argv[index + 1] ?? [])
      : word.startsWith(`${option}=`)
        ? word.slice(option.length + 1)
        : [],
  )
}
