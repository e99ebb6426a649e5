import type { FlowStatus } from '../../verdict.ts'
import type { RunStatus } from '../report.ts'

export type Paint = (text: string) => string

/** How each kind of text is painted. Colour only repeats what the words say. */
export interface Palette {
  readonly flow: Readonly<Record<FlowStatus, Paint>>
  readonly run: Readonly<Record<RunStatus, Paint>>
  readonly heading: Paint
  readonly faint: Paint
}

const plain: Paint = (text) => text

const PLAIN: Palette = {
  flow: { OK: plain, CLOSED: plain, DOWN: plain, UNKNOWN: plain },
  run: { OK: plain, WARNING: plain, CRITICAL: plain, UNKNOWN: plain },
  heading: plain,
  faint: plain,
}

/**
 * The caller alone decides whether there is colour: chalk by itself ignores NO_COLOR and reads `--color` off the command
 * line, so it gets a fixed level, and is not even loaded when no colour is wanted.
 */
export async function loadPalette(color: boolean): Promise<Palette> {
  if (!color) return PLAIN
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  return {
    flow: { OK: chalk.green, CLOSED: chalk.yellow, DOWN: chalk.red.bold, UNKNOWN: chalk.magenta },
    run: {
      OK: chalk.green.bold,
      WARNING: chalk.yellow.bold,
      CRITICAL: chalk.red.bold,
      UNKNOWN: chalk.magenta.bold,
    },
    heading: chalk.bold,
    faint: chalk.dim,
  }
}
