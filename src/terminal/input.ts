import { InputError } from '../inventory/input-error.ts'

/** What somebody pastes, or a pipe brings. */
export interface Input {
  /** Somebody sits at a terminal and has to be told that text is awaited. */
  readonly attended: boolean
  /** On stderr. */
  prompt(text: string): void
  /** All of it; throws an `InputError` for more bytes than `limit`, and ends with what has come when the run is interrupted. */
  read(limit: number, interrupted: AbortSignal): Promise<string>
}

interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stderr: NodeJS.WriteStream
}

export function createInput({ stdin, stderr }: Streams): Input {
  return {
    get attended() {
      return stdin.isTTY === true && stderr.isTTY === true
    },
    prompt(text) {
      stderr.write(text)
    },
    async read(limit, interrupted) {
      const chunks: Buffer[] = []
      let size = 0
      const stop = () => stdin.destroy()
      interrupted.addEventListener('abort', stop, { once: true })
      try {
        for await (const chunk of stdin) {
          const bytes = Buffer.from(chunk)
          size += bytes.length
          if (size > limit) {
            throw new InputError(
              'input-size',
              `What stdin gave is larger than ${limit / 1024 / 1024} MiB. Give the end of it: tail -c ${limit} FILE | pxc-netcheck explain`,
            )
          }
          chunks.push(bytes)
        }
      } catch (error) {
        if (error instanceof InputError) throw error
        if (!interrupted.aborted) {
          const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
          throw new InputError('input-unreadable', `stdin cannot be read (${code}).`)
        }
      } finally {
        interrupted.removeEventListener('abort', stop)
      }
      return new TextDecoder().decode(Buffer.concat(chunks))
    },
  }
}
