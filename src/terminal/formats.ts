/** Every form of the report that `--format` knows. */
export const FORMATS = ['table', 'json', 'nagios', 'prometheus', 'tsv', 'markdown', 'junit', 'html'] as const
export type Format = (typeof FORMATS)[number]

/** Asked before anything else is understood, so that a script gets its error in its format even when the command line is wrong. */
export function formatAskedFor(argv: readonly string[]): Format {
  if (argv.includes('--json')) return 'json'
  const asked = argv.flatMap((word, index) =>
    word === '--format' ? (argv[index + 1] ?? []) : word.startsWith('--format=') ? word.slice(9) : [],
  )
  return FORMATS.find((format) => format === asked.at(-1)) ?? 'table'
}
