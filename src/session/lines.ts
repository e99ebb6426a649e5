import { StringDecoder } from 'node:string_decoder'

/** An agent's line: a ruleset of 10,000 rules is about 1 MiB. */
const MAX_LINE = 16 * 1024 * 1024
const MAX_TOTAL = 64 * 1024 * 1024

/** Splits a byte stream into lines; a far end that never stops is cut off and told once. */
export class LineReader {
  readonly #onLine: (line: string) => void
  readonly #onTooMuch: () => void
  readonly #decoder = new StringDecoder('utf8')
  #parts: string[] = []
  #length = 0
  #total = 0
  #stopped = false

  constructor(onLine: (line: string) => void, onTooMuch: () => void) {
    this.#onLine = onLine
    this.#onTooMuch = onTooMuch
  }

  /** What has come since the last newline. */
  rest(): string {
    return this.#parts.join('')
  }

  push(chunk: Buffer): void {
    if (this.#stopped) return
    this.#total += chunk.length
    const pieces = this.#decoder.write(chunk).split('\n')
    const rest = pieces.pop() ?? ''
    for (const piece of pieces) {
      this.#parts.push(piece)
      const line = this.#parts.join('')
      this.#parts = []
      this.#length = 0
      this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    }
    this.#parts.push(rest)
    this.#length += rest.length
    if (this.#length > MAX_LINE || this.#total > MAX_TOTAL) {
      this.#stopped = true
      this.#parts = []
      this.#onTooMuch()
    }
  }
}
