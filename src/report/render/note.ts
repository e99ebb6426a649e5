import { wrap } from '../../terminal/wrap.ts'

/** One thing to tell: the sentence, the foreign text it ends in, what to do next. */
export interface Note {
  readonly text: string
  /** A rule, quoted: never broken over lines. */
  readonly verbatim?: string
  readonly next?: string
}

export function noteLines({ text, verbatim, next }: Note, columns: number): string[] {
  const oneLine = verbatim === undefined ? text : `${text} ${verbatim}`
  const said =
    verbatim === undefined || oneLine.length <= columns
      ? wrap(oneLine, columns, '  ')
      : [...wrap(text, columns, '  '), `    ${verbatim}`]
  return next === undefined ? said : [...said, ...wrap(`  Next: ${next}`, columns, '    ')]
}
