/** What the user gave cannot be used. The message says what to do; it is safe to print. */
export class InputError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'InputError'
    this.code = code
  }
}
