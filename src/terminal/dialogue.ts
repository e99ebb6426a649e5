import { createInterface } from 'node:readline'

/** Talking with whoever started the tool while it still runs. */
export interface Dialogue {
  /** Somebody sits at a terminal. */
  readonly attended: boolean
  show(text: string): void
  /** True for a yes alone: another answer, the end of the input and an interrupt are a no. */
  ask(question: string, interrupted: AbortSignal): Promise<boolean>
}

interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/** `quiet` is called before anything is written, so that no spinner stands in the line. */
export function createDialogue({ stdin, stdout, stderr }: Streams, quiet: () => void): Dialogue {
  return {
    attended: stdin.isTTY === true && stderr.isTTY === true,
    show(text) {
      quiet()
      stdout.write(text)
    },
    async ask(question, interrupted) {
      quiet()
      stderr.write(question)
      // Not in raw mode, where Ctrl-C is no signal any more.
      const lines = createInterface({ input: stdin, terminal: false })
      try {
        return await new Promise<boolean>((resolve) => {
          lines.once('line', (answer) => resolve(/^\s*y(es)?\s*$/i.test(answer)))
          lines.once('close', () => resolve(false))
          interrupted.addEventListener('abort', () => resolve(false), { once: true })
        })
      } finally {
        lines.close()
      }
    },
  }
}
