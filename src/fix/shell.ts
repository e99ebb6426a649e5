/** Text of a remote host for a sentence: nothing that a terminal would act on. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}

/**
 * One word of a POSIX shell that stands for exactly `text`, whatever it holds. Bytes outside of printable ASCII are
 * written as octal escapes of printf(1)'s %b, so the script itself can be shown on a terminal.
 */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new RangeError('a shell word cannot hold NUL')
  if (/^[\x20-\x7e]*$/.test(text)) return quote(text)
  if (text.endsWith('\n')) throw new RangeError('a line break at the end is lost in $(…)')
  const escaped = [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      if (byte === 0x5c) return '\\\\'
      return byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\0${byte.toString(8).padStart(3, '0')}`
    })
    .join('')
  return `"$(printf '%b' ${quote(escaped)})"`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
