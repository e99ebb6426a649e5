/** What the output may look like: found out once, at the edge. */
export interface Terminal {
  /** Width of stdout; pipes get the width that mail and tickets have. */
  readonly columns: number
  readonly color: boolean
  readonly ascii: boolean
  /** Progress may be shown on stderr. */
  readonly progress: boolean
}

const PIPE_COLUMNS = 78
const DEFAULT_COLUMNS = 80

export interface Streams {
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number; hasColors?(): boolean }
  readonly stderr: { readonly isTTY?: boolean; readonly columns?: number }
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Colour is a property of the stream: a terminal that has colours, by Node's own judgement (NO_COLOR, FORCE_COLOR,
 * TERM=dumb). Box drawing needs a terminal with a UTF-8 locale.
 */
export function inspectTerminal(
  { stdout, stderr, env }: Streams,
  options: {
    readonly color: 'auto' | 'always' | 'never'
    readonly ascii: boolean
    readonly quiet: number
    readonly format: string
  },
): Terminal {
  const isTty = stdout.isTTY === true
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return {
    // A terminal that was never given a size says 0.
    columns: isTty ? stdout.columns || DEFAULT_COLUMNS : PIPE_COLUMNS,
    color: options.color === 'always' || (options.color === 'auto' && isTty && stdout.hasColors?.() === true),
    ascii: options.ascii || !isTty || !/utf-?8/i.test(locale),
    // ora divides by the width: on a terminal of width 0 it erases lines for ever.
    progress:
      stderr.isTTY === true && (stderr.columns ?? 0) > 0 && options.quiet === 0 && options.format === 'table',
  }
}
